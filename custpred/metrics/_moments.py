"""Metrics that are functions of weighted means of numbers per row: log loss, R squared, ..."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, ClassVar

from custpred.metrics.base import Metric

if TYPE_CHECKING:
    import numpy as np

    from custpred.task import Predictions


class MomentMetric(Metric):
    """A metric ``combine(weighted mean of moments)``; the bootstrap resamples the means."""

    squared: ClassVar[bool] = False
    """Whether it increases with a mean of squared errors, often dominated by few (``_tail``)."""

    def moments(self, predictions: Predictions) -> np.ndarray:
        """Return the numbers of each row, shape (n_customers, n_moments)."""
        raise NotImplementedError

    def combine(self, means: np.ndarray) -> np.ndarray:
        """Return the metric from means, shape (..., n_moments) to (...); nan if undefined."""
        first: np.ndarray = means[..., 0]
        return first

    def score(self, predictions: Predictions) -> float:
        """Return the metric; nan without rows, or if undefined."""
        import numpy as np

        moments, weight = self.moments(predictions), predictions.weight
        if not len(moments) or (weight is not None and not weight.sum()):
            return float("nan")
        means = moments.mean(axis=0) if weight is None else weight @ moments / weight.sum()
        with np.errstate(divide="ignore", invalid="ignore"):
            return float(self.combine(means))
