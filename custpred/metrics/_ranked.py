"""Rank metrics: computed from one sort of the scores; several classes are treated one-vs-rest."""

from __future__ import annotations  # light: imports inside functions are deliberate

import math
from typing import TYPE_CHECKING, ClassVar

from custpred.metrics.base import Metric

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from custpred.metrics._ranking import Curve
    from custpred.task import Predictions


class RankedMetric(Metric):
    """A function of the gains curve; for several classes, the macro average of those that occur."""

    by_class: ClassVar[bool] = True

    def of_curve(self, curve: Curve) -> float:
        """Return the metric of one curve; nan if undefined."""
        raise NotImplementedError

    def of_curves(self, curves: list[Curve]) -> float:
        """Return the metric of all curves: the mean of those that are defined."""
        values = [value for value in map(self.of_curve, curves) if not math.isnan(value)]
        return sum(values) / len(values) if values else float("nan")

    def sides(self, predictions: Predictions) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return pairs of scores and outcomes (0/1), one for each curve."""
        if predictions.predicted.shape[1] == 2:
            return [(predictions.positive, predictions.truth == 1)]
        return [
            (predictions.predicted[:, code], predictions.truth == code)
            for code in range(predictions.predicted.shape[1])
        ]

    def score(self, predictions: Predictions) -> float:
        """Return the metric; nan if undefined (one class only)."""
        from custpred.metrics._ranking import binary_curve

        weight = predictions.weight
        if weight is not None:
            return self.scorer(predictions)(weight)
        return self.of_curves([binary_curve(score, positive) for score, positive in self.sides(predictions)])

    def scorer(self, predictions: Predictions) -> Callable[[np.ndarray | None], float]:
        """Return a function of row weights that needs no further sort."""
        from custpred.metrics._ranking import ranking

        rankings = [ranking(score, amount) for score, amount in self.sides(predictions)]
        return lambda weight: self.of_curves([curve(weight) for curve in rankings])
