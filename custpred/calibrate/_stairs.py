"""Isotonic curves: pooled adjacent violators, with linear interpolation between block centres."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from custpred.storage.plain import State
    from custpred.task import Task


def logits(raw: np.ndarray, task: Task) -> np.ndarray:
    """Return the one-vs-rest logit of each class: shape (n, 1) for two classes, (n, k) for more."""
    if task.kind == "binary":
        return raw[:, None]
    chance = np.clip(task.inverse_link(raw), 1e-15, 1 - 1e-15)
    return np.asarray(np.log(chance) - np.log1p(-chance))


def stairs(score: np.ndarray, hit: np.ndarray, weight: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Return the ascending centres ``at`` of blocks, and their shares of hits, off 0 and 1."""
    values, where = np.unique(score, return_inverse=True)
    weight = np.ones(len(score)) if weight is None else weight
    counts = np.bincount(where, weights=weight)
    shares = np.bincount(where, weights=hit * weight) / counts
    starts = pooled(shares, counts)
    sizes = np.add.reduceat(counts, starts)
    margin = 0.5 / len(score)
    return {
        "at": np.add.reduceat(values * counts, starts) / sizes,
        "share": np.clip(np.add.reduceat(shares * counts, starts) / sizes, margin, 1.0 - margin),
    }


def pooled(shares: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the index at which each block of the isotonic fit begins.

    Neighbours that do not rise always belong to the same block, so all of them are pooled in each
    pass until every block mean rises (Best and Chakravarti 1990, Mathematical Programming 47).
    SciPy has the same fit, but importing ``scipy.optimize`` takes 0.25 CPU seconds.

    >>> pooled(np.array([0.0, 0.5, 0.25, 1.0]), np.ones(4)).tolist()
    [0, 1, 3]
    """
    starts, sums, sizes = np.arange(len(shares)), shares * counts, counts
    while True:
        means = sums / sizes
        rising = np.flatnonzero(np.r_[True, means[1:] > means[:-1]])
        if len(rising) == len(means):
            return starts
        starts, sums, sizes = starts[rising], np.add.reduceat(sums, rising), np.add.reduceat(sizes, rising)


def climbed(raw: np.ndarray, state: State, task: Task) -> np.ndarray:
    """Return the probabilities that the fitted curves assign to raw scores, shape (n, k)."""
    plain = task.inverse_link(raw)
    scores = logits(raw, task)
    curves = [np.interp(scores[:, i], curve["at"], curve["share"]) for i, curve in enumerate(state["curves"])]
    chance = np.column_stack([1.0 - curves[0], curves[0]] if task.kind == "binary" else curves)
    own = 1.0 / state["rows"]
    mixed = (1.0 - own) * chance / chance.sum(axis=1, keepdims=True) + own * plain
    return np.asarray(mixed / mixed.sum(axis=1, keepdims=True))
