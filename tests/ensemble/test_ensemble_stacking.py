"""Linear stacking: negative weights where they are significant."""

from __future__ import annotations

import numpy as np
import pytest

from custpred.ensemble._library import Library
from custpred.ensemble._stacking import FEWEST_ROWS, Stack, stacked
from custpred.ensemble.base import Ensemble
from custpred.metrics.base import Metric
from custpred.task import Task

TASKS = {
    "binary": (Task("binary", "left", ("no", "yes")), "log_loss"),
    "multiclass": (Task("multiclass", "plan", ("a", "b", "c")), "log_loss"),
    "regression": (Task("regression", "spend"), "rmse"),
}
every = pytest.mark.parametrize("kind", TASKS)


def library(kind: str, n: int, seed: int, shared: float = 1.0) -> Library:
    """Return a good member, and a weak one that has twice the good one's error and its own."""
    task, metric = TASKS[kind]
    rng = np.random.default_rng(seed)
    shape = (n, 3) if kind == "multiclass" else (n,)
    signal, error = 2 * rng.normal(size=shape), rng.normal(size=shape)
    if kind == "regression":
        truth = signal + 0.3 * rng.normal(size=n)
    else:
        truth = (task.inverse_link(signal).cumsum(1)[:, :-1] < rng.random((n, 1))).sum(1)
    weak = signal + 2 * shared * error + 0.3 * rng.normal(size=shape)
    return Library([signal + error, weak], truth, task, Metric.parse(metric))


def part(own: Library, rows: slice) -> Library:
    """Return some rows of a library."""
    return Library([raw[rows] for raw in own.raws], own.truth[rows], own.task, own.metric)


@every
def test_a_shared_error_is_subtracted(kind: str) -> None:
    """The weak member has a negative weight, and rows outside the fit are predicted better."""
    own = library(kind, 4000, 0)
    known, new = part(own, slice(2000)), part(own, slice(2000, None))
    weights = stacked(known, np.array([1.0, 0.0]), 0)
    assert weights.sum() == pytest.approx(1)
    assert weights[1] < -0.2
    assert new.gain(weights) > new.gain(np.array([1.0, 0.0]))


@every
def test_noise_changes_nothing(kind: str) -> None:
    """Twenty members of pure noise rarely change the blend of two good ones."""
    changed = 0
    for seed in range(10):
        own, rng = library(kind, 1500, seed, shared=0.0), np.random.default_rng(seed)
        good = [own.raws[0], own.raws[0] + 0.1 * rng.normal(size=own.raws[0].shape)]
        noise = [rng.normal(size=own.raws[0].shape) for _ in range(20)]
        blend = np.array([0.5, 0.5, *np.zeros(20)])
        found = stacked(Library([*good, *noise], own.truth, own.task, own.metric), blend, 0)
        changed += not np.array_equal(found, blend)
    assert changed <= 3


@every
def test_few_rows_change_nothing(kind: str) -> None:
    """Below the limit of rows the blend stays, and so it does without the option."""
    blend = np.array([1.0, 0.0])
    few = library(kind, FEWEST_ROWS - 1, 0)
    assert np.array_equal(stacked(few, blend, 0), blend)
    own = library(kind, 2000, 0)
    assert (Ensemble.parse({"kind": "greedy", "stacking": False}).weigh(own) >= 0).all()
    assert (Ensemble.parse("greedy").weigh(own) < 0).any()


def test_the_first_metric_never_falls() -> None:
    """Where the likelihood rises but the recipe's metric does not, the blend stays."""
    own = library("binary", 2000, 0)
    worse = Library(own.raws, own.truth, own.task, Metric.parse("accuracy"))
    for seed in range(5):
        weights = stacked(worse, np.array([1.0, 0.0]), seed)
        assert worse.gain(weights) >= worse.gain(np.array([1.0, 0.0]))


@every
def test_slope_and_curvature_are_those_of_the_likelihood(kind: str) -> None:
    """They equal finite differences of the log-likelihood, row weights included."""
    own = library(kind, 600, 0)
    weight = np.random.default_rng(1).uniform(0.5, 2, 600)
    own = Library(own.raws, own.truth, own.task, own.metric, weight)
    stack = Stack.of(own, [0, 1], np.array([0.7, 0.3]), 0)

    def likelihood(value: float) -> float:
        scores = stack.base + value * stack.directions[0]
        if kind == "regression":
            each = -((scores[:, 0] - stack.truth) ** 2) / 2
        elif kind == "binary":
            each = stack.truth * scores[:, 0] - np.logaddexp(0, scores[:, 0])
        else:
            each = scores[np.arange(600), stack.truth] - np.logaddexp.reduce(scores, axis=1)
        return float((stack.weight * each).sum())

    error, white = stack._expansion(stack.directions[:1], stack.base)
    wanted = (likelihood(1e-4) - likelihood(-1e-4)) / 2e-4
    curve = (likelihood(1e-3) - 2 * likelihood(0) + likelihood(-1e-3)) / 1e-6
    assert (stack.directions[0] * error).sum() == pytest.approx(wanted, rel=1e-4, abs=1e-4)
    assert (white**2).sum() == pytest.approx(-curve, rel=1e-3)


def test_amounts_of_another_level_and_scale_change_nothing() -> None:
    """Members that are off by a factor and a constant are not corrected by noise members."""
    own, rng = library("regression", 2000, 0), np.random.default_rng(1)
    raws = [3 * own.raws[0] + 100, *(rng.normal(size=2000) for _ in range(5))]
    blend = np.array([1.0, *np.zeros(5)])
    found = stacked(Library(raws, own.truth, own.task, own.metric), blend, 0)
    assert np.array_equal(found, blend)
