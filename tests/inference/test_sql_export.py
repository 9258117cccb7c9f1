"""A model as SQL gives the predictions of ``predict``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from custpred.business import Business
from custpred.calibrate.base import Calibrate
from custpred.ensemble.base import Ensemble
from custpred.errors import DataError
from custpred.inference.incoming import batch
from custpred.inference.predictor import Predictor
from custpred.inference.scored import decided
from custpred.inference.sql_export import rescaled, sql_of
from custpred.policy import Policy
from custpred.source._reading.addresses import expanded

MODELS = [
    {"kind": "logistic", "transform": "quantile"},
    {"kind": "lightgbm", "rounds": 4, "num_leaves": 4},
    {"kind": "xgboost", "rounds": 4, "max_depth": 2},
    {"kind": "extra_trees", "trees": 2, "min_samples_leaf": 20},
]
AMOUNTS = [{"kind": "two_part", "rounds": 8}, {"kind": "xgboost", "rounds": 4, "objective": "l1", "target": "log"}]
FEATURES = [
    {"kind": "ratios", "of": [["income", "visits"]], "differences": [["income", "visits"]]},
    {"kind": "tiers", "of": ["income"]},
    {"kind": "bins", "of": ["income"], "count": 4},
    {
        "kind": "dates",
        "parts": ["year", "month", "weekday", "day of year", "weekend", "hour", "age in days", "month sine"],
    },
    {"kind": "frequency", "of": ["city"]},
    {"kind": "target_mean", "of": ["city"], "pairs": 1},
    {"kind": "transforms", "of": ["income"], "by": "yeo_johnson"},
]


class Everyone(Ensemble):
    """Every member counts."""

    def weigh(self, library: Any, seed: int = 0) -> np.ndarray:
        """Return equal weights."""
        return np.full(len(library), 1 / len(library))


def at_all_hours(people: pd.DataFrame) -> pd.DataFrame:
    """Return customers who joined at every hour of the day."""
    return people.assign(joined=people["joined"] + pd.to_timedelta(np.arange(len(people)) % 24, "h"))


def strange(people: Callable[..., pd.DataFrame]) -> pd.DataFrame:
    """Return customers with unseen levels, other spellings, missing values and extremes."""
    new = at_all_hours(people(80, seed=7))
    new.loc[:5, "plan"] = ["PRO", " plus ", "never seen", "", "Basic", "b  asic"]
    new.loc[6:9, "city"] = [None, "City 01", "nowhere", "city 30"]
    new.loc[10:13, "income"] = [1e300, -5.0, 0.0, 16_777_217.0]
    new["visits"] = new["visits"].astype(object)
    new.loc[14:16, "visits"] = [None, 99, -1]
    new.loc[17:18, "joined"] = [pd.NaT, pd.Timestamp("2031-12-31 23:59:59")]
    return new


@contextmanager
def duck(new: pd.DataFrame) -> Iterator[Callable[[str], pd.DataFrame]]:
    """Return a function that runs a query on the customers in DuckDB."""
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        own = new.astype({"visits": float})  # noqa: F841 (DuckDB reads it)
        connection.execute("CREATE TABLE customers AS SELECT * FROM own")
        yield lambda query: connection.sql(query).df()


@contextmanager
def server(new: pd.DataFrame, url: str) -> Iterator[Callable[[str], pd.DataFrame]]:
    """Return a function that runs a query on the customers in PostgreSQL."""
    import psycopg

    kinds = "customer text, remark text, income float8, visits float8, plan text, city text, joined timestamp"
    names = ["customer", "remark", "income", "visits", "plan", "city", "joined"]
    with psycopg.connect(expanded(url)) as connection:
        connection.execute("DROP TABLE IF EXISTS customers")
        connection.execute(f"CREATE TABLE customers ({kinds})")
        rows = new[names].astype(object).where(new[names].notna(), None)
        with connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO customers VALUES ({', '.join(['%s'] * 7)})", rows.values.tolist())

        def run(query: str) -> pd.DataFrame:
            cursor = connection.execute(query.encode())
            return pd.DataFrame(cursor.fetchall(), columns=[each.name for each in cursor.description or ()])

        yield run


def apart(predictor: Predictor, new: pd.DataFrame, found: pd.DataFrame) -> float:
    """Return the largest difference to the predictor's scores; decisions must be equal."""
    rows = batch(predictor, new)
    predicted = predictor.predict(rows.frame)
    code = decided(predictor, new, rows.frame, predicted)[0].code
    own = found.set_index("customer").loc[new["customer"]]
    shown = [name for name in own if name.startswith(("probability", "prediction"))]
    if code is not None:
        labels = np.array(predictor.task.labels or ["no", "yes"], dtype=object)
        assert own["decision"].tolist() == labels[code].tolist()
    scores = own[shown].to_numpy(float).reshape(predicted.shape)
    return float(np.abs((scores - predicted) / np.maximum(1.0, np.abs(predicted))).max())


@pytest.fixture(scope="module")
def model(search: Callable[..., Any], people: Callable[..., pd.DataFrame]) -> Predictor:
    """Return a blend with a model of each family that has SQL, and most steps."""
    world = search(
        data=at_all_hours(people().drop(columns="remark")),
        target="left",
        key="customer",
        models=MODELS,
        ensemble=Everyone(),
        missing={"kind": "median", "indicator": True},
        outliers={"kind": "iqr", "action": "clip"},
        features=FEATURES,
    )
    predictor: Predictor = world.blend.predictor
    return predictor


def test_duckdb_equals_predict(model: Predictor, people: Callable[..., pd.DataFrame]) -> None:
    """Unusual customers get the same scores to 1e-9, with the same decisions and columns."""
    new, made = strange(people), sql_of(model, "duckdb")
    assert {member.model.kind() for member in model.members} == {each["kind"] for each in MODELS}
    with duck(new) as run:
        found = run(made.statements[0])
    assert list(found) == ["customer", "rank", "probability of no", "probability of yes", "decision"]
    assert sorted(found["rank"]) == list(range(1, 81))
    assert apart(model, new, found) < 1e-9
    assert not made.without


def test_postgres_equals_predict(model: Predictor, people: Callable[..., pd.DataFrame], postgres: str) -> None:
    """The same on a server."""
    new = strange(people)
    with server(new, postgres) as run:
        assert apart(model, new, run(sql_of(model, "postgres").statements[0])) < 1e-9


@pytest.mark.parametrize("kind", ["sigmoid", "isotonic"])
def test_calibrations(model: Predictor, people: Callable[..., pd.DataFrame], kind: str) -> None:
    """A line and a curve through the raw score."""
    rows = people(300, seed=3)
    raw, calibrate = model.raw(model.conform(rows)[0]), Calibrate.parse(kind)
    state = calibrate.learn(raw, (rows["left"] == "yes").to_numpy().astype(int), model.task)
    assert state["map"] != "identity"
    own, new = replace(model, calibrate=calibrate, calibration=state), people(80, seed=8)
    with duck(new) as run:
        assert apart(own, new, run(sql_of(own, "duckdb").statements[0])) < 1e-9


@pytest.mark.parametrize(
    "business",
    [
        {"value": {"column": "income", "margin": 0.1}, "contact_cost": 20, "capacity": 9},
        pytest.param({"value": 100, "offer_cost": 30, "contact_cost": 35}, marks=pytest.mark.slow),
        pytest.param({"capacity": 5}, marks=pytest.mark.slow),
    ],
)
def test_decisions(model: Predictor, people: Callable[..., pd.DataFrame], business: dict[str, Any]) -> None:
    """Value, expected gain and decision are those of the scored file."""
    own, new = replace(model, policy=Policy(Business.model_validate(business))), people(80, seed=9)
    rows = batch(own, new)
    wanted = decided(own, new, rows.frame, own.predict(rows.frame))[0]
    with duck(new) as run:
        found = run(sql_of(own, "duckdb").statements[0])
    assert apart(own, new, found) < 1e-9
    found = found.set_index("customer").loc[new["customer"]]
    assert wanted.code is not None and 0 < wanted.code.sum() < 80
    if wanted.gain is not None:
        np.testing.assert_allclose(found["expected gain"], wanted.gain, atol=1e-9)
        np.testing.assert_allclose(found["value"], wanted.value, atol=1e-9)


@pytest.mark.parametrize("target", [pytest.param("plan", marks=pytest.mark.slow), "amount"])
def test_classes_and_amounts(
    search: Callable[..., Any], people: Callable[..., pd.DataFrame], target: str, postgres: str
) -> None:
    """Several classes, and amounts with a logarithm: log-softmax and links of each family."""
    table = people().drop(columns=["remark", "left"])
    if target == "amount":
        table[target] = table["income"].fillna(50).clip(upper=20_000) + table["visits"]
    linear = {"kind": "linear", "target": "log"} if target == "amount" else MODELS[0]
    models = [linear, *MODELS[1:], *(AMOUNTS if target == "amount" else [])]
    world = search(data=table, target=target, key="customer", models=models, ensemble=Everyone())
    own, new = world.blend.predictor, people(80, seed=4).assign(amount=0.0)
    with duck(new) as run:
        assert apart(own, new, run(sql_of(own, "duckdb").statements[0])) < 1e-9
    with server(new, postgres) as run:
        assert apart(own, new, run(sql_of(own, "postgres").statements[0])) < 1e-9


@pytest.mark.parametrize("kind", ["catboost", "rule"])
def test_symmetric_trees_and_rules(search: Callable[..., Any], people: Callable[..., pd.DataFrame], kind: str) -> None:
    """CatBoost with single levels, and a rule; with statistics of categories it is refused."""
    if kind == "catboost":
        pytest.importorskip("catboost", reason="CatBoost is not installed (extra: catboost)")
    options = {"rounds": 8, "depth": 3, "one_hot_max_size": 50} if kind == "catboost" else {}
    keys = {"data": people().drop(columns="remark"), "target": "left", "key": "customer"}
    own, new = search(**keys, models=[{"kind": kind, **options}]).blend.predictor, strange(people)
    assert {member.model.kind() for member in own.members} == {kind}
    with duck(new) as run:
        assert apart(own, new, run(sql_of(own, "duckdb").statements[0])) < 1e-9
    if kind == "catboost":
        hashed = search(**keys, models=[{"kind": kind, "rounds": 60, "depth": 3, "one_hot_max_size": 2}])
        with pytest.raises(DataError, match="CP2422 .*statistics of categories"):
            sql_of(hashed.blend.predictor, "duckdb")


def test_models_without_sql_are_named(search: Callable[..., Any], people: Callable[..., pd.DataFrame]) -> None:
    """A network and neighbours are named with reasons; without them the other weights sum to 1."""
    table, models = people().drop(columns="remark"), [MODELS[1], {"kind": "mlp", "epochs": 1, "width": 4}, "knn"]
    predictor = search(data=table, target="left", key="customer", models=models, ensemble=Everyone()).blend.predictor
    with pytest.raises(
        DataError, match=r"to SQL: .*knn: it compares .*mlp: it is neither trees .*--members sql"
    ) as caught:
        sql_of(predictor, "duckdb")
    assert caught.value.code == "CP2422"
    made = sql_of(predictor, "duckdb", fewer=rescaled)
    kept = tuple(each for each in predictor.members if each.name not in made.without)
    assert [each.model.kind() for each in kept] == ["lightgbm"]
    total = sum(each.weight for each in kept)
    less = replace(predictor, members=tuple(replace(each, weight=each.weight / total) for each in kept))
    new = people(80, seed=6)
    with duck(new) as run:
        assert apart(less, new, run(made.statements[0])) < 1e-9


def test_negative_weights_go_with_the_members_they_correct(
    search: Callable[..., Any], people: Callable[..., pd.DataFrame]
) -> None:
    """All members: their weights are used.  Without the network: its correction is left out too."""
    keys = {"data": people().drop(columns="remark"), "target": "left", "key": "customer"}
    models = [MODELS[1], MODELS[0], {"kind": "mlp", "epochs": 1, "width": 4}]
    predictor, new = search(**keys, models=models, ensemble=Everyone()).blend.predictor, people(80, seed=6)
    shares = {"lightgbm": 0.8, "logistic": -0.2, "mlp": 0.4}
    members = tuple(replace(each, weight=shares[each.model.kind()]) for each in predictor.members)
    signed = replace(predictor, members=members)
    made = sql_of(signed, "duckdb", fewer=rescaled)
    assert "no weight" in next(made.without[each.name] for each in members if each.weight < 0)
    boosted = tuple(replace(each, weight=1.0) for each in members if each.model.kind() == "lightgbm")
    whole = tuple(each for each in members if each.model.kind() != "mlp")
    both = replace(signed, members=tuple(replace(each, weight=each.weight / 0.6) for each in whole))
    with duck(new) as run:
        assert apart(replace(signed, members=boosted), new, run(made.statements[0])) < 1e-9
        assert apart(both, new, run(sql_of(both, "duckdb").statements[0])) < 1e-9


def test_an_export_is_reproducible(model: Predictor) -> None:
    """Spellings are in order, not in that of a set, which differs between processes."""
    found = re.findall(r"WHEN '(city \d\d)' THEN 'city", sql_of(model, "duckdb").statements[0])
    assert len(found) >= 10
    assert found == sorted(found)


def test_unknown_engine_is_an_error(model: Predictor) -> None:
    """The nearest name is suggested."""
    with pytest.raises(DataError, match="Did you mean 'snowflake'") as caught:
        sql_of(model, "snowflak")
    assert caught.value.code == "CP2421"


@pytest.mark.parametrize("engine", ["spark", "snowflake", "bigquery"])
def test_every_dialect_parses(model: Predictor, engine: str) -> None:
    """SQLGlot parses every statement in the engine's dialect, and each is short enough."""
    sqlglot = pytest.importorskip("sqlglot", reason="SQLGlot is not installed (pip install sqlglot)")
    for statement in sql_of(model, engine, table="shop.customers").statements:
        assert len(statement) < 1_000_000
        assert len(sqlglot.parse(statement, dialect=engine)) == 1


def test_long_statements_become_tables(
    model: Predictor, people: Callable[..., pd.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A chain of tables, none longer than the limit, gives the same."""
    from custpred.sql.dialect import DIALECTS

    monkeypatch.setitem(DIALECTS, "duckdb", replace(DIALECTS["duckdb"], most_bytes=60_000, part_bytes=40_000))
    made, new = sql_of(model, "duckdb"), people(80, seed=5)
    assert len(made.statements) >= 2
    assert max(map(len, made.statements)) < 60_000
    with duckdb.connect() as connection:
        own = new.astype({"visits": float})  # noqa: F841
        connection.execute("CREATE TABLE customers AS SELECT * FROM own")
        connection.execute(made.script() * 2)  # what is there is replaced
        assert apart(model, new, connection.sql("SELECT * FROM custpred_scores").df()) < 1e-9


def test_numbers_of_32_bits_without_the_type() -> None:
    """Engines without 32-bit floats round by arithmetic: the same except for ties."""
    from custpred.sql.dialect import DIALECTS

    values = np.random.default_rng(0).lognormal(3, 9, 5_000) * np.array([1, -1]).repeat(2_500)
    text = DIALECTS["bigquery"].rounded("x").replace("FLOAT64", "DOUBLE")
    with duckdb.connect() as connection:
        frame = pd.DataFrame({"x": values})  # noqa: F841
        found = connection.sql(f"SELECT {text} AS y FROM frame").df()["y"].to_numpy()
    np.testing.assert_array_equal(found, values.astype(np.float32).astype(float))


def test_categories_with_many_levels(
    search: Callable[..., Any], people: Callable[..., pd.DataFrame], postgres: str
) -> None:
    """Sets of codes and of prefixes give the same, and DuckDB plans none of them as a join."""
    table = people(1_200)
    number = np.random.default_rng(0).integers(0, 36, len(table))
    table["city"] = pd.Series(number).map(lambda place: f"brand {place % 12:02d} series {place}")
    odd = np.where(number % 12 % 5 < 2, "yes", "no")
    table["left"] = np.where(np.arange(len(table)) % 4, odd, table["left"])
    sets = {"max_cat_to_onehot": 1, "min_data_per_group": 2, "min_data_in_leaf": 2, "cat_smooth": 1}
    own = search(
        data=table.drop(columns="remark"),
        target="left",
        key="customer",
        models=[{"kind": "lightgbm", "rounds": 8, **sets}, {"kind": "xgboost", "rounds": 8}],
        features=[{"kind": "prefixes", "of": ["city"], "count": 2}, {"kind": "ordinal", "min_rows": 1}],
        ensemble=Everyone(),
    ).blend.predictor
    new = table.head(60).assign(city=[None, "brand 03", "unseen", *table["city"].iloc[3:60]])
    with duck(new) as run:
        statement = sql_of(own, "duckdb").statements[0]
        assert "SUBSTR('" in statement
        assert "join" not in run(f"EXPLAIN {statement}").to_string().lower()
        assert apart(own, new, run(statement)) < 1e-9
    with server(new, postgres) as run:
        assert apart(own, new, run(sql_of(own, "postgres").statements[0])) < 1e-9
