"""Names, texts and sets in statements."""

from __future__ import annotations

from typing import Any

import duckdb
import pandas as pd
import pytest

from custpred.source._reading.addresses import expanded
from custpred.source._typing.conform import conform
from custpred.sql.dialect import DIALECTS
from custpred.sql.statement import Statement
from custpred.table import Column

NUMBERS = [" 3.5e2 ", "-1e999", "1e999", "1.9e308", "1e308", "1e-999", "5e-324", "1e-324", "9" * 400, "-.5", "one"]
NUMBERS += ["0." + "0" * 400 + "1", "1e99999"]
DAYS = ["2024-02-29", "2023-02-29", "2024-02-31", "2024-13-01", "2024-00-10", "2000-02-29", "1900-02-29", "2024-06-31"]
DAYS += ["2024-01-01 10:30", "2024-01-01T10:30:00.5", "2024-01-01 25:00", "2024-01-01 24:00:00", "2024-01-01 none"]
DAYS += ["2024-03-01T10:00:00+09:00", "2024-03-01 10:00:00Z", "2024-02-29 23:30-05", "2024-03-01 10:00:00.5-0530"]
DAYS += ["2024-02-31T10:00Z", "2024-12-31T23:59+00:00 "]


@pytest.mark.parametrize("column", ["cp_1", "cp_3", "it's cp_1"])
def test_columns_may_be_called_like_expressions(column: str) -> None:
    """A column cp_1 is read from the table, neither taken for expression 1 nor awaited."""
    made = Statement(DIALECTS["duckdb"])
    first = made.name(made.dialect.named("other"))
    own = made.name(made.dialect.named(column))
    both = made.name(f"{first} * 10 + {own}")
    text = made.text([("both", both), ("own", own)], "customers")
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE customers AS SELECT 3 AS other, 4 AS {made.dialect.named(column)}")
        assert connection.sql(text).fetchall() == [(34, 4)]


@pytest.mark.parametrize("engine", list(DIALECTS))
def test_texts_may_look_like_names_of_expressions(engine: str) -> None:
    """A level cp_2, also after a quote or a backslash, does not need the second expression."""
    made = Statement(DIALECTS[engine])
    x, _ = made.name(made.dialect.named("x")), made.name("1 + 1")
    for text in ("cp_2", "it's cp_2", "cp_2\\", '"cp_2', "`cp_2"):
        expression = f"CASE WHEN {x} = {made.dialect.quoted(text)} THEN {x} END"
        assert made._needs(expression) == [0], text


@pytest.mark.parametrize("count", [1, 4, 5, 9, 3_000])
def test_sets_of_any_size(count: int) -> None:
    """A set contains its constants, nothing else, and no missing value."""
    texts = [f"it's {number}" for number in range(count)]
    write = DIALECTS["duckdb"]
    inside = write.among("x", [*map(write.quoted, texts)])
    with duckdb.connect() as connection:
        own = pd.DataFrame({"x": [*texts, "other", None]})  # noqa: F841 (DuckDB reads it)
        found = connection.sql(f"SELECT CASE WHEN {inside} THEN 1 ELSE 0 END FROM own").fetchall()
    assert [each for (each,) in found] == [1] * count + [0, 0]


@pytest.mark.parametrize(("kind", "cells"), [("number", NUMBERS), ("moment", DAYS)])
@pytest.mark.parametrize("engine", ["duckdb", "postgres"])
def test_cells_out_of_range_are_missing(engine: str, kind: str, cells: list[str], request: Any) -> None:
    """One cell must not end a statement: PostgreSQL has no cast that gives NULL instead."""
    write = DIALECTS[engine]
    value = write.of("number" if kind == "number" else "moment", "x")
    value = write.finite(value) if kind == "number" else f"CAST({value} AS TEXT)"
    given = ", ".join(f"('{cell}')" for cell in cells)
    query = f"SELECT x, {value} FROM (VALUES {given}) AS given (x)"
    if engine == "postgres":
        import psycopg

        with psycopg.connect(expanded(request.getfixturevalue("postgres"))) as server:
            found = dict(server.execute(query.encode()).fetchall())
    else:
        with duckdb.connect() as base:
            found = dict(base.sql(query).fetchall())
    column = Column("x", "number" if kind == "number" else "date")
    read = conform(pd.DataFrame({"x": cells}), (column,))[0]["x"]
    if kind == "moment":
        found = {cell: pd.NaT if each is None else pd.Timestamp(each) for cell, each in found.items()}
    pd.testing.assert_series_equal(pd.Series([found[cell] for cell in cells], name="x", dtype=read.dtype), read)


@pytest.mark.parametrize("engine", ["duckdb", "postgres"])
def test_times_are_in_utc_in_every_session(engine: str, request: Any) -> None:
    """Columns with a time zone are read in UTC, those without as they are, as `predict` does."""
    value = DIALECTS[engine].of("moment", "x")
    queries = [
        f"SELECT CAST({value} AS TEXT) FROM (SELECT {x} AS x) AS given"
        for x in (
            "TIMESTAMPTZ '2024-03-01 10:00:00+09:00'",
            "'2024-03-01T10:00:00+09:00'",
            "TIMESTAMP '2024-03-01 01:00:00'",
            "'2024-03-01 01:00'",
        )
    ]
    if engine == "postgres":
        import psycopg

        with psycopg.connect(expanded(request.getfixturevalue("postgres"))) as server:
            server.execute("SET TimeZone = 'Asia/Seoul'")
            found = [server.execute(query.encode()).fetchone() for query in queries]
    else:
        with duckdb.connect() as base:
            base.execute("SET TimeZone = 'Asia/Seoul'")
            found = [base.execute(query).fetchone() for query in queries]
    assert found == [("2024-03-01 01:00:00",)] * 4
