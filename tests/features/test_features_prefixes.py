"""The first words of categories."""

from __future__ import annotations

from itertools import product

import duckdb
import numpy as np
import pandas as pd
import pytest

from custpred.errors import NotApplicable
from custpred.features.base import Feature
from custpred.features.prefixes import OTHER, Prefixes, pattern, prefix
from custpred.source._reading.addresses import expanded
from custpred.sql.dialect import DIALECTS
from custpred.sql.onnx_graph import Graph
from custpred.sql.rows import Cell, SqlRows
from custpred.sql.statement import Statement
from custpred.table import Column, Table
from custpred.target.base import Target
from custpred.task import Setting, Task

CARS = ["Kia Rio GT", "Kia Rio", "Kia Soul", "Audi A4 Avant", "Audi A4", "Audi Q7", "Fiat 500"]
HARD = [
    "C85",
    "C86",
    "D1",
    "D2",
    "서울특별시 강남구",
    "서울특별시 중구",
    "A-12/3",
    "A-12",
    "  led by blanks",
    "-",
    "one",
    "it's a|b",
    "x_y_z",
]


def made(values: list[str | None], trained: list[str] = CARS, **options: object) -> pd.DataFrame:
    """Return the new columns of some values, by what the trained ones taught."""
    spec = Prefixes.parse({"kind": "prefixes", "of": "car", "min_rows": 1, **options})
    state = spec.learn(pd.DataFrame({"car": pd.Categorical(trained)}), None, None, 0)
    return spec.apply(pd.DataFrame({"car": pd.Categorical(values)}), state).drop(columns="car")


def test_unknown_levels_begin_with_known_words() -> None:
    """An unseen model has its brand and series; a missing value stays missing."""
    new = made(["Kia Rio Sport", None, "Skoda"]).astype(object).fillna("missing")
    assert new["car: first word"].tolist() == ["Kia", "missing", OTHER]
    assert new["car: first 2 words"].tolist() == ["Kia Rio", "missing", OTHER]


def test_words_that_group_no_levels_are_left_out() -> None:
    """As many values as levels say nothing new, and one value for all says nothing."""
    assert made(CARS, ["a 1 x", "a 2 x", "a 2 y"]).columns.tolist() == ["car: first 2 words"]
    assert made(CARS, ["a", "b"]).empty
    assert made(CARS, count=1).columns.tolist() == ["car: first word"]


def test_codes_have_first_letters() -> None:
    """Letters end at a digit; where they say the same as the first word, they are left out."""
    cabins = ["C85", "C86 B2", "D1", "D2/4"]
    assert made(cabins, cabins).iloc[:, 0].tolist() == ["C", "C", "D", "D"]
    assert made(["C99"], cabins).iloc[0, 0] == "C"
    assert "car: first letters" not in made(CARS)


def test_a_row_does_not_depend_on_others() -> None:
    """One row gets what it gets among all rows."""
    every = made([*CARS, None])
    for place, value in enumerate([*CARS, None]):
        one = made([value])
        assert one.astype(object).iloc[0].fillna("").tolist() == every.astype(object).iloc[place].fillna("").tolist()


def test_rare_words_are_not_stored() -> None:
    """Prefixes of nine rows share a level with unknown ones; those of ten do not."""
    cars = [*CARS[:3] * 3, CARS[0], *["Lancia Stratos"] * 5, *["Lancia Thema"] * 4]
    frame = pd.DataFrame({"car": pd.Categorical(cars)})
    spec = Prefixes(of=("car",))
    state = spec.learn(frame, None, None, 0)
    assert "Lancia" not in str(state)
    assert spec.apply(frame, state)["car: first word"].tolist() == ["Kia"] * 10 + [OTHER] * 9


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("least", [1, 2])
def test_sql_cuts_the_same_words(count: int, least: int) -> None:
    """DuckDB finds the prefixes of any text, unknown levels among them."""
    spec = Prefixes(of=("car",), count=count, min_rows=least)
    frame = pd.DataFrame({"car": pd.Categorical(HARD + CARS)})
    state = spec.learn(frame, None, None, 0)
    rows = SqlRows(Statement(DIALECTS["duckdb"]))
    rows.columns["car"] = Cell("level", "car")
    spec.sql(state, rows)
    values = pd.DataFrame({"car": [*HARD, *CARS, None, "Kia Rio Sport Wagon"]})
    own = spec.apply(values.astype("category"), state)
    query = rows.statement.text([(f"made {place}", rows[new].sql) for place, new in enumerate(state["made"])], "given")
    with duckdb.connect() as base:
        base.register("given", values)
        every = base.sql(query).df()
    for place, new in enumerate(state["made"]):
        found = every[f"made {place}"]
        assert found.fillna("missing").tolist() == own[new].astype(object).fillna("missing").tolist()


def test_postgres_cuts_the_same_words(postgres: str) -> None:
    """PostgreSQL finds the same prefixes."""
    import psycopg

    with psycopg.connect(expanded(postgres)) as server:
        for text, words in product([*HARD, *CARS], (0, 1, 2)):
            query = "SELECT " + DIALECTS["postgres"].matched("CAST(%s AS TEXT)", pattern(words))
            found = server.execute(query.encode(), [text]).fetchone()
            assert ((found or ("",))[0] or text) == prefix(text, words)


def test_onnx_declines() -> None:
    """ONNX has no regular expressions: the reason is given, not a traceback."""
    spec = Prefixes(of=("car",), min_rows=1)
    state = spec.learn(pd.DataFrame({"car": pd.Categorical(CARS)}), None, None, 0)
    with pytest.raises(NotApplicable, match="onnx has no regular expressions"):
        spec.sql(state, SqlRows(Graph(), {"car": Cell("level", "car")}))


@pytest.mark.parametrize(
    ("values", "taken"),
    [
        ([f"{brand} {number}" for brand in ("Kia", "Audi") for number in range(20)], True),
        ([f"{brand} {number}" for brand in ("Kia", "Audi") for number in range(5)], False),  # few levels
        ([f"city{number}" for number in range(40)], False),
        ([f"{deck}{number}" for deck in "ABC" for number in range(20)], True),
        ([f"{number} Main Street" for number in range(40)], False),
        ([f"city {number}" for number in range(40)], False),  # the first word is always the same
    ],
)
def test_auto_takes_columns_whose_levels_begin_alike(values: list[str], taken: bool) -> None:
    """Many levels, at most half as many first words, more than one."""
    table = Table(pd.DataFrame({"car": pd.Categorical(values * 3)}), (Column("car", "category"),))
    setting = Setting(table, Task("binary", "left", ("no", "yes")), Target.parse({"column": "left"}))
    assert (Prefixes.suits(setting) is not None) == taken


def test_rare_levels_gain_from_their_first_word() -> None:
    """With two rows a level, the mean target of brands predicts what that of levels cannot."""
    draw = np.random.default_rng(0)
    brand = draw.integers(0, 12, 600)
    names = [f"brand{each} {place // 2}" for place, each in enumerate(brand)]
    price = brand * 10.0 + draw.normal(size=600)
    X, task = pd.DataFrame({"car": pd.Categorical(names)}), Task("regression", "price")
    first, then = Prefixes(of=("car",)), Feature.parse({"kind": "target_mean"})
    _, made = first.learn_apply(X, price, task, 0)
    _, means = then.learn_apply(made, price, task, 0)
    near = np.corrcoef(means["car: first word: target mean"], price)[0, 1]
    far = np.corrcoef(then.learn_apply(X, price, task, 0)[1]["car: target mean"] + draw.normal(size=600) * 1e-9, price)
    assert near > 0.98 > abs(far[0, 1])
