"""The members to choose from: out-of-fold raw scores of the same rows, and their metric."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np

from custpred.task import Predictions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.metrics.base import Metric
    from custpred.task import Task


@dataclass(frozen=True)
class Library:
    """Each member's out-of-fold raw scores, with the rows' truth and weights.

    Parameters
    ----------
    raws
        Raw scores of each member, (n,) or (n, k) for several classes; the best member first.
    truth : ndarray of shape (n,)
        Class codes or values.
    weight : ndarray of shape (n,), optional
        Weight of each row; None if all are equal.
    kinds
        Each member's kind of model; empty if unknown.
    """

    raws: Sequence[np.ndarray]
    truth: np.ndarray
    task: Task
    metric: Metric
    weight: np.ndarray | None = None
    kinds: Sequence[str] = ()

    @classmethod
    def of(cls, raws: Sequence[np.ndarray], known: Predictions, metric: Metric, kinds: Sequence[str]) -> Self:
        """Return members on the rows of some predictions."""
        return cls(raws, known.truth, known.task, metric, known.weight, kinds)

    def __len__(self) -> int:
        return len(self.raws)

    def gain(self, weights: np.ndarray) -> float:
        """Return the metric's gain for the weighted mean of the members' raw scores."""
        parts = [weight * raw for weight, raw in zip(weights, self.raws, strict=True) if weight]
        return self._gain_of(np.sum(parts, axis=0))

    def _gain_of(self, raw: np.ndarray) -> float:
        return gain(raw, self.truth, self.task, self.metric, self.weight)

    @cached_property
    def gains(self) -> np.ndarray:
        """Return each member's gain, shape (n_members,); minus infinity if undefined."""
        return np.array([self._gain_of(raw) for raw in self.raws])

    def best(self) -> np.ndarray:
        """Return weight 1 for the member with the highest gain, the first of a tie."""
        return np.asarray(np.eye(len(self))[int(self.gains.argmax())])

    def usable(self) -> list[int]:
        """Return the indices of the members whose scores are all finite."""
        return [place for place, raw in enumerate(self.raws) if np.isfinite(raw).all()]

    def take(self, members: Sequence[int], rows: np.ndarray) -> np.ndarray:
        """Return raw scores of members and rows as float32, shape (n_members, [k,] n_rows)."""
        return np.stack([np.ascontiguousarray(self.raws[member][rows].T, dtype=np.float32) for member in members])

    def weights_of(self, rows: np.ndarray) -> np.ndarray | None:
        """Return the weights of rows as float32, scaled to mean 1; None if all are equal."""
        if self.weight is None:
            return None
        own = self.weight[rows]
        return np.asarray(own / own.mean(), dtype=np.float32)


def gain(raw: np.ndarray, truth: np.ndarray, task: Task, metric: Metric, weight: np.ndarray | None = None) -> float:
    """Return the metric's gain for raw scores; minus infinity if undefined or not finite."""
    if not np.isfinite(raw).all():
        return -np.inf
    value = metric.gain(Predictions(task, truth, task.inverse_link(raw), weight))
    return float(value) if np.isfinite(value) else -np.inf
