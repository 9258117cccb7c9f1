"""The contract of every ensemble."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from custpred.ensemble._library import Library
from custpred.ensemble.base import Ensemble
from custpred.metrics.base import Metric
from custpred.task import Task

TASKS = {
    "binary": (Task("binary", "left", ("no", "yes")), "roc_auc"),
    "multiclass": (Task("multiclass", "plan", ("a", "b", "c")), "log_loss"),
    "regression": (Task("regression", "spend"), "mae"),
}
every = pytest.mark.parametrize("kind", Ensemble.kinds())


def library(kind: str, members: int = 5, n: int = 400, seed: int = 0) -> Library:
    """Return members that predict the truth with independent noise, a quarter of it shared."""
    task, metric = TASKS[kind]
    rng = np.random.default_rng(seed)
    shape = (n, 3) if kind == "multiclass" else (n,)
    signal, shared = rng.normal(size=shape), rng.normal(size=shape)
    truth = (
        signal
        if kind == "regression"
        else (task.inverse_link(2 * signal).cumsum(1)[:, :-1] < rng.random((n, 1))).sum(1)
    )
    raws = [signal + 0.5 * shared + (0.5 + 0.1 * i) * rng.normal(size=shape) for i in range(members)]
    kinds = ["lightgbm", "forest", "lightgbm", "mlp", "linear"][:members]
    return Library(raws, truth, task, Metric.parse(metric), kinds=kinds)


def weigh(kind: str, own: Library, seed: int = 0) -> np.ndarray:
    return Ensemble.parse(kind).weigh(own, seed)


@every
def test_it_builds_from_defaults_and_round_trips(kind: str) -> None:
    """A kind needs no options, describes every field, and reads back from plain data and pickle."""
    spec = Ensemble.parse(kind)
    assert Ensemble.parse(spec.dump()) == spec == pickle.loads(pickle.dumps(spec))
    assert all(description for _, _, description in spec.options())


@every
@pytest.mark.parametrize("task", TASKS)
def test_weights_are_a_mean(kind: str, task: str) -> None:
    """One weight per member, none negative, sum 1."""
    own = library(task)
    weights = weigh(kind, own)
    assert weights.shape == (len(own),)
    assert weights.sum() == pytest.approx(1.0)
    assert (weights >= 0).all()


@every
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("seed", range(3))
def test_the_blend_is_never_worse_than_its_best_member(kind: str, task: str, seed: int) -> None:
    """On its own out-of-fold rows the blend's gain is at least the best member's."""
    own = library(task, n=120, seed=seed)
    assert own.gain(weigh(kind, own)) >= own.gain(own.best())


@every
def test_the_same_seed_gives_the_same_weights(kind: str) -> None:
    """Randomness depends on the seed only."""
    own = library("binary")
    assert np.array_equal(weigh(kind, own, 3), weigh(kind, own, 3))


@every
def test_a_single_member_has_weight_one(kind: str) -> None:
    """A single member has weight 1."""
    assert weigh(kind, library("binary", members=1)).tolist() == [1.0]


@every
@pytest.mark.parametrize("rows", [3, 7])
def test_few_rows_are_enough(kind: str, rows: int) -> None:
    """Too few rows for a selection still give weights that sum to 1."""
    assert weigh(kind, library("binary", n=rows)).sum() == pytest.approx(1.0)


@every
def test_members_with_broken_scores_get_no_weight(kind: str) -> None:
    """A member with nan or infinite scores is excluded, whatever its position."""
    own = library("binary")
    broken = [np.where(np.arange(400) == 7, np.nan, own.raws[0]), *own.raws[1:3], own.raws[3] * np.inf]
    weights = weigh(kind, replace(own, raws=broken, kinds=own.kinds[:4]))
    assert weights[0] == weights[3] == 0.0


@every
def test_inputs_are_not_modified(kind: str) -> None:
    """Raw scores and truth are not modified."""
    own = library("multiclass")
    before = [raw.copy() for raw in own.raws]
    weigh(kind, own)
    assert all(np.array_equal(a, b) for a, b in zip(before, own.raws, strict=True))
