"""Compare the target of a group of customers with that of all others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import chdtrc, ndtr

from custpred.profile._signal import midranks

if TYPE_CHECKING:
    from custpred.task import Task


@dataclass(frozen=True)
class Comparison:
    """Target inside and outside a group (share, mean; nan for several classes), p-value, effect.

    The effect is Cramer's V for classes, and a correlation with the target's ranks for values.
    """

    inside: float
    outside: float
    p: float
    effect: float


def compare(group: np.ndarray, truth: np.ndarray, task: Task) -> Comparison:
    """Test whether a group, a mask of shape (n_customers,), differs in the target."""
    if not group.any() or group.all():
        return Comparison(float("nan"), float("nan"), 1.0, 0.0)
    if task.kind == "regression":
        return _values(group, truth)
    classes = task.classes
    table = np.bincount(group * classes + truth.astype(np.intp), minlength=2 * classes).reshape(2, classes)
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / len(truth)
    there = expected > 0
    square = float((np.where(there, table - expected, 0.0) ** 2 / np.where(there, expected, 1.0)).sum())
    free = max(int((table.sum(axis=0) > 0).sum()) - 1, 1)
    shares = table[:, 1] / table.sum(axis=1) if task.kind == "binary" else (float("nan"), float("nan"))
    effect = float(np.sqrt(square / len(truth)))
    return Comparison(float(shares[1]), float(shares[0]), float(chdtrc(free, square)), effect)


def _values(group: np.ndarray, truth: np.ndarray) -> Comparison:
    inside, outside = truth[group], truth[~group]
    spread = [part.var(ddof=1) / len(part) if len(part) > 1 else float("nan") for part in (inside, outside)]
    error = float(np.sqrt(sum(spread)))
    difference = float(inside.mean() - outside.mean())
    p = float(2 * ndtr(-abs(difference) / error)) if error > 0 else float("nan")
    rank = midranks(truth)
    effect = abs(float(np.corrcoef(group, rank)[0, 1])) if rank.std() > 0 else 0.0
    return Comparison(float(inside.mean()), float(outside.mean()), p, effect)
