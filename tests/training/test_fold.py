"""One fold of a configuration: which half stops which fit, the bar, and the time of folds."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest

from custpred.models.base import Model
from custpred.search._bar import MIXED, Bar
from custpred.task import Fit, Predictions, Rows, Task
from custpred.training import fold as module
from custpred.training._fits.early_stopping import MIN_VALIDATION_ROWS, _half, raw_scores
from custpred.training.fold import _mixed_gain, fit_folds

BINARY = Task("binary", "left", ("no", "yes"))


class Halves(Model):
    """A model whose fits answer with the number that they are."""

    halved: ClassVar[bool] = True

    def raw(self, fitted: Any, X: pd.DataFrame, fit: Fit) -> np.ndarray:
        return np.full(len(X), float(fitted))


class Fitted(float):
    """All rows' fit, with those that stopped by each half."""

    others = (1.0, 2.0)


def _rows(count: int) -> Rows:
    return Rows(pd.DataFrame({"x": np.arange(float(count))}), np.arange(count) % 2)


def test_halves_are_stratified_by_label() -> None:
    """Each half has half of the rows and half of each class."""
    rows = _rows(400)
    half = _half(rows, Halves(), Fit(BINARY))
    assert half is not None
    assert half.sum() == 200
    assert rows.y[half].sum() == 100


def test_rows_of_one_customer_are_in_one_half() -> None:
    """Each customer's rows are on one side, and the halves are of similar size."""
    rows, units = _rows(400), np.arange(400) // 4
    half = _half(rows, Halves(), Fit(BINARY), units)
    assert half is not None
    assert (half.reshape(100, 4).all(axis=1) == half.reshape(100, 4).any(axis=1)).all()
    assert 160 <= half.sum() <= 240


def test_each_half_is_scored_by_the_fit_stopped_by_the_other() -> None:
    """The fit by the first half (1) scores the rest, and the other the first half."""
    rows = _rows(400)
    half = _half(rows, Halves(), Fit(BINARY))
    raw = raw_scores(Halves(), Fitted(0), rows, Fit(BINARY, half=half))
    assert half is not None
    assert (raw[half] == 2).all()
    assert (raw[~half] == 1).all()


def test_few_rows_and_other_models_are_not_halved() -> None:
    """Too few held-out rows are not used, and most models are scored by one fit."""
    assert _half(_rows(MIN_VALIDATION_ROWS - 1), Halves(), Fit(BINARY)) is None
    assert _half(_rows(400), Model.parse("logistic"), Fit(BINARY)) is None


@pytest.mark.parametrize("kind", ["lightgbm", "xgboost", "mlp"])
def test_a_halved_fit_has_the_fits_of_both_halves(world: Any, kind: str) -> None:
    """A booster and a network return two more fits, with scores of the same shape."""
    draw = np.random.default_rng(0)
    X = pd.DataFrame(draw.normal(size=(300, 3)).astype(np.float32), columns=["f1", "f2", "f3"])
    rows = Rows(X, (X["f1"] + draw.normal(size=300) > 0).to_numpy().astype(int))
    held, fit = rows.take(np.arange(300) >= 200), Fit(BINARY)
    model = Model.parse(kind)
    half = _half(held, model, fit)
    fitted = model.train(rows.take(np.arange(300) < 200), held, replace(fit, half=half))
    assert len(fitted.others) == 2
    assert [model.raw(each, held.X, fit).shape for each in (fitted, *fitted.others)] == [(100,)] * 3


def test_a_job_ends_at_the_bar(world: Any) -> None:
    """A constant far behind a perfect trial is fitted on one fold, not on both."""
    job = replace(world.scorer.job(900, Model.parse("dummy"), 0, 1), metric=world.scorer.metric)
    free = fit_folds(job)
    assert [each.gain for each in free] == [0.5, 0.5]  # later trials may end first: it is compared with them
    assert len(fit_folds(replace(job, bar=Bar((1.0, 1.0), 0.4, 10_000)))) == 1


def test_a_trial_behind_is_mixed_with_the_best_one(world: Any) -> None:
    """The gain is that of the weighted raw scores; it is nan without the best trial's files."""
    scorer = world.scorer
    best = next(trial for trial in world.trials if trial.scored and not trial.model.baseline)
    bar = Bar((1.0, 1.0), 0.4, 10_000, number=best.number)
    job = replace(scorer.job(901, Model.parse("rule"), 0, 1), metric=scorer.metric)
    assert len(fit_folds(replace(job, bar=bar))) == 1
    raws = [np.load(scorer.trials / str(number) / "held0.npy") for number in (best.number, 901)]
    mixture = scorer.task.inverse_link((1 - MIXED) * raws[0] + MIXED * raws[1])
    truth = scorer.truth[scorer.held[0]]
    mixed = _mixed_gain(job, best.number, 0)
    assert mixed == pytest.approx(scorer.metric.gain(Predictions(scorer.task, truth, mixture)))
    assert len(fit_folds(replace(job, bar=replace(bar, folds=(mixed - 0.1,) * 2)))) == 2
    assert math.isnan(_mixed_gain(job, 555, 0))


@pytest.mark.parametrize(
    ("seconds", "extra", "limits"),
    [(2.0, 0.5, [2.0, 1.5, 1.5]), (2.0, 9.0, [2.0, 0.8, 0.8]), (2.0, -1.0, [2.0] * 3), (None, 5.0, [None] * 3)],
)
def test_a_late_fold_takes_time_from_the_next(
    seconds: float | None, extra: float, limits: list[float | None], world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a fold needs beyond its limit, up to a share, is taken from the fit of the next."""
    clock, given = [0.0], []

    def fitted(job: Any, fold: int) -> None:
        given.append(job.seconds)
        clock[0] += (job.seconds or 1.0) + extra

    monkeypatch.setattr(module, "_fit_fold", fitted)
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    fit_folds(world.scorer.job(900, world.trials[0].model, 0, 1, 2, seconds=seconds))
    assert given == pytest.approx(limits)
