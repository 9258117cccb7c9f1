"""Calibrations on data with known true probabilities."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import isotonic_regression, minimize

from custpred.calibrate._choose import explained
from custpred.calibrate._platt import RIDGE, platt
from custpred.calibrate._stairs import pooled
from custpred.calibrate.base import Calibrate
from custpred.metrics.base import Metric
from custpred.task import Predictions, Task

BINARY = Task("binary", "left", ("no", "yes"))


def timid(n: int, seed: int, slope: float = 2.0, shift: float = -1.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    raw = rng.normal(size=n)
    return raw, (rng.random(n) < BINARY.inverse_link(slope * raw + shift)[:, 1]).astype(int)


def bent(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return scores whose probability is a step, which no line through the logit can fit."""
    rng = np.random.default_rng(seed)
    raw = rng.normal(size=n)
    return raw, (rng.random(n) < np.select([raw < 0, raw < 0.7], [0.05, 0.5], 0.55)).astype(int)


def ece(kind: str, fitted: tuple[np.ndarray, np.ndarray], fresh: tuple[np.ndarray, np.ndarray]) -> float:
    spec = Calibrate.parse(kind)
    state = spec.learn(*fitted, BINARY)
    return Metric.parse("ece").score(Predictions(BINARY, fresh[1], spec.apply(fresh[0], state, BINARY)))


def test_sigmoid_finds_the_true_line() -> None:
    """Slope and shift of 20,000 rows are the true ones, within three standard errors."""
    state = Calibrate.parse("sigmoid").learn(*timid(20_000, 1), BINARY)
    assert state["slope"] == pytest.approx(2.0, abs=0.12)
    assert state["shift"] == pytest.approx(-1.0, abs=0.08)


@pytest.mark.parametrize("scale", [1e-2, 1.0, 1e3])
def test_newton_finds_the_minimum(scale: float) -> None:
    """A general optimiser finds nothing better, with weights and at any scale."""
    raw, truth = timid(500, 2)
    weight = np.random.default_rng(2).random(500) + 0.5
    weights = weight / weight.mean()
    hits = float(weights @ truth)
    target = np.where(truth == 1, (hits + 1) / (hits + 2), 1 / (500 - hits + 2))

    def loss(line: np.ndarray) -> float:
        score = line[0] * raw + line[1]
        pull = RIDGE / 2 * (line[0] / scale - 1.0) ** 2
        return float(np.mean(weights * (np.logaddexp(0.0, score) - target * score))) + pull

    slope, shift = platt(raw * scale, truth, weight)
    best = minimize(loss, [1.0, 0.0], method="BFGS", options={"gtol": 1e-9}).x
    np.testing.assert_allclose([slope * scale, shift], best, atol=1e-4)


@pytest.mark.parametrize("scale", [1e3, 1e6])
def test_saturated_scores_get_the_line_of_moderate_ones(scale: float) -> None:
    """All probabilities of these scores are 0 or 1, so that the likelihood has no slope there."""
    raw, truth = timid(500, 2)
    raw = raw + np.sign(raw)
    slope, shift = platt(raw, truth, None)
    assert platt(scale * raw, truth, None) == pytest.approx((slope / scale, shift), rel=1e-3)


@pytest.mark.parametrize("seed", [118, 119, 229, 262])
def test_newton_stops_where_rounding_hides_the_minimum(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a step that lowers the loss it ends, instead of halving each of its steps in vain."""
    draw = np.random.default_rng(seed)
    rows = int(draw.choice([500, 3000, 20000]))
    raw = draw.normal(size=rows) * draw.uniform(0.3, 3) - draw.uniform(0, 2)
    truth = (draw.random(rows) < 1 / (1 + np.exp(-draw.uniform(0.2, 2) * raw + draw.normal()))).astype(int)
    calls, own = [], np.logaddexp
    monkeypatch.setattr(np, "logaddexp", lambda *given: calls.append(1) or own(*given))
    slope, _ = platt(raw, truth, None)
    assert slope > 0
    assert len(calls) < 100


@pytest.mark.parametrize("seed", range(4))
def test_pooled_blocks_give_the_isotonic_regression(seed: int) -> None:
    """The means of the blocks are scipy's fit, for rising and falling shares and for ties."""
    rng = np.random.default_rng(seed)
    shares = np.round(rng.random(400) + (seed - 1) * np.linspace(0, 1, 400), 1)
    counts = rng.integers(1, 5, 400).astype(float)
    starts = pooled(shares, counts)
    means = np.add.reduceat(shares * counts, starts) / np.add.reduceat(counts, starts)
    fitted = np.repeat(means, np.diff([*starts, 400]))
    np.testing.assert_allclose(fitted, isotonic_regression(shares, weights=counts).x, atol=1e-12)


def test_sigmoid_smooths_its_targets() -> None:
    """Separated classes get a finite slope and no probability of 0 or 1 (Platt 1999)."""
    raw, truth = np.r_[-np.ones(10), np.ones(10)], np.repeat([0, 1], 10)
    spec = Calibrate.parse("sigmoid")
    answer = spec.apply(raw, spec.learn(raw, truth, BINARY), BINARY)[:, 1]
    assert answer[-1] == pytest.approx(11 / 12, abs=1e-3)
    assert answer[0] == pytest.approx(1 / 12, abs=1e-3)


def test_scores_that_contradict_the_labels_are_not_calibrated() -> None:
    """A falling relation would need a negative slope: the identity with a reason instead."""
    state = Calibrate.parse("sigmoid").learn(*timid(2000, 2, slope=-2.0), BINARY)
    assert state == {"map": "identity", "reason": "scores do not rise with the labels"}


@pytest.mark.parametrize("kind", ["sigmoid", "isotonic"])
@pytest.mark.parametrize("seed", range(3))
def test_4000_rows_bring_the_calibration_error_below_two_points(kind: str, seed: int) -> None:
    """On 40,000 new rows probabilities are off by at most 0.02 on average, 0.1 before."""
    fitted, fresh = timid(4000, seed), timid(40_000, seed + 50)
    assert ece("none", fitted, fresh) > 0.05
    assert ece(kind, fitted, fresh) <= 0.025 if kind == "isotonic" else ece(kind, fitted, fresh) <= 0.02


def test_stairss_a_step_that_sigmoid_cannot() -> None:
    """On a step isotonic has less than half of the calibration error of sigmoid."""
    fitted, fresh = bent(8000, 4), bent(40_000, 5)
    assert ece("isotonic", fitted, fresh) < 0.5 * ece("sigmoid", fitted, fresh)


def test_isotonic_pools_adjacent_violators() -> None:
    """Labels 0 1 0 1 at four scores pool the middle two to one half, as by hand."""
    from custpred.calibrate._stairs import stairs

    curve = stairs(np.array([0.0, 1.0, 2.0, 3.0]), np.array([0, 1, 0, 1]))
    assert curve["at"].tolist() == [0.0, 1.5, 3.0]
    assert curve["share"].tolist() == [0.125, 0.5, 0.875]


@pytest.mark.parametrize("kind", ["sigmoid", "isotonic"])
def test_several_classes_are_calibrated_too(kind: str) -> None:
    """Calibrating scores that are half too small lowers the log loss on new rows."""
    task = Task("multiclass", "plan", ("a", "b", "c"))
    rng = np.random.default_rng(7)
    raw = rng.normal(size=(12_000, 3))
    chance = task.inverse_link(2.0 * raw + np.array([0.0, 1.0, -1.0]))
    truth = (chance.cumsum(axis=1) < rng.random((12_000, 1))).sum(axis=1)
    spec = Calibrate.parse(kind)
    state = spec.learn(raw[:6000], truth[:6000], task)
    metric = Metric.parse("log_loss")
    after = metric.score(Predictions(task, truth[6000:], spec.apply(raw[6000:], state, task)))
    before = metric.score(Predictions(task, truth[6000:], task.inverse_link(raw[6000:])))
    best = metric.score(Predictions(task, truth[6000:], chance[6000:]))
    assert after < best + 0.4 * (before - best)


def test_auto_keeps_calibrated_scores() -> None:
    """If raw scores are calibrated, none is chosen in at least nine of ten samples."""
    chosen = [explained(*timid(3000, seed, 1.0, 0.0), BINARY).calibrate.kind() for seed in range(10)]
    assert chosen.count("none") >= 8


def test_auto_chooses_sigmoid_if_it_suffices() -> None:
    """Scores that are too small need the two parameters of sigmoid, not isotonic."""
    assert [explained(*timid(4000, seed), BINARY).calibrate.kind() for seed in range(4)] == ["sigmoid"] * 4


def test_auto_chooses_isotonic_only_with_enough_rows() -> None:
    """A step is fitted from 2,000 rows on, never below."""
    assert explained(*bent(6000, 8), BINARY).calibrate.kind() == "isotonic"
    assert "isotonic" not in explained(*bent(1999, 8), BINARY).reason


def test_auto_gives_its_reason() -> None:
    """The reason quotes every tried kind's cross-fitted log loss."""
    choice = explained(*timid(4000, 1), BINARY)
    assert all(f"{kind} 0." in choice.reason for kind in ("none", "sigmoid", "isotonic"))


def test_only_relative_weights_count() -> None:
    """Weights in another unit change neither the choice nor the log losses that it shows."""
    raw, truth = timid(300, 4)
    weight = np.random.default_rng(4).random(300)
    assert explained(raw, truth, BINARY, weight=9 * weight) == explained(raw, truth, BINARY, weight=weight)
    for spec in map(Calibrate.parse, ("sigmoid", "isotonic")):
        found = [spec.apply(raw, spec.learn(raw, truth, BINARY, times * weight), BINARY) for times in (1, 9)]
        np.testing.assert_allclose(*found, rtol=1e-6)


def test_auto_leaves_regression_uncalibrated() -> None:
    """A regression gets none."""
    assert explained(np.arange(9.0), np.arange(9.0), Task("regression", "spend")).calibrate.kind() == "none"


def test_auto_works_with_few_rows() -> None:
    """With three rows no calibration is chosen."""
    assert explained(np.array([0.1, -0.2, 0.3]), np.array([1, 0, 1]), BINARY).calibrate.kind() == "none"


def test_auto_does_not_calibrate_a_constant() -> None:
    """If a fold has the same prediction for everyone, no calibration is tried."""
    raw, truth = timid(3000, 1)
    chosen = explained(np.repeat(raw[:5], 600), truth, BINARY)
    assert (chosen.calibrate.kind(), chosen.reason) == ("none", "a constant in each fold needs no calibration")
