"""Statements whose columns and texts look like the names of expressions."""

from __future__ import annotations

import duckdb
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
