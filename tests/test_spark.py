"""A run scores a Spark DataFrame like one of pandas."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import custpred as cp
from custpred.business import Business
from custpred.errors import DataError, MissingDependency
from custpred.inference.action_list import action_list
from custpred.inference.incoming import batch
from custpred.lazy import installed
from custpred.policy import Policy
from custpred.spark import score, scores

LEAN = {"search": "none", "engine": "inline", "models": ["logistic"], "budget": {"work": 1, "jobs": 1}}


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory, people: Callable[..., pd.DataFrame]) -> cp.Result:
    """Return a small run."""
    from custpred.recipe.file import from_keys

    source = {"kind": "frame", "data": people(160).drop(columns="remark"), "key": "customer"}
    split = {"kind": "stratified", "folds": 2, "test": 0.3}
    folder = tmp_path_factory.mktemp("spark") / "run"
    return cp.run(from_keys({"customers": source, "target": "left", "split": split, **LEAN}), out=folder)


def test_without_pyspark_the_extra_is_named(result: cp.Result, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message has the install command."""
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(MissingDependency, match=r"custpred\[spark\]"):
        score(None, result)  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
@pytest.mark.skipif(not installed("pyspark"), reason="PySpark is not installed (extra: spark)")
def test_spark_equals_predict(
    result: cp.Result, people: Callable[..., pd.DataFrame], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two local workers without access to the run's folder; rows with missing values and dates."""
    from pyspark.sql import SparkSession

    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    new = people(60, seed=8).drop(columns=["remark", "left"])
    new.loc[:2, "plan"] = None
    wanted = result.predict_proba(new).to_numpy()
    apart = result.folder.rename(tmp_path / "elsewhere")
    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    spark = builder.config("spark.sql.session.timeZone", "UTC").getOrCreate()
    limited = cp.load(apart)
    policy = Policy(Business(value=100, contact_cost=20, capacity=7))
    limited.__dict__["predictor"] = replace(limited.predictor, policy=policy)  # where the property keeps it
    try:
        rows = spark.createDataFrame(new).repartition(2)
        found = score(rows, apart).toPandas().set_index("customer")
        ranked = score(rows, limited, rank=True).toPandas().set_index("customer")
    finally:
        spark.stop()
    assert list(found) == ["probability of no", "probability of yes", "decision"]
    shown = ["probability of no", "probability of yes"]
    np.testing.assert_allclose(found.loc[new["customer"], shown].to_numpy(), wanted, rtol=0, atol=1e-12)
    listed = limited.act(new, reasons="none")[0].set_index("customer")
    own = ["rank", "expected gain", "decision"]
    pd.testing.assert_frame_equal(ranked.loc[listed.index, own], listed[own], check_dtype=False, atol=1e-12)


@pytest.mark.parametrize(
    ("business", "added"),
    [
        ({}, ["decision"]),
        ({"value": {"column": "income"}, "contact_cost": 900}, ["value", "expected gain", "decision"]),
        ({"value": 100, "capacity": 3}, ["value", "expected gain"]),
        ({"capacity": 3}, []),
    ],
)
def test_batches_have_the_decisions_of_each_customer_alone(
    result: cp.Result, people: Callable[..., pd.DataFrame], business: dict[str, Any], added: list[str]
) -> None:
    """Value, gain and decision are those of ``act``; a capacity depends on other batches."""
    predictor = replace(result.predictor, policy=Policy(Business(**business), 0.4))
    new = people(60, seed=8).drop(columns=["remark", "left"])
    found = pd.concat([scores(predictor, part, ["customer"]) for part in (new[:20], new[20:])])
    assert list(found) == ["customer", "probability of no", "probability of yes", *added]
    assert list(scores(predictor, new[:0], ["customer"])) == list(found)  # an empty part
    table, _ = action_list(batch(predictor, new), count=0)
    listed = table.set_index("customer").loc[new["customer"], [*found][1:]]
    pd.testing.assert_frame_equal(found.set_index("customer"), listed, check_dtype=False, atol=1e-12)


def test_runs_of_events_are_refused(result: cp.Result, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their customers must be gathered first."""
    monkeypatch.setattr("custpred.spark.need", lambda *own, **how: None)
    monkeypatch.setattr(type(result.predictor.intake), "events", property(lambda own: True))
    with pytest.raises(DataError, match="CP2450"):
        score(None, result)  # type: ignore[arg-type]
