"""Isotonic curves: fitted by pooling adjacent violators, read by straight lines between block centres."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import isotonic_regression

if TYPE_CHECKING:
    from custpred.storage.plain import State
    from custpred.task import Task


def logits(raw: np.ndarray, task: Task) -> np.ndarray:
    """Return one logit per class against the rest, shape (n, 1) for two classes and (n, k) for more."""
    if task.kind == "binary":
        return raw[:, None]
    chance = np.clip(task.inverse_link(raw), 1e-15, 1 - 1e-15)
    return np.asarray(np.log(chance) - np.log1p(-chance))


def stairs(score: np.ndarray, hit: np.ndarray, weight: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Return block centres ``at`` (rising) and their shares of hits ``share``, kept away from 0 and 1."""
    values, where, counts = np.unique(score, return_inverse=True, return_counts=True)
    if weight is not None:
        counts = np.bincount(where, weights=weight / weight.mean())
    shares = np.bincount(where, weights=hit if weight is None else hit * weight / weight.mean()) / counts
    fitted = isotonic_regression(shares, weights=counts)
    starts = fitted.blocks[:-1]
    sizes = np.add.reduceat(counts, starts)
    margin = 0.5 / len(score)
    return {
        "at": np.add.reduceat(values * counts, starts) / sizes,
        "share": np.clip(fitted.x[starts], margin, 1.0 - margin),
    }


def climbed(raw: np.ndarray, state: State, task: Task) -> np.ndarray:
    """Return probabilities (n, k) of raw scores under fitted curves."""
    plain = task.inverse_link(raw)
    scores = logits(raw, task)
    curves = [np.interp(scores[:, i], curve["at"], curve["share"]) for i, curve in enumerate(state["curves"])]
    chance = np.column_stack([1.0 - curves[0], curves[0]] if task.kind == "binary" else curves)
    own = 1.0 / state["rows"]
    mixed = (1.0 - own) * chance / chance.sum(axis=1, keepdims=True) + own * plain
    return np.asarray(mixed / mixed.sum(axis=1, keepdims=True))
