"""The numbers that levels of categories begin with."""

from __future__ import annotations

import math

import duckdb
import numpy as np
import pandas as pd
import pytest

from custpred.features.base import Feature
from custpred.features.leading_numbers import LeadingNumbers, leading_number
from custpred.source._reading.addresses import expanded
from custpred.sql.dialect import DIALECTS
from custpred.sql.rows import Cell, SqlRows
from custpred.sql.statement import Statement
from custpred.table import Column, Table
from custpred.target.base import Target
from custpred.task import Setting, Task

WRITTEN = {
    "2100 - 2850": 2100.0,
    "34.46Sq. Meter": 34.46,
    "10+ years": 10.0,
    "< 1 year": 1.0,
    "$40,000 or more": 40_000.0,
    "₩1,200,000": 1_200_000.0,
    "3개월": 3.0,
    "20대": 20.0,
    "2. floor": 2.0,
    "1,056": 1056.0,
    "less than 5": math.nan,
    "-": math.nan,
    "C85": math.nan,
}


@pytest.mark.parametrize(("level", "number"), WRITTEN.items())
def test_numbers_as_people_write_them(level: str, number: float) -> None:
    """Units, ranges, signs and thousands; a level that begins with a word has none."""
    assert leading_number(level) == pytest.approx(number, nan_ok=True)


def test_missing_and_unknown_levels() -> None:
    """A missing value is missing; an unknown level is read like a known one."""
    spec = LeadingNumbers(of=("area",))
    state = spec.learn(pd.DataFrame({"area": pd.Categorical(["1", "2 - 3"])}), None, None, 0)
    new = spec.apply(pd.DataFrame({"area": pd.Categorical(["77 sqm", None, "2 - 3"])}), state)
    assert new["area: number"].tolist() == [77.0, pytest.approx(math.nan, nan_ok=True), 2.0]


def _rows(state: dict) -> SqlRows:
    rows = SqlRows(Statement(DIALECTS["duckdb"]), {"area": Cell("level", "area")})
    LeadingNumbers(of=("area",)).sql(state, rows)
    return rows


def test_sql_reads_the_same_numbers() -> None:
    """DuckDB gets the same 32-bit numbers."""
    spec, values = LeadingNumbers(of=("area",)), pd.DataFrame({"area": [*WRITTEN, None]})
    state = spec.learn(values.astype("category"), None, None, 0)
    rows = _rows(state)
    query = rows.statement.text([("made", rows["area: number"].sql)], "given")
    with duckdb.connect() as base:
        base.register("given", values)
        found = base.sql(query).df()["made"].to_numpy(float)
    own = spec.apply(values.astype("category"), state)["area: number"]
    np.testing.assert_array_equal(found.astype(np.float32), own)


def test_postgres_reads_the_same_numbers(postgres: str) -> None:
    """PostgreSQL gets the same 32-bit numbers."""
    import psycopg

    state = {"made": {"area: number": ["area"]}}
    rows = SqlRows(Statement(DIALECTS["postgres"]), {"area": Cell("level", "area")})
    LeadingNumbers(of=("area",)).sql(state, rows)
    query = rows.statement.text([("made", rows["area: number"].sql)], "(SELECT CAST(%s AS TEXT) AS area) AS given")
    with psycopg.connect(expanded(postgres)) as server:
        for level, number in WRITTEN.items():
            found = (server.execute(query.encode(), [level]).fetchone() or (None,))[0]
            assert np.float32(math.nan if found is None else found) == pytest.approx(np.float32(number), nan_ok=True)


@pytest.mark.parametrize(
    ("values", "taken"),
    [
        ([*(str(1000 + number) for number in range(60)), "1200 - 1500", "on request"], True),
        ([f"{number} years" for number in range(12)], False),  # few levels
        ([f"C{number}" for number in range(60)], False),
        ([f"{number % 2} of {number}" for number in range(60)], False),  # two numbers only
        ([f"{number % 3} of {number}" for number in range(60)], True),
        ([*map(str, range(48)), *(f"C{number}" for number in range(12))], True),  # four of five
        ([*map(str, range(47)), *(f"C{number}" for number in range(13))], False),
    ],
)
def test_auto_takes_columns_that_begin_with_numbers(values: list[str], taken: bool) -> None:
    """Many levels, at least four of five with a number, at least three different ones."""
    table = Table(pd.DataFrame({"area": pd.Categorical(values * 3)}), (Column("area", "category"),))
    setting = Setting(table, Task("binary", "left", ("no", "yes")), Target.parse({"column": "left"}))
    assert (LeadingNumbers.suits(setting) is not None) == taken


def test_a_few_words_in_a_column_of_numbers_cost_little() -> None:
    """A column of numbers with two words keeps its numbers."""
    draw = np.random.default_rng(0)
    area = draw.uniform(500, 5000, 400).round(1)
    written = [f"{each}" if place % 40 else "on request" for place, each in enumerate(area)]
    state, made = Feature.parse({"kind": "leading_numbers"}).learn_apply(
        pd.DataFrame({"area": pd.Categorical(written)}), None, None, 0
    )
    assert state["made"] == {"area: number": ["area"]}
    near = made["area: number"].notna().to_numpy()
    np.testing.assert_allclose(made.loc[near, "area: number"], area[near], rtol=1e-6)
    assert (~near).sum() == 10
