"""Names, texts and sets in statements."""

from __future__ import annotations

import duckdb
import pandas as pd
import pytest

from custpred.sql.dialect import DIALECTS
from custpred.sql.statement import Statement


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
