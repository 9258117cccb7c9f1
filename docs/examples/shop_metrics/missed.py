"""The share of leavers that a campaign does not reach."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from custpred.metrics.base import Metric

if TYPE_CHECKING:
    from custpred.task import Predictions


class Missed(Metric):
    """Share of the positive customers that are not among the best-scored part."""

    better = "lower"
    label = "Leavers not reached"

    contacted: Annotated[float, Field(gt=0, lt=1, description="Share of customers that are contacted.")] = 0.1

    def score(self, predictions: Predictions) -> float:
        """Return the share; nan where nobody is positive."""
        import numpy as np

        weight = np.ones(len(predictions)) if predictions.weight is None else predictions.weight
        positive = weight * (predictions.truth == 1)
        if not positive.sum():
            return float("nan")
        order = np.argsort(-predictions.positive, kind="stable")
        reached = np.cumsum(weight[order]) <= self.contacted * weight.sum()
        return float(positive[order][~reached].sum() / positive.sum())
