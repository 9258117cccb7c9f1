"""Intervals: coverage, width, repeatability, and the approximations for many rows."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from scipy.special import stdtrit
from scipy.stats import norm

from custpred.metrics import _bootstrap
from custpred.metrics._bootstrap import compared, interval, paired
from custpred.metrics._draws import counts, draws, strata
from custpred.metrics._student import upper_quantile
from custpred.metrics.base import Metric
from custpred.task import Predictions, Task

BINARY, SEVERAL, VALUES = (
    Task("binary", "y", ("no", "yes")),
    Task("multiclass", "y", tuple("abc")),
    Task("regression", "y"),
)
AUC, RMSE, LOSS = Metric.parse("roc_auc"), Metric.parse("rmse"), Metric.parse("log_loss")


def _shifted(rows: int, seed: int, *, share: float = 0.3, blur: float = 0.0) -> Predictions:
    """Return scores that are normal around the outcome: their AUC is Phi(1 / sqrt(2))."""
    rng = np.random.default_rng(seed)
    truth = (rng.random(rows) < share).astype(int)
    raw = rng.normal(truth.astype(float)) + blur * rng.normal(size=rows)
    chance = 1 / (1 + np.exp(-raw))
    return Predictions(BINARY, truth, np.stack([1 - chance, chance], axis=1))


def _normal(rows: int, seed: int) -> Predictions:
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=rows)
    return Predictions(VALUES, truth, truth + rng.normal(size=rows))


def _covered(metric: Metric, draw: list[Predictions], value: float) -> float:
    bounds = [interval(metric, predictions, seed=seed) for seed, predictions in enumerate(draw)]
    return float(np.mean([low <= value <= high for low, high in bounds]))


def test_intervals_of_auc_cover_the_truth() -> None:
    """Of 50 small problems, at least 90 % of the 95 % intervals contain the true AUC."""
    assert _covered(AUC, [_shifted(150, seed) for seed in range(50)], float(norm.cdf(math.sqrt(0.5)))) >= 0.90


def test_intervals_of_rmse_cover_the_truth() -> None:
    """Of 200 small problems, at least 90 % of the 95 % intervals contain the true error, 1."""
    assert _covered(RMSE, [_normal(60, seed) for seed in range(200)], 1.0) >= 0.90


def test_intervals_of_a_biased_error_cover_the_truth() -> None:
    """Noise makes calibration errors too large, more so in bootstrap draws; most lie above 0.06."""
    found = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        true = 0.1 + 0.7 * rng.random(300)
        chance = true + 0.06
        answers = Predictions(BINARY, (rng.random(300) < true).astype(int), np.stack([1 - chance, chance], axis=1))
        found.append(interval(Metric.parse("ece"), answers, draws=60, seed=seed))
    assert np.mean([low <= 0.06 <= high for low, high in found]) >= 0.9
    assert np.median([low for low, _ in found]) > 0


@pytest.mark.parametrize("metric", [AUC, LOSS], ids=["roc_auc", "log_loss"])
def test_intervals_narrow_with_rows(metric: Metric) -> None:
    """Sixteen times the rows make intervals four times narrower, also approximately."""
    widths = [float(np.diff(interval(metric, _shifted(rows, 1)))[0]) for rows in (500, 8_000, 128_000)]
    assert widths[0] / widths[1] == pytest.approx(4, rel=0.35)
    assert widths[1] / widths[2] == pytest.approx(4, rel=0.35)


@pytest.mark.parametrize("kind", ["roc_auc", "pr_auc", "lift", "log_loss", "ece", "balanced_accuracy"])
def test_approximations_agree_with_the_bootstrap(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compressed cells and the normal approximation give the widths of the bootstrap."""
    predictions, metric = _shifted(6_000, 2), Metric.parse(kind)
    drawn = np.diff(interval(metric, predictions, draws=400))[0]
    monkeypatch.setattr(_bootstrap, "_MIN_BINNED_ROWS", 3_000)
    assert np.diff(interval(metric, predictions, draws=400))[0] == pytest.approx(drawn, rel=0.25)
    monkeypatch.setattr(_bootstrap, "_NORMAL_ROWS", 3_000)
    assert np.diff(interval(metric, predictions, draws=400))[0] == pytest.approx(drawn, rel=0.25)


def test_cells_keep_the_spread_of_weighted_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of a cell have different weights, which adds to the standard error."""
    own = _shifted(3_000, 3)
    chance = own.positive.round(1)
    weight = np.random.default_rng(0).lognormal(0, 1.5, 3_000)
    rounded = replace(own, predicted=np.stack([1 - chance, chance], axis=1), weight=weight)
    drawn = _bootstrap._replicates(AUC, (rounded,), 150, 0, None).std()
    monkeypatch.setattr(_bootstrap, "_MIN_BINNED_ROWS", 1_000)
    assert _bootstrap._replicates(AUC, (rounded,), 150, 0, None).std() == pytest.approx(drawn, rel=0.25)


def test_a_rare_class_is_not_compressed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise some draws would have none of its rows, and no score."""
    monkeypatch.setattr(_bootstrap, "_MIN_BINNED_ROWS", 1_000)
    predictions = _shifted(3_000, 3)
    truth = np.zeros(3_000, dtype=int)
    truth[:2] = 1
    rare = Predictions(BINARY, truth, predictions.predicted)
    assert np.isfinite(_bootstrap._replicates(AUC, (rare,), 200, 0, None)).all()


def test_fewer_rows_are_scaled_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Multi-class ranks on a subsample get the width of all rows."""
    rng = np.random.default_rng(4)
    truth = rng.integers(0, 3, 6_000)
    odds = np.exp(rng.normal(size=(6_000, 3)) + np.eye(3)[truth])
    predictions = Predictions(SEVERAL, truth, odds / odds.sum(axis=1, keepdims=True))
    drawn = np.diff(interval(AUC, predictions))[0]
    monkeypatch.setattr(_bootstrap, "_MAX_PROBABILITIES", 4_500)
    assert np.diff(interval(AUC, predictions))[0] == pytest.approx(drawn, rel=0.25)
    monkeypatch.setattr(_bootstrap, "_NORMAL_ROWS", 1_500)
    assert np.diff(interval(AUC, predictions))[0] == pytest.approx(drawn, rel=0.25)


def test_weights_count_in_the_draws() -> None:
    """Rows of weight 0 change neither score nor interval of a mean."""
    predictions, more = _shifted(300, 5), _shifted(900, 6)
    truth = np.concatenate([predictions.truth, more.truth])
    both = Predictions(
        BINARY, truth, np.concatenate([predictions.predicted, more.predicted]), np.repeat([1.0, 0.0], [300, 900])
    )
    assert np.allclose(interval(LOSS, both, draws=2000), interval(LOSS, predictions, draws=2000), atol=0.02)


def test_rare_classes_stay_in_every_draw() -> None:
    """One positive among 50 still gives a finite interval."""
    predictions = _shifted(50, 7, share=0.0)
    truth = predictions.truth.copy()
    truth[3] = 1
    low, high = interval(AUC, Predictions(BINARY, truth, predictions.predicted))
    assert 0 <= low <= high <= 1


@pytest.mark.parametrize("kind", ["roc_auc", "gini", "pr_auc", "lift", "f1", "balanced_accuracy"])
def test_one_row_of_a_class_says_nothing_of_the_spread(kind: str) -> None:
    """The interval is all that is possible, and no difference from another model is shown."""
    metric, own, other = Metric.parse(kind), _shifted(60, 0), _shifted(60, 1)
    truth = (np.arange(60) == 7).astype(int)
    own, other = replace(own, truth=truth), replace(other, truth=truth)
    low, high = interval(metric, own)
    assert (low, high) == ((-1.0, 1.0) if kind == "gini" else (0.0, 10.0 if kind == "lift" else 1.0))
    apart = paired(metric, own, other)
    assert apart[0] == 0 or all(map(math.isnan, apart[1:]))
    assert compared(metric, own, [other])[0].bounds == (low, high)
    assert interval(metric, replace(own, truth=(np.arange(60) < 2).astype(int))) != (low, high)


def test_a_lift_has_a_possible_interval() -> None:
    """If all positives are in the best tenth the lift is 10, and cannot be higher."""
    truth = (np.arange(50) < 5).astype(int)
    perfect = Predictions(BINARY, truth, np.eye(2)[truth])
    assert interval(Metric.parse("lift"), perfect)[1] == 10


def test_a_single_row_has_no_interval_of_its_loss() -> None:
    """Its bounds would be its value."""
    for metric, one in ((RMSE, _normal(1, 0)), (LOSS, _shifted(1, 0))):
        assert metric.score(one) > 0
        assert all(map(math.isnan, interval(metric, one)))
    assert interval(Metric.parse("accuracy"), _shifted(1, 0)) == (0.0, 1.0)


def test_brier_scores_of_two_classes_are_at_most_one() -> None:
    """Of several classes they are sums: up to two."""
    several = Predictions(SEVERAL, np.array([0]), np.array([[0.5, 0.3, 0.2]]))
    assert interval(Metric.parse("brier"), _shifted(1, 0)) == (0.0, 1.0)
    assert interval(Metric.parse("brier"), several) == (0.0, 2.0)


def test_paired_intervals_detect_small_differences() -> None:
    """Two close predictions differ significantly although their own intervals overlap."""
    sharp = _shifted(2_000, 8)
    rng = np.random.default_rng(0)
    chance = 1 / (1 + np.exp(-(np.log(sharp.positive / (1 - sharp.positive)) + 0.4 * rng.normal(size=2_000))))
    dull = Predictions(BINARY, sharp.truth, np.stack([1 - chance, chance], axis=1))
    difference, low, high = paired(AUC, sharp, dull)
    assert difference == pytest.approx(AUC.score(sharp) - AUC.score(dull))
    assert 0 < low < difference < high
    assert interval(AUC, sharp)[0] < interval(AUC, dull)[1]


@pytest.mark.parametrize("metric", [AUC, RMSE])
def test_comparing_many_equals_comparing_each(metric: Metric) -> None:
    """One set of draws gives each prediction the same result as its own comparison."""
    first, rng = (_shifted(500, 3) if metric is AUC else _normal(500, 3)), np.random.default_rng(1)
    others = []
    for noise in (0.01, 0.1):
        answer = np.clip(first.predicted + noise * rng.random(first.predicted.shape), 0.001, None)
        answer = answer / answer.sum(axis=1, keepdims=True) if metric is AUC else answer
        others.append(Predictions(first.task, first.truth, answer))
    for found, other in zip(compared(metric, first, others, draws=50), others, strict=True):
        assert found.score == metric.score(other)
        assert found.bounds == pytest.approx(interval(metric, other, draws=50), rel=1e-12)
        assert found.behind == pytest.approx(paired(metric, first, other, draws=50), rel=1e-9, abs=1e-12)


def test_predictions_tie_with_themselves() -> None:
    """The difference of predictions to themselves is exactly 0, with no width."""
    predictions = _normal(100, 9)
    assert paired(RMSE, predictions, predictions) == (0.0, 0.0, 0.0)


def test_time_ends_the_draws() -> None:
    """A time limit stops drawing after 20 draws at least."""
    predictions = _shifted(40_000, 10)
    began = time.monotonic()
    low, high = interval(AUC, predictions, draws=100_000, seconds=0.2)
    assert time.monotonic() - began < 30
    assert low < AUC.score(predictions) < high


def test_undefined_scores_have_no_interval() -> None:
    """One class only: nan on both sides."""
    predictions = _shifted(30, 11, share=0.0)
    assert all(map(math.isnan, interval(AUC, predictions)))


@pytest.mark.parametrize("freedom", [1, 2, 7, 99, 5_633, 1_000_000])
@pytest.mark.parametrize("tail", [0.2, 0.025, 0.0005])
def test_quantiles_of_student_are_those_of_scipy(freedom: int, tail: float) -> None:
    """From one degree of freedom to a million, to nine digits."""
    assert upper_quantile(tail, freedom) == pytest.approx(-stdtrit(freedom, tail), rel=1e-9)


def test_metrics_of_the_same_rows_share_their_draws() -> None:
    """The second metric sees the draws of the first; other labels and seeds do not."""
    one = _shifted(300, 0)
    rng = np.random.default_rng(5)
    fresh = [counts(strata(one), rng) for _ in range(4)]
    first, second = list(islice(draws(one, 5), 4)), list(islice(draws(one, 5), 4))
    np.testing.assert_array_equal(first, fresh)
    np.testing.assert_array_equal(second, fresh)
    assert draws(one, 5) is draws(_shifted(300, 0, blur=1.0), 5)
    assert not np.array_equal(next(iter(draws(one, 6))), fresh[0])
    assert draws(_normal(300, 0), 5) is draws(_normal(300, 1), 5)  # values have one stratum


def test_several_predictions_of_many_rows_are_compared() -> None:
    """With over 50,000 rows, five predictions need no more memory than two, and equal pairs."""
    first, second = (_shifted(60_000, 1, blur=blur) for blur in (0.0, 0.3))
    found = compared(LOSS, first, [first, second, second, second], draws=20)
    several = compared(AUC, first, [first, second, second, second], draws=20)
    assert found[1].behind[0] == pytest.approx(LOSS.score(first) - LOSS.score(second))
    value, low, high = paired(AUC, first, second)
    assert several[1].behind[0] == pytest.approx(value)
    assert several[1].behind[2] - several[1].behind[1] == pytest.approx(high - low, rel=0.5)
    assert several[0].behind == (0.0, 0.0, 0.0)
