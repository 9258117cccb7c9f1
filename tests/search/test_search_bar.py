"""When a trial is stopped."""

from __future__ import annotations

import math

import pytest

from custpred.models.base import Model
from custpred.search._bar import Bar
from custpred.search._trial import Trial


def _trial(gain: float, *folds: float, seconds: float = 1.0, kind: str = "dummy") -> Trial:
    return Trial(0, Model.parse(kind), "ok", gain=gain, folds=folds, fit_seconds=seconds)


def test_the_best_and_the_worst_set_the_bar() -> None:
    """The bar has the best trial's folds, its seconds per fold, and the distance to the worst."""
    bar = Bar.of([_trial(0.5, 0.5, 0.5), _trial(0.8, 0.7, 0.9, seconds=6.0, kind="lightgbm")], rows=100)
    assert bar is not None
    assert bar.folds == (0.7, 0.9)
    assert bar.spread == pytest.approx(0.3)
    assert bar.seconds == 3.0


def test_a_quick_linear_model_does_not_limit_the_time_of_boosters() -> None:
    """Only a booster's seconds tell how long another booster may take."""
    bar = Bar.of([_trial(0.5, 0.5, 0.5), _trial(0.8, 0.7, 0.9, seconds=6.0, kind="logistic")], rows=100)
    assert bar is not None
    assert bar.seconds == math.inf


def test_without_two_different_trials_there_is_no_bar() -> None:
    """No trial, one trial, failures and equal trials give no bar."""
    failed = Trial(1, Model.parse("dummy"), "failed")
    assert Bar.of([], 100) is None
    assert Bar.of([failed], 100) is None
    assert Bar.of([_trial(0.5, 0.5, 0.5)], 100) is None
    assert Bar.of([_trial(0.5, 0.5, 0.5), _trial(0.5, 0.4, 0.6)], 100) is None


def test_noise_widens_the_margin() -> None:
    """With 100 rows the margin is .06 + .1 of the spread; with 10,000 it is .06 + .01."""
    few, many = Bar((0.8, 0.8), 1.0, 100), Bar((0.8, 0.8), 1.0, 10_000)
    assert not few.missed({0: 0.65})
    assert few.missed({0: 0.63})
    assert many.missed({0: 0.72})
    assert not many.missed({0: 0.74})


def test_more_folds_reduce_the_margin() -> None:
    """A shortfall within chance for one fold of 100 rows is too much for four."""
    bar = Bar((0.8,) * 4, 1.0, 100)
    assert not bar.missed({0: 0.66})
    assert bar.missed(dict.fromkeys(range(4), 0.66))
