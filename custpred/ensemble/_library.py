"""The library of members to choose from: out-of-fold raw scores of the same rows, and the metric that judges them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from custpred.task import Predictions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.metrics.base import Metric
    from custpred.task import Task


@dataclass(frozen=True)
class Library:
    """Each member's raw scores, (n,) or (n, k), with the truth of the rows."""

    raws: Sequence[np.ndarray]
    truth: np.ndarray
    task: Task
    metric: Metric

    def __len__(self) -> int:
        return len(self.raws)

    def gain(self, weights: np.ndarray) -> float:
        """Return the metric's gain of the weighted mean of raw scores."""
        parts = [weight * raw for weight, raw in zip(weights, self.raws, strict=True) if weight > 0]
        return gain(np.sum(parts, axis=0), self.truth, self.task, self.metric)

    def best(self) -> np.ndarray:
        """Return weight 1 for the member with the highest gain, the first where several tie; (n_members,)."""
        gains = [gain(raw, self.truth, self.task, self.metric) for raw in self.raws]
        return np.asarray(np.eye(len(self))[int(np.argmax(gains))])

    def usable(self) -> list[int]:
        """Return the places of the members whose scores are all finite."""
        return [place for place, raw in enumerate(self.raws) if np.isfinite(raw).all()]

    def take(self, members: Sequence[int], rows: np.ndarray) -> np.ndarray:
        """Return some members' raw scores of some rows, shape (n_members, [k,] n_rows), in single precision."""
        return np.stack([np.ascontiguousarray(self.raws[member][rows].T, dtype=np.float32) for member in members])


def gain(raw: np.ndarray, truth: np.ndarray, task: Task, metric: Metric) -> float:
    """Return the metric's gain of raw scores; minus infinity where it is not defined or a score is not finite."""
    if not np.isfinite(raw).all():
        return -np.inf
    value = metric.gain(Predictions(task, truth, task.answer(raw)))
    return float(value) if np.isfinite(value) else -np.inf
