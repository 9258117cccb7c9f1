"""A model as an ONNX graph gives the predictions of ``predict``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from custpred.business import Business
from custpred.calibrate.base import Calibrate
from custpred.ensemble.base import Ensemble
from custpred.errors import DataError
from custpred.inference.incoming import batch
from custpred.inference.onnx_export import onnx_inputs, onnx_of
from custpred.inference.predictor import Predictor
from custpred.inference.scored import decided
from custpred.inference.sql_export import rescaled
from custpred.models._traits import ModelTraits
from custpred.models.xgboost import XGBoost
from custpred.policy import Policy
from custpred.sql.onnx_graph import Graph

onnxruntime = pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed (extra: onnx)")
pytest.importorskip("onnx", reason="onnx is not installed (extra: onnx)")
pytest.importorskip("sqlglot", reason="SQLGlot is not installed (extra: onnx)")

MODELS = [
    {"kind": "logistic", "transform": "quantile"},
    {"kind": "lightgbm", "rounds": 4, "num_leaves": 4},
    {"kind": "xgboost", "rounds": 4, "max_depth": 2},
    {"kind": "extra_trees", "trees": 2, "min_samples_leaf": 20},
    {"kind": "mlp", "epochs": 1, "width": 4, "members": 2},
]
DATES = ["year", "quarter", "month", "day", "weekday", "day of year", "weekend", "hour", "age in days", "month sine"]
AMOUNTS = [{"kind": "two_part", "rounds": 8}, {"kind": "xgboost", "rounds": 4, "objective": "l1", "target": "log"}]
FEATURES = [
    {"kind": "ratios", "of": [["income", "visits"]], "differences": [["income", "visits"]]},
    {"kind": "tiers", "of": ["income"]},
    {"kind": "bins", "of": ["income"], "count": 4},
    {"kind": "dates", "parts": DATES},
    {"kind": "frequency", "of": ["city"]},
    {"kind": "target_mean", "of": ["city"], "pairs": 1},
    {"kind": "transforms", "of": ["income"], "by": "yeo_johnson"},
]


def at_all_hours(people: pd.DataFrame) -> pd.DataFrame:
    """Return customers who joined at every hour of the day."""
    return people.assign(joined=people["joined"] + pd.to_timedelta(np.arange(len(people)) % 24, "h"))


def strange(people: Callable[..., pd.DataFrame]) -> pd.DataFrame:
    """Return customers with unseen levels, missing values, extremes and leap days."""
    new = at_all_hours(people(80, seed=7))
    new.loc[:3, "plan"] = ["never seen", "", "pro", "basic"]
    new.loc[6:9, "city"] = [None, "City 01", "nowhere", "city 30"]
    new.loc[10:13, "income"] = [1e300, -5.0, 0.0, 16_777_217.0]
    new["visits"] = new["visits"].astype(float)
    new.loc[14:16, "visits"] = [np.nan, 99, -1]
    days = ["2031-12-31 23:59:59", "2024-02-29", "2000-03-01", "1900-02-28", "1969-12-31 12:00", "2023-01-01"]
    new.loc[17:23, "joined"] = [pd.NaT, *map(pd.Timestamp, days)]
    return new


def apart(predictor: Predictor, new: pd.DataFrame, whole: Predictor | None = None) -> float:
    """Return the largest difference between the graph's output and the predictor's."""
    frame = batch(predictor, new).frame
    session = onnxruntime.InferenceSession(onnx_of(whole or predictor, fewer=rescaled if whole else None).model)
    names = [each.name for each in session.get_inputs()]
    found, *more = session.run(None, onnx_inputs(frame, predictor.columns, names))
    predicted = predictor.predict(frame)
    code = decided(predictor, new, frame, predicted)[0].code
    if more and code is not None:
        labels = np.array(predictor.task.labels or ["no", "yes"], dtype=object)
        assert more[0].ravel().tolist() == labels[code].tolist()
    return float(np.abs((found.reshape(predicted.shape) - predicted) / np.maximum(1.0, np.abs(predicted))).max())


@pytest.fixture(scope="module")
def model(search: Callable[..., Any], people: Callable[..., pd.DataFrame], uneven: Ensemble) -> Predictor:
    """Return a blend with a model of each family and most steps."""
    world = search(
        data=at_all_hours(people().drop(columns="remark")),
        target="left",
        key="customer",
        models=MODELS,
        ensemble=uneven,
        missing={"kind": "median", "indicator": True},
        outliers={"kind": "iqr", "action": "clip"},
        features=FEATURES,
    )
    predictor: Predictor = world.blend.predictor
    return predictor


def test_the_graph_equals_predict(model: Predictor, people: Callable[..., pd.DataFrame]) -> None:
    """Unusual customers get the same scores to 1e-5."""
    assert {member.model.kind() for member in model.members} == {each["kind"] for each in MODELS}
    assert apart(model, strange(people)) < 1e-6


@pytest.mark.parametrize("kind", ["sigmoid", "isotonic"])
def test_calibrations(model: Predictor, people: Callable[..., pd.DataFrame], kind: str) -> None:
    """A line and a curve through the raw score."""
    rows = people(300, seed=3)
    raw, calibrate = model.raw(model.conform(rows)[0]), Calibrate.parse(kind)
    state = calibrate.learn(raw, (rows["left"] == "yes").to_numpy().astype(int), model.task)
    assert state["map"] != "identity"
    assert apart(replace(model, calibrate=calibrate, calibration=state), people(80, seed=8)) < 1e-5


@pytest.mark.parametrize("target", ["plan", "amount"])
def test_classes_and_amounts(
    search: Callable[..., Any], people: Callable[..., pd.DataFrame], uneven: Ensemble, target: str
) -> None:
    """Several classes, and amounts with a logarithm: log-softmax and links of each family."""
    table = people().drop(columns=["remark", "left"])
    if target == "amount":
        table[target] = table["income"].fillna(50).clip(upper=20_000) + table["visits"]
    linear = {"kind": "linear", "target": "log"} if target == "amount" else MODELS[0]
    models = [linear, *MODELS[1:], *(AMOUNTS if target == "amount" else [])]
    world = search(data=table, target=target, key="customer", models=models, ensemble=uneven)
    assert apart(world.blend.predictor, people(80, seed=4).assign(amount=0.0)) < 1e-5


@pytest.mark.parametrize(
    ("business", "outputs"),
    [
        ({}, 2),
        ({"value": {"column": "income"}, "contact_cost": 900, "success_rate": 0.5}, 2),
        ({"value": 100, "contact_cost": 20}, 2),
        ({"value": 100, "contact_cost": 20, "capacity": 3}, 1),
        ({"capacity": 3}, 1),
    ],
)
def test_decisions_on_each_customer_alone(
    model: Predictor, people: Callable[..., pd.DataFrame], business: dict[str, Any], outputs: int
) -> None:
    """Threshold and expected gain give a decision; a capacity depends on other customers."""
    own = replace(model, policy=Policy(Business(**business), 0.45))
    session = onnxruntime.InferenceSession(onnx_of(own).model)
    assert len(session.get_outputs()) == outputs
    new = people(80, seed=5)
    assert apart(own, new) < 1e-5
    frame = batch(own, new).frame
    assert outputs == 1 or len(set(decided(own, new, frame, own.predict(frame))[0].code)) == 2


@pytest.mark.parametrize("target", ["left", "plan", "income"])
def test_symmetric_trees_and_rules(
    search: Callable[..., Any], people: Callable[..., pd.DataFrame], uneven: Ensemble, target: str
) -> None:
    """CatBoost with single levels of categories, and the rule as the model that is left."""
    pytest.importorskip("catboost", reason="CatBoost is not installed (extra: catboost)")
    table, new = people().drop(columns=["remark", "city"]), strange(people)
    table = table[table[target].notna()]
    options = {"kind": "catboost", "rounds": 8, "depth": 3, "one_hot_max_size": 50}
    keys = {"data": table, "target": target, "key": "customer", "ensemble": uneven}
    assert apart(search(**keys, models=[options]).blend.predictor, new) < 1e-5
    if target != "income":  # of the linear part of this family the mean alone would be left
        assert apart(search(**keys, models=["rule"]).blend.predictor, new) < 1e-5


def test_models_without_a_graph_are_named(
    search: Callable[..., Any],
    people: Callable[..., pd.DataFrame],
    uneven: Ensemble,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A model without a formula is named with its reason; without it the other weights sum to 1."""
    models = [MODELS[1], MODELS[2]]
    keys = {"target": "left", "key": "customer", "models": models, "ensemble": uneven}
    predictor = search(data=people().drop(columns="remark"), **keys).blend.predictor
    monkeypatch.setattr(XGBoost, "sql", ModelTraits.sql)
    with pytest.raises(DataError, match=r"to ONNX: .*xgboost: it is neither .*--members onnx") as caught:
        onnx_of(predictor)
    assert caught.value.code == "CP2422"
    [kept] = [each for each in predictor.members if each.model.kind() == "lightgbm"]
    less = replace(predictor, members=(replace(kept, weight=1.0),))
    new, without = people(80, seed=6), onnx_of(predictor, fewer=rescaled).without
    assert list(without) == [each.name for each in predictor.members if each is not kept]
    assert apart(less, new, predictor) < 1e-5


def test_an_input_may_have_the_name_of_the_output(
    search: Callable[..., Any], people: Callable[..., pd.DataFrame]
) -> None:
    """The output gets another name."""
    table = people().rename(columns={"income": "probabilities"})[["customer", "probabilities", "left"]]
    predictor = search(data=table, target="left", key="customer", models=["logistic"]).blend.predictor
    session = onnxruntime.InferenceSession(onnx_of(predictor).model)
    assert [each.name for each in session.get_outputs()] == ["probabilities (custpred)", "decision"]
    assert apart(predictor, table.head(3)) < 1e-12


def test_a_constant_has_a_value_for_every_row() -> None:
    """The output has as many rows as the input."""
    made = Graph()
    session = onnxruntime.InferenceSession(made.model({"x": "number"}, ("y", [made.dialect.literal(3)]), {}))
    assert session.run(None, {"x": np.zeros((2, 1))})[0].tolist() == [[3.0], [3.0]]


def test_unsupported_expressions_are_named() -> None:
    """An SQL expression without ONNX nodes is an internal error."""
    made = Graph()
    with pytest.raises(NotImplementedError, match="Substring"):
        made.model({"x": "text"}, ("y", [made.name("SUBSTRING('abc', 1, 2)")]), {})
