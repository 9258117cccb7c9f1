"""Accuracy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.metrics._moments import MomentMetric

if TYPE_CHECKING:
    import numpy as np

    from custpred.task import Predictions


class Accuracy(MomentMetric):
    """Share of customers whose likeliest class is the true one; says little where one class is rare."""

    tasks = frozenset({"binary", "multiclass"})
    label = "Accuracy"

    def moments(self, predictions: Predictions) -> np.ndarray:
        """Return 1 for each hit, one column."""
        from custpred.metrics._classes import likeliest

        moments: np.ndarray = (likeliest(predictions) == predictions.truth).astype(float)[:, None]
        return moments
