"""The report reads the real measures of ``custpred.evaluate``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from custpred.business import Business, Value
from custpred.evaluate._run import measure_all
from custpred.evaluate.base import Evidence
from custpred.metrics.base import Metric
from custpred.report._page import html, page
from custpred.table import Column, Table
from custpred.task import Predictions, Task

if TYPE_CHECKING:
    from custpred.results.record import Record

ROWS = 600


def table(rng: np.random.Generator) -> Table:
    frame = pd.DataFrame({"tenure": rng.uniform(0, 72, ROWS), "charge": rng.uniform(20, 120, ROWS)})
    frame["gender"] = pd.Categorical(rng.choice(["f", "m"], ROWS))
    kinds: Any = {"tenure": "number", "charge": "number", "gender": "category"}
    return Table(frame, tuple(Column(name, kind) for name, kind in kinds.items()))


def evidence(kind: str) -> Evidence:
    rng = np.random.default_rng(5)
    customers = table(rng)
    signal = -customers.frame["tenure"].to_numpy() / 24 + rng.normal(0, 0.5, ROWS)
    chance = 1 / (1 + np.exp(-signal - 0.5))
    metrics: dict[str, tuple[str, ...]] = {
        "binary": ("roc_auc", "brier"),
        "multiclass": ("log_loss",),
        "regression": ("mae",),
    }
    if kind == "binary":
        predictions = Predictions(
            Task("binary", "Churn", ("No", "Yes")), (rng.random(ROWS) < chance).astype(int), np.c_[1 - chance, chance]
        )
    elif kind == "multiclass":
        answer = rng.dirichlet([1, 1, 1], ROWS)
        truth = np.array([rng.choice(3, p=row) for row in answer])
        predictions = Predictions(Task("multiclass", "Churn", ("a", "b", "c")), truth, answer)
    else:
        predictions = Predictions(
            Task("regression", "Churn"), np.exp(signal + rng.normal(0, 0.2, ROWS)), np.exp(signal)
        )
    return Evidence(
        predictions,
        customers,
        [Metric.find(name)() for name in metrics[kind]],
        Business(value=Value(column="charge", times=12), contact_cost=1.0, success_rate=0.3, capacity=100),
        predict=lambda frame: np.tile(
            predictions.predicted, (len(frame) // ROWS, *[1] * (predictions.predicted.ndim - 1))
        ),
        sensitive=("gender",),
        seconds=0.5,
    )


@pytest.fixture(params=["binary", "multiclass", "regression"])
def measured(request: pytest.FixtureRequest, binary: Record) -> Record:
    given = evidence(request.param)
    metrics = {each.kind(): {"label": each.label, "better": each.better} for each in given.metrics}
    measures = measure_all(given)
    labels = given.predictions.task.labels
    data = replace(binary.data, test_rows=ROWS, shares={name: 1 / len(labels) for name in labels})
    own = replace(
        binary, task=given.predictions.task, data=data, metrics=metrics, measures=measures, cv={}, leaderboard=()
    )
    test = {row["metric"]: {key: row[key] for key in ("value", "low", "high")} for row in measures["scores"].rows}
    return replace(own, test={kind: type(next(iter(binary.test.values())))(**score) for kind, score in test.items()})


def test_every_measure_is_drawn(measured: Record) -> None:
    """No section fails on real measures, and each draws its measure."""
    text = html(measured)
    assert "CP9001" not in text
    drawn = {part.kind: part for part in page(measured).parts}
    for section, kind in (("curves", "deciles"), ("calibration", "calibration"), ("segments", "segments")):
        if measured.measures[kind].rows:
            assert section in drawn


def test_headline_quotes_the_measured_lift(measured: Record) -> None:
    """For two classes the first sentence has the lift and the share reached of the measure."""
    if measured.task.kind != "binary":
        pytest.skip("one behaviour of two classes")
    facts = measured.measures["gains"].facts
    first = str(page(measured).parts[0].blocks[0])
    assert f"Of 600 test customers, {facts['positives']:.0f} are 'Yes'." in first
    assert f"{facts['lift_at_10']:.2f} times what chance would" in first
