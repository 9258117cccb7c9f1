"""When a trial is stopped."""

from __future__ import annotations

import math

import numpy as np
import pytest

from custpred.models.base import Model
from custpred.search._bar import Bar, mixture
from custpred.search._trial import Trial


def _trial(gain: float, *folds: float, seconds: float = 1.0, kind: str = "dummy", number: int = 0) -> Trial:
    return Trial(number, Model.parse(kind), "ok", gain=gain, folds=folds, fit_seconds=seconds)


def _stopped(bar: Bar, gains: dict[int, float], mixed: dict[int, float]) -> bool:
    return bar.behind(gains) and not bar.helped(mixed)


def test_the_best_and_the_worst_set_the_bar() -> None:
    """The bar has the best trial's folds, its seconds per fold, and the distance to the worst."""
    best = _trial(0.8, 0.7, 0.9, seconds=6.0, kind="lightgbm", number=7)
    bar = Bar.of([_trial(0.5, 0.5, 0.5), best], rows=100)
    assert bar is not None
    assert (bar.folds, bar.number) == ((0.7, 0.9), 7)
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
    assert not few.behind({0: 0.65})
    assert few.behind({0: 0.63})
    assert many.behind({0: 0.72})
    assert not many.behind({0: 0.74})


def test_more_folds_reduce_the_margin() -> None:
    """A shortfall within chance for one fold of 100 rows is too much for four."""
    bar = Bar((0.8,) * 4, 1.0, 100)
    assert not bar.behind({0: 0.66})
    assert bar.behind(dict.fromkeys(range(4), 0.66))


@pytest.mark.parametrize(
    ("gain", "mixed", "missed"),
    [
        (0.79, math.nan, False),  # within the margin
        (0.70, math.nan, True),  # behind, and no mixture is known
        (0.70, 0.80, True),  # behind, and the mixture is no better than the best trial
        (0.70, 0.8005, True),  # better, but not beyond noise
        (0.70, 0.81, False),  # behind, but it improves the best trial
        (math.nan, math.nan, False),  # a fold without one of the classes says nothing
    ],
)
def test_a_trial_behind_continues_if_a_mixture_is_better(gain: float, mixed: float, missed: bool) -> None:
    """The margin is 6 % of the distance from .5 to .8, and the mixture's lead .3 %, plus noise."""
    bar = Bar((0.8, 0.8), spread=0.3, rows=10_000)
    assert _stopped(bar, {1: gain}, {1: mixed}) is missed
    assert _stopped(bar, {0: gain, 1: gain}, {0: mixed, 1: mixed}) is missed


def test_few_rows_ask_for_a_larger_lead() -> None:
    """The mixture's lead of 100 rows is noise, of 10,000 it is not."""
    gains, mixed = {0: 0.7}, {0: 0.803}
    assert _stopped(Bar((0.8,), spread=0.3, rows=100), gains, mixed)
    assert not _stopped(Bar((0.8,), spread=0.3, rows=10_000), gains, mixed)


def test_a_mixture_has_the_weight_of_the_newer_trial() -> None:
    """A quarter of its raw scores, three quarters of the best trial's."""
    np.testing.assert_allclose(mixture(np.array([1.0, 0.0]), np.array([5.0, 4.0])), [2.0, 1.0])
