"""The greedy blend with members of known quality."""

from __future__ import annotations

import time

import numpy as np
import pytest

from custpred.ensemble._library import Library
from custpred.ensemble._merit import Half
from custpred.ensemble._selection import _length, selected
from custpred.ensemble.base import Ensemble
from custpred.errors import CustpredWarning
from custpred.metrics.base import Metric
from custpred.task import Predictions, Task

BINARY = Task("binary", "left", ("no", "yes"))


def members(noise: list[float], n: int, seed: int) -> tuple[list[np.ndarray], np.ndarray]:
    """Return logits with independent noise, and the labels."""
    rng = np.random.default_rng(seed)
    logit = rng.normal(size=n) * 1.5
    truth = (rng.random(n) < BINARY.inverse_link(logit)[:, 1]).astype(int)
    return [logit + spread * rng.normal(size=n) for spread in noise], truth


def weigh(raws: list[np.ndarray], truth: np.ndarray, metric: str = "roc_auc", **options: object) -> np.ndarray:
    return Ensemble.parse({"kind": "greedy", **options}).weigh(Library(raws, truth, BINARY, Metric.parse(metric)))


def auc(raw: np.ndarray, truth: np.ndarray) -> float:
    return Metric.parse("roc_auc").score(Predictions(BINARY, truth, BINARY.inverse_link(raw)))


def test_best_chooses_the_highest_gain() -> None:
    """Whatever the order of members, the least noisy one has the weight."""
    raws, truth = members([2.0, 0.3, 1.0], 2000, 1)
    assert Ensemble.parse("best").weigh(Library(raws, truth, BINARY, Metric.parse("roc_auc"))).tolist() == [0, 1, 0]


@pytest.mark.parametrize("metric", ["roc_auc", "log_loss", "brier"])
def test_independent_members_beat_each_one_on_new_rows(metric: str) -> None:
    """Four equal members with independent noise beat each one on rows not used for selection."""
    raws, truth = members([1.0] * 4, 6000, 2)
    weights = weigh([raw[:2000] for raw in raws], truth[:2000], metric)
    blend = sum(weight * raw for weight, raw in zip(weights, raws, strict=True))
    assert (weights > 0.1).all()
    assert auc(blend[2000:], truth[2000:]) > max(auc(raw[2000:], truth[2000:]) for raw in raws) + 0.02


def test_uninformative_members_are_left_out() -> None:
    """Pure noise next to two good members gets no weight."""
    raws, truth = members([0.5, 0.5], 3000, 3)
    noise = [np.random.default_rng(1000 + seed).normal(size=3000) for seed in range(6)]
    weights = weigh([*raws, *noise], truth)
    assert weights[2:].sum() <= 0.05
    assert weights[:2].min() > 0.3


def test_small_samples_are_not_over_fitted() -> None:
    """With 200 rows and 30 weak members the blend is as good as the best on new rows."""
    won = []
    for seed in range(6):
        raws, truth = members([1.5] * 30, 4200, seed)
        weights = weigh([raw[:200] for raw in raws], truth[:200])
        blend = sum(weight * raw for weight, raw in zip(weights, raws, strict=True))
        best = max(raws, key=lambda raw: auc(raw[:200], truth[:200]))
        won.append(auc(blend[200:], truth[200:]) - auc(best[200:], truth[200:]))
    assert np.mean(won) > 0.03
    assert min(won) > -0.01


def test_tiny_weights_are_pruned() -> None:
    """No member has less than ``min_weight`` before weights are normalised."""
    raws, truth = members([0.8] * 12, 2000, 5)
    weights = weigh(raws, truth, min_weight=0.1)
    assert weights[weights > 0].min() >= 0.1


def test_a_duplicate_member_is_not_added() -> None:
    """Of two equal members, only the one chosen first is used."""
    raws, truth = members([0.6, 0.9], 2000, 6)
    weights = weigh([raws[0], raws[0].copy(), raws[1]], truth)
    assert weights[1] == 0.0


def test_selection_takes_the_best_member_first() -> None:
    """The first step of a half is its best single member."""
    raws, truth = members([1.5, 0.4, 1.0], 2000, 7)
    half = Half(np.stack(raws).astype(np.float32), truth, BINARY, Metric.parse("log_loss"), 1, 0)
    steps = selected(half, 10)
    assert steps[0] == 1
    assert len(steps) == 10


def test_length_is_the_longest_within_one_standard_error() -> None:
    """Step 2 is best, 3 within its noise, 4 significantly worse: three steps are kept."""
    merits = np.array([[0.0, 1.0, 1.1, 0.2], [0.0, 1.0, 0.7, 0.3], [0.0, 1.0, 1.0, 0.2]])
    assert _length(merits) == 3


def test_regression_is_blended_by_squared_error() -> None:
    """Two independent members of equal noise get about equal weights."""
    rng = np.random.default_rng(8)
    truth = rng.normal(size=3000)
    raws = [truth + rng.normal(size=3000), truth + rng.normal(size=3000)]
    weights = Ensemble.parse("greedy").weigh(Library(raws, truth, Task("regression", "spend"), Metric.parse("rmse")))
    assert weights == pytest.approx([0.5, 0.5], abs=0.08)


def test_an_undefined_metric_is_replaced_by_the_loss() -> None:
    """With one class only, ROC AUC is undefined; the first member is kept."""
    raws, _ = members([0.5, 1.0], 50, 9)
    assert weigh(raws, np.zeros(50, dtype=int)).tolist() == [1.0, 0.0]


def test_many_members_and_rows_take_seconds() -> None:
    """40 members x 20,000 rows are blended in less than 15 seconds of processor time."""
    raws, truth = members([0.8 + 0.02 * i for i in range(40)], 20_000, 10)
    began = time.process_time()
    weights = weigh(raws, truth)
    assert time.process_time() - began < 15
    assert Library(raws, truth, BINARY, Metric.parse("roc_auc")).gain(weights) > auc(raws[0], truth)


def test_the_old_name_of_the_time_limit_is_read_with_a_note() -> None:
    """``million`` was renamed: recipes with it still run, and the dump has the new name."""
    with pytest.warns(CustpredWarning, match="seconds_per_million_rows"):
        spec = Ensemble.parse({"kind": "greedy", "million": "60s"})
    assert spec.batch_limit == 60
    assert spec.dump() == {"kind": "greedy", "seconds_per_million_rows": "1m"}
