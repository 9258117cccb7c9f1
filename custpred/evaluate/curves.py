"""ROC and precision-recall curves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
from pydantic import Field

from custpred.evaluate._applies import require
from custpred.evaluate._cut import counted
from custpred.evaluate._rows import rows_of, wilson
from custpred.evaluate.base import Evaluate, Measure

if TYPE_CHECKING:
    from custpred.evaluate.base import Evidence
    from custpred.storage.plain import JSON


class Curves(Evaluate):
    """True and false positives as the threshold falls.

    Rows: ``curve`` (``roc``: x false-positive rate, y recall; ``pr``: x recall, y precision),
    ``x``, ``y``, ``threshold``; for ROC ``low`` and ``high`` are the Wilson interval of the recall.
    """

    counts: ClassVar[tuple[str, ...]] = ("positives", "negatives")

    points: Annotated[int, Field(ge=10, le=1000, description="Maximum number of points of a curve.")] = 100

    def measure(self, evidence: Evidence) -> Measure:
        """Return both curves, thinned to points at equal distances along the curve."""
        require(evidence, "ROC and precision-recall curves", "binary")
        score, truth = evidence.predictions.positive, evidence.predictions.truth
        thresholds = np.unique(score)[::-1]
        selected, found = counted(score, truth, thresholds)
        positives, negatives = int(found[-1]), int(selected[-1] - found[-1])
        recall, false = found / positives, (selected - found) / negatives
        rows = self._roc(false, recall, thresholds, positives) + self._pr(recall, found / selected, thresholds)
        return Measure(
            self.kind(), rows, {"base": positives / len(truth), "positives": positives, "negatives": negatives}
        )

    def _roc(self, false: np.ndarray, recall: np.ndarray, at: np.ndarray, positives: int) -> tuple[JSON, ...]:
        keep = self._thinned(false + recall, self.points - 1)
        low, high = wilson(recall[keep] * positives, float(positives))
        start = {"curve": "roc", "x": 0.0, "y": 0.0, "threshold": None, "low": 0.0, "high": 0.0}
        own = ["roc"] * len(keep)
        return (start, *rows_of(curve=own, x=false[keep], y=recall[keep], threshold=at[keep], low=low, high=high))

    def _pr(self, recall: np.ndarray, precision: np.ndarray, at: np.ndarray) -> tuple[JSON, ...]:
        keep = self._thinned(recall, self.points - 1)
        return rows_of(curve=["pr"] * len(keep), x=recall[keep], y=precision[keep], threshold=at[keep])

    @staticmethod
    def _thinned(length: np.ndarray, points: int) -> np.ndarray:
        """Return indices at equal steps of an increasing length, always including the last."""
        wanted = np.linspace(length[0], length[-1], points)
        return np.unique(
            np.r_[np.minimum(np.searchsorted(length, wanted, side="left"), len(length) - 1), len(length) - 1]
        )
