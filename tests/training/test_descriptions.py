"""Scores over time, and calibration compared on rows that it was not fitted on."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from custpred.calibrate.base import Calibrate
from custpred.metrics.base import Metric
from custpred.split.base import Split
from custpred.table import Column, Table
from custpred.target.base import Labelled
from custpred.task import Predictions, Task
from custpred.training._figures.descriptions import _base, _mean, calibrated, over_time

BINARY = Task("binary", "left", ("no", "yes"))


def predictions(n: int, seed: int = 0, noise: float = 1.0) -> Predictions:
    rng = np.random.default_rng(seed)
    z = rng.normal(size=n)
    truth = (rng.random(n) < 1 / (1 + np.exp(-2 * z))).astype(int)
    chance = 1 / (1 + np.exp(-(z + noise * rng.normal(size=n))))
    return Predictions(BINARY, truth, np.column_stack([1 - chance, chance]))


def blend(sharper: float, calibrate: str) -> Any:
    own = predictions(4000, noise=0.0)
    score = np.log(own.positive / (1 - own.positive)) * 2 * sharper
    predictor = SimpleNamespace(calibrate=Calibrate.parse(calibrate))
    return SimpleNamespace(held_out=own, raw=score, predictor=predictor)


def test_calibration_improves_scores_that_are_too_large() -> None:
    """Three times too large, they are far off before and close after, significantly."""
    found = calibrated(blend(3.0, "sigmoid"), 10, 0)
    assert found.facts["ece_before"] > 3 * found.facts["ece_after"]
    assert found.facts["gain_low"] > 0
    assert {row["when"] for row in found.rows} == {"before", "after"}
    assert all(row["customers"] >= 10 and row["low"] <= row["actual"] <= row["high"] for row in found.rows)


def test_no_calibration_gains_nothing() -> None:
    """Without calibration, before and after are equal."""
    found = calibrated(blend(1.0, "none"), 10, 0).facts
    assert (found["gain"], found["ece_before"]) == (0.0, found["ece_after"])


def test_calibration_before_and_after_is_weighted() -> None:
    """Scores that hold for the weighted rows are not called far off."""
    own = blend(1.0, "none")
    weight = np.where(own.held_out.truth == 1, 1.0, 6.0)
    given = SimpleNamespace(
        held_out=replace(own.held_out, weight=weight), raw=own.raw - np.log(6), predictor=own.predictor
    )
    found = calibrated(given, 10, 0)
    assert found.facts["ece_before"] < 0.05
    assert sum(row["low"] <= row["predicted"] <= row["high"] for row in found.rows) >= 14


def test_weighted_losses_and_constants_equal_repeated_rows() -> None:
    """A row of weight 3 counts as three rows, in mean losses and in the score of a constant."""
    weight = np.array([1.0, 3.0, 2.0, 1.0] * 10)
    values = np.random.default_rng(0).normal(size=40)
    assert _mean(values, weight)[0] == pytest.approx(np.repeat(values, weight.astype(int)).mean())
    assert _mean(values, None) == pytest.approx((values.mean(), values.std() / np.sqrt(40)))
    truth = (values > 0.5).astype(int)
    own = Predictions(BINARY, truth, np.full((40, 2), 0.5), weight)
    repeated = Predictions(BINARY, np.repeat(truth, weight.astype(int)), np.full((70, 2), 0.5))
    metric = Metric.parse("log_loss")
    assert _base(metric, own) == pytest.approx(_base(metric, repeated))
    assert _base(metric, own) != pytest.approx(_base(metric, replace(own, weight=None)))


def plan(split: dict[str, Any]) -> Any:
    recipe = SimpleNamespace(split=Split.parse(split), seed=0)
    return SimpleNamespace(recipe=recipe, metrics=[Metric.parse("roc_auc")])


def months(noise: tuple[float, ...], each: int = 1500) -> tuple[Labelled, list[tuple[str, Predictions, np.ndarray]]]:
    """Return customers of so many months, ranked worse with larger noise, all in the test."""
    made = [predictions(each, seed, level) for seed, level in enumerate(noise)]
    own = Predictions(BINARY, np.concatenate([p.truth for p in made]), np.concatenate([p.predicted for p in made]))
    when = np.datetime64("2024-01-10") + np.repeat(np.arange(len(noise)) * 31, each).astype("timedelta64[D]")
    table = Table(pd.DataFrame({"seen": when.astype("datetime64[us]")}), (Column("seen", "date"),))
    return Labelled(table, own.truth, BINARY), [("test", own, np.arange(len(own)))]


@pytest.mark.parametrize(
    ("noise", "life"),
    [((0.2, 0.8, 1.6, 2.6, 4.0), True), ((1.0, 1.0, 1.0, 1.0, 1.0), False), ((3.0, 2.0, 1.0, 0.5, 0.1), False)],
)
def test_a_model_that_ages_has_a_shelf_life(noise: tuple[float, ...], life: bool) -> None:
    """Only a significant loss gives one, with about the right months."""
    found = over_time(plan({"kind": "time", "column": "seen"}), *months(noise))
    assert [row["moment"] for row in found.rows][:2] == ["2024-01-01", "2024-02-01"]
    assert all(row["low"] <= row["score"] <= row["high"] for row in found.rows)
    assert ("life" in found.facts) == life
    if life:
        assert 1 < found.facts["life"] < 6


def test_too_few_months_have_no_slope() -> None:
    """Two tested months have scores and no slope; one, or a random split, has no comparison."""
    assert "slope" not in over_time(plan({"kind": "time", "column": "seen"}), *months((0.2, 4.0))).facts
    assert over_time(plan({"kind": "time", "column": "seen"}), *months((0.2,))).reason
    assert over_time(plan({"kind": "plain"}), *months((0.2, 4.0, 5.0))).reason
