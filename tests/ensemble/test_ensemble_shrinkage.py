"""Weights that few rows chose are shrunk towards a mean of the best members of all kinds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custpred.ensemble._library import Library
from custpred.ensemble._shrinkage import HALF_ROWS, MAX_SHARE, MOST_ROWS, mean_of_kinds, shrunk
from custpred.ensemble.base import Ensemble
from custpred.metrics.base import Metric
from custpred.task import Task

TASKS = {
    "binary": (Task("binary", "left", ("no", "yes")), "roc_auc"),
    "multiclass": (Task("multiclass", "plan", ("a", "b", "c")), "log_loss"),
}
KINDS = ("lightgbm", "lightgbm", "forest", "mlp")


def library(kind: str, rows: int, seed: int = 0, noise: tuple[float, ...] = (0.9, 1.0, 1.1, 1.2)) -> Library:
    """Return two boosters with equal errors, a forest and a network, all about equally good."""
    task, metric = TASKS[kind]
    chance = np.random.default_rng(seed)
    shape = (rows, 3) if kind == "multiclass" else (rows,)
    signal = 1.5 * chance.normal(size=shape)
    truth = (task.inverse_link(signal).cumsum(axis=1)[:, :-1] < chance.random((rows, 1))).sum(axis=1)
    errors = [chance.normal(size=shape) for _ in range(3)]
    raws = [signal + spread * errors[place] for spread, place in zip(noise, (0, 0, 1, 2), strict=True)]
    return Library(raws, truth, task, Metric.parse(metric), kinds=KINDS)


@pytest.mark.parametrize("kind", TASKS)
def test_the_mean_has_the_best_member_of_each_kind(kind: str) -> None:
    """The worse booster has no weight, and weights fall with the gain."""
    weights = mean_of_kinds(library(kind, 3_000))
    assert weights is not None
    assert weights.sum() == pytest.approx(1.0)
    assert weights[1] == 0.0
    assert weights[0] > weights[2] > weights[3] > 0


def test_a_member_no_better_than_a_constant_has_hardly_any_weight() -> None:
    """Its distance to the best is that of the constant, ten times the scale."""
    weights = mean_of_kinds(library("binary", 3_000, noise=(0.5, 0.5, 0.5, 1e6)))
    assert weights is not None
    assert weights[3] < 1e-3


@pytest.mark.parametrize("kind", TASKS)
def test_without_a_useful_member_there_is_no_mean(kind: str) -> None:
    """Members that are worse than a constant cannot be ranked, and the weights stay."""
    own = library(kind, 300)
    worse = replace(own, raws=[-raw for raw in own.raws])
    chosen = np.array([1.0, 0.0, 0.0, 0.0])
    assert mean_of_kinds(worse) is None
    assert np.array_equal(shrunk(worse, chosen, 0.0), chosen)


def test_the_share_falls_with_the_rows() -> None:
    """It is one half at HALF_ROWS rows, at most MAX_SHARE, and nothing above MOST_ROWS."""
    chosen = np.array([0.0, 0.0, 1.0, 0.0])
    for rows, share in ((100, MAX_SHARE), (HALF_ROWS, 0.5), (1.5 * HALF_ROWS, 0.4), (MOST_ROWS + 1, 0.0)):
        own = library("binary", int(rows))
        mean = mean_of_kinds(own)
        assert mean is not None
        assert np.allclose(shrunk(own, chosen, 0.0), (1 - share) * chosen + share * mean)


def test_unequal_row_weights_count_as_fewer_rows() -> None:
    """Of 3,000 rows, half of which have no weight, the weights are shrunk as with 1,500."""
    own, chosen = library("binary", 3_000), np.array([0.5, 0.0, 0.5, 0.0])
    half = replace(own, weight=np.tile([0.0, 2.0], 1_500))
    assert np.array_equal(shrunk(own, chosen, 0.0), chosen)
    assert shrunk(half, chosen, 0.0)[3] > 0.0


def test_weights_of_amounts_stay() -> None:
    """Rows of amounts say more, so that there is nothing to gain."""
    own = library("binary", 300)
    amounts = replace(own, truth=own.raws[0], task=Task("regression", "spend"), metric=Metric.parse("rmse"))
    chosen = np.array([0.6, 0.4, 0.0, 0.0])
    assert np.array_equal(shrunk(amounts, chosen, 0.0), chosen)


def test_one_kind_or_unknown_kinds_change_nothing() -> None:
    """There is nothing to shrink to."""
    own, chosen = library("binary", 300), np.array([0.6, 0.4, 0.0, 0.0])
    for kinds in ((), ("lightgbm",) * 4):
        assert np.array_equal(shrunk(replace(own, kinds=kinds), chosen, 0.0), chosen)


@given(rows=st.integers(20, 400), seed=st.integers(0, 10_000), kind=st.sampled_from(sorted(TASKS)))
def test_the_blend_is_never_worse_than_its_best_member(rows: int, seed: int, kind: str) -> None:
    """Weights sum to 1, none is tiny, and on their rows the blend is as good as any member."""
    own = library(kind, rows, seed)
    weights = shrunk(own, own.best(), 0.05)
    assert weights.sum() == pytest.approx(1.0)
    assert own.gain(weights) >= own.gain(own.best())
    assert weights[weights > 0].min() >= 0.05


@pytest.mark.parametrize("kind", TASKS)
def test_shrunk_weights_are_better_on_new_rows(kind: str) -> None:
    """Weights that 150 rows chose are noisy, where members make nearly the same errors."""
    gains = []
    for seed in range(30):
        whole = library(kind, 4_150, seed, noise=(0.3, 0.3, 0.3, 0.3))
        shared = np.random.default_rng(1_000 + seed).normal(size=whole.raws[0].shape)
        whole = replace(whole, raws=[raw + shared for raw in whole.raws])
        few, new = (
            replace(whole, raws=[raw[part] for raw in whole.raws], truth=whole.truth[part])
            for part in (slice(150), slice(150, None))
        )
        plain = Ensemble.parse({"kind": "greedy", "stacking": False}).weigh(replace(few, kinds=()))
        gains.append(new.gain(shrunk(few, plain, 0.05)) - new.gain(plain))
    assert np.mean(gains) > 0
