"""The merit of a blend: its gain over the best member, in standard errors of that member.

A round ranks every candidate by a fast loss (log loss, squared error), and the few best by the
optimised metric, if that is another.  Both merits are in standard errors and added: the metric with
weight 1, the loss with ``TIE``, as ranks alone do not separate near-equal blends.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from custpred.ensemble._library import gain

if TYPE_CHECKING:
    from custpred.metrics.base import Metric
    from custpred.task import Task

SHORTLIST = 8
"""Number of candidates of a round that the optimised metric scores."""
TIE = 0.5
DRAWS = 20


@dataclass(frozen=True)
class Half:
    """Half of the rows: ``raws`` (n_members, [n_classes,] n_rows) and ``best``, a member's index.

    Rows are the last axis, so that sums over few classes run along contiguous memory.
    """

    raws: np.ndarray
    truth: np.ndarray
    task: Task
    metric: Metric
    best: int
    seed: int
    weight: np.ndarray | None = None
    """Weight of each row, with mean 1; None if all are equal."""

    def merits(self, blends: np.ndarray, assessed: int = SHORTLIST) -> np.ndarray:
        """Return each blend's merit, shape (n_blends,); -inf beyond the ``assessed`` best."""
        mean, noise = self._loss
        losses = self._weighted(self._losses(blends)).mean(axis=1)
        merit = np.asarray((mean - losses) / noise)
        start, spread = self._gain
        if spread == 0.0:
            return merit
        both = np.full(len(blends), -np.inf)
        for place in np.argsort(losses, kind="stable")[:assessed]:
            both[place] = (self._gain_of(blends[place]) - start) / spread + TIE * merit[place]
        return both

    @cached_property
    def _loss(self) -> tuple[float, float]:
        """Return the mean loss of the best member and its standard error."""
        loss = self._weighted(self._losses(self.raws[[self.best]]))[0]
        return float(loss.mean()), float(loss.std() / np.sqrt(len(loss))) or 1.0

    @cached_property
    def _gain(self) -> tuple[float, float]:
        """Return the best member's gain and its bootstrap standard error; 0 for the loss alone."""
        if self.metric.is_loss:
            return 0.0, 0.0
        raw, rows = self.raws[self.best], len(self.truth)
        drawn = np.random.default_rng(self.seed).integers(rows, size=(DRAWS, rows))
        own = [None if self.weight is None else self.weight[each] for each in drawn]
        draws = zip(drawn, own, strict=True)
        gains = np.array([gain(raw[..., r].T, self.truth[r], self.task, self.metric, w) for r, w in draws])
        return self._gain_of(raw), float(gains.std()) if np.isfinite(gains).all() else 0.0

    def _gain_of(self, blend: np.ndarray) -> float:
        return gain(blend.T, self.truth, self.task, self.metric, self.weight)

    def _weighted(self, losses: np.ndarray) -> np.ndarray:
        return losses if self.weight is None else losses * self.weight

    def _losses(self, blends: np.ndarray) -> np.ndarray:
        """Return the loss of each blend and row, shape (n_blends, n_rows)."""
        if self.task.kind == "regression":
            return np.asarray((self.task.inverse_link(blends) - self.truth.astype(np.float32)) ** 2)
        if self.task.kind == "binary":
            sign = np.where(self.truth == 1, np.float32(-1), np.float32(1))
            return np.asarray(np.log(1 + np.exp(np.clip(blends * sign, -80, 80))))
        top = blends.max(axis=1)
        chosen = np.take_along_axis(blends, self.truth.astype(int)[None, None, :], axis=1)[:, 0]
        return np.asarray(np.log(np.exp(blends - top[:, None]).sum(axis=1)) + top - chosen)
