"""The contract of every measure."""

from __future__ import annotations

import json
import pickle
import time
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from custpred.business import Business
from custpred.errors import NotApplicable
from custpred.evaluate._run import measure_all
from custpred.evaluate.base import Evaluate, Evidence, Measure
from custpred.metrics.base import Metric
from custpred.table import Column, Table
from custpred.task import Predictions, Task

if TYPE_CHECKING:
    from collections.abc import Callable

METRICS = {"binary": ("roc_auc", "log_loss"), "multiclass": ("log_loss", "accuracy"), "regression": ("rmse", "mae")}
LABELS = {"binary": ("no", "yes"), "multiclass": ("a", "b", "c"), "regression": ()}
every = pytest.mark.parametrize("kind", Evaluate.kinds())
tasks = pytest.mark.parametrize("task", METRICS)


def scored(frame: pd.DataFrame, task: Task) -> np.ndarray:
    """Return predictions that depend on the column ``x`` only."""
    z = frame["x"].fillna(0.0).to_numpy()
    if task.kind == "multiclass":
        return task.inverse_link(np.column_stack([z, -z, 0 * z]))
    return task.inverse_link(z) if task.kind == "binary" else 50.0 + 10.0 * z


def evidence(kind: str, n: int = 500, seed: int = 0) -> Evidence:
    rng = np.random.default_rng(seed)
    task = Task(kind, "y", LABELS[kind])
    level = np.where(rng.random(n) < 3 / max(n, 1), "canary", rng.choice(["red", "blue"], n))
    frame = pd.DataFrame({"x": rng.normal(size=n), "colour": pd.Categorical(level), "fee": rng.gamma(3, 10, n)})
    frame.loc[: n // 20, "x"] = np.nan
    answer = scored(frame, task)
    truth = (
        answer + rng.normal(size=n) if kind == "regression" else (answer.cumsum(1)[:, :-1] < rng.random((n, 1))).sum(1)
    )
    table = Table(frame, (Column("x", "number"), Column("colour", "category"), Column("fee", "number")))
    money = Business(value="fee", contact_cost=1, offer_cost=2, success_rate=0.5, capacity=50, currency="USD")
    metrics = [Metric.parse(name) for name in METRICS[kind]]
    return Evidence(
        Predictions(task, truth, answer), table, metrics, money, seed, predict=lambda frame: scored(frame, task),
        seconds=1.0, sensitive=("colour",),
    )  # fmt: skip


def measured(kind: str, own: Evidence) -> Measure:
    try:
        return Evaluate.parse(kind).measure(own)
    except NotApplicable as declined:
        pytest.skip(f"{kind} declines: {declined.message}")


@every
def test_it_builds_from_defaults_and_round_trips(kind: str) -> None:
    """A kind needs no options, describes every field, and reads back from plain data and pickle."""
    spec = Evaluate.parse(kind)
    assert Evaluate.parse(spec.dump()) == spec == pickle.loads(pickle.dumps(spec))
    assert all(description for _, _, description in spec.options())


@every
@tasks
def test_numbers_are_finite_plain_and_labelled(kind: str, task: str) -> None:
    """Rows and facts are JSON without nan, and every row has the same label first."""
    measure = measured(kind, evidence(task))
    assert measure.kind == kind
    assert measure.rows
    json.dumps([measure.rows, measure.facts], allow_nan=False)
    assert len({tuple(row)[:1] for row in measure.rows}) == 1


@every
@tasks
def test_intervals_contain_their_value(kind: str, task: str) -> None:
    """If a row has ``low`` and ``high``, its number lies between them."""
    own = measured(kind, evidence(task))
    names = ("importance", "profit", "lift", "score", "value", "actual")
    for row in own.rows:
        value = next((row[name] for name in names if isinstance(row.get(name), float)), None)
        if value is not None and row.get("low") is not None:
            assert row["low"] - 1e-9 <= value <= row["high"] + 1e-9


@every
@tasks
def test_the_same_seed_gives_the_same_numbers(kind: str, task: str) -> None:
    """Randomness depends on the seed only."""
    own = replace(evidence(task), seconds=30.0)  # enough, so that no draw is left out on a busy machine
    assert measured(kind, own) == measured(kind, own)


@every
@tasks
def test_inputs_are_not_modified(kind: str, task: str) -> None:
    """Table and predictions are not modified."""
    own = evidence(task)
    frame, truth, answer = own.table.frame.copy(), own.predictions.truth.copy(), own.predictions.predicted.copy()
    measured(kind, own)
    pd.testing.assert_frame_equal(own.table.frame, frame)
    assert np.array_equal(own.predictions.truth, truth)
    assert np.array_equal(own.predictions.predicted, answer)


@tasks
def test_measures_of_another_process_are_the_same(task: str) -> None:
    """In a process without the model each measure gives the same numbers."""
    own = replace(evidence(task), seconds=30.0)

    def elsewhere(function: Callable[..., Any], *items: Any) -> Callable[[], list[Any]]:
        sent = [pickle.dumps((function, item)) for item in items]
        return lambda: [made(item) for made, item in map(pickle.loads, sent)]

    apart, here = measure_all(own, elsewhere), measure_all(own)
    assert list(apart) == list(here) == list(Evaluate.kinds())
    assert [each for each in apart if each != "importance" and apart[each] != here[each]] == []
    assert apart["importance"].rows


@tasks
def test_measures_in_threads_are_the_same(task: str) -> None:
    """Measures that call the model give the same numbers on several cores."""
    own = replace(evidence(task), seconds=30.0)
    several, one = measure_all(replace(own, cores=3)), measure_all(own)
    assert [each for each in one if each != "importance" and one[each] != several[each]] == []
    assert [row["column"] for row in several["importance"].rows] == [row["column"] for row in one["importance"].rows]


def test_as_many_measures_call_the_model_as_there_are_cores() -> None:
    """On one core they never overlap."""
    own, running, most = evidence("binary"), [], []

    def predict(frame: pd.DataFrame) -> Any:
        running.append(1)
        most.append(len(running))
        time.sleep(0.01)
        running.pop()
        return own.predict(frame) if own.predict else None

    measure_all(replace(own, predict=predict, reasons=lambda *asked: predict(asked[0]), cores=1))
    assert max(most) == 1


@tasks
def test_levels_of_few_customers_never_appear(task: str) -> None:
    """A level of three customers is in no row, fact or reason of any measure."""
    own = evidence(task)
    assert 0 < (own.table.frame["colour"] == "canary").sum() < 10
    told = repr([(m.rows, m.facts, m.reason) for m in measure_all(own).values()])
    assert "canary" not in told
    assert "blue" in told


@tasks
@pytest.mark.parametrize("n", [0, 1, 2, 12])
def test_few_rows_give_a_result_or_a_reason(task: str, n: int) -> None:
    """With hardly any customers each measure has a result or a reason; none raises or warns."""
    own = evidence(task, max(n, 1))
    rows = np.arange(n)
    small = replace(own, predictions=own.predictions.take(rows), table=own.table.take(rows))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = measure_all(small)
    assert set(found) == set(Evaluate.kinds())
    assert all(measure.rows or measure.reason for measure in found.values())
    assert not [measure for measure in found.values() if "bug" in measure.reason]
    json.dumps([[m.rows, m.facts] for m in found.values()], allow_nan=False)


@pytest.mark.parametrize("constant", [0.0, 0.3, 1.0])
def test_a_constant_model_is_measured(constant: float) -> None:
    """The same probability for everyone, even 0 or 1, is valid; its lift is 1 everywhere."""
    own = evidence("binary")
    n = len(own.predictions)
    flat = replace(own.predictions, predicted=np.tile([1 - constant, constant], (n, 1)))
    found = measure_all(
        replace(own, predictions=flat, predict=lambda frame: np.tile([1 - constant, constant], (len(frame), 1)))
    )
    assert not [measure for measure in found.values() if "bug" in measure.reason]
    assert [row["lift"] for row in found["gains"].rows] == pytest.approx([1.0] * len(found["gains"].rows))


def test_one_class_in_the_test_is_a_reason() -> None:
    """Measures that need both classes decline with that reason."""
    own = evidence("binary")
    alone = replace(own.predictions, truth=np.zeros(len(own.predictions), dtype=int))
    found = measure_all(replace(own, predictions=alone))
    assert "only one" in found["gains"].reason
    assert not [measure for measure in found.values() if "bug" in measure.reason]


def test_a_measure_that_fails_leaves_the_others() -> None:
    """A scorer that raises costs its own measure only, and the reason holds no customer's value."""

    def broken(frame: pd.DataFrame) -> np.ndarray:
        raise ZeroDivisionError("secret 4711")

    found = measure_all(replace(evidence("binary"), predict=broken))
    assert "ZeroDivisionError" in found["importance"].reason
    assert "4711" not in found["importance"].reason
    assert found["gains"].rows
