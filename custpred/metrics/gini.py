"""Gini coefficient of the ranking."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING

from custpred.metrics._ranked import RankedMetric

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from custpred.metrics._ranking import Curve
    from custpred.task import Predictions


class Gini(RankedMetric):
    """Quality of the ranking, 0 to 1: for classes 2 AUC - 1, for values the normalised Gini.

    Values: the area between the gains curve in the order of the predictions and the diagonal,
    divided by the same area in the order of the truth.

    References
    ----------
    Frees et al. (2011), Summarizing insurance scores using a Gini index, JASA 106, section 2.

    Examples
    --------
    >>> import numpy as np
    >>> from custpred.task import Predictions, Task
    >>> task = Task("regression", "spend")
    >>> predictions = Predictions(task, np.array([10.0, 20.0, 30.0]), np.array([12.0, 20.0, 26.0]))
    >>> round(Gini().score(predictions), 3)
    1.0
    """

    tasks = frozenset({"binary", "multiclass", "regression"})
    label = "Gini"
    usual = {"regression": 40}
    limits = (-1.0, 1.0)

    def of_curve(self, curve: Curve) -> float:
        """Return twice the area under the ROC curve, minus 1."""
        from custpred.metrics._ranking import area_under_roc

        return 2.0 * area_under_roc(curve) - 1.0

    def score(self, predictions: Predictions) -> float:
        """Return the coefficient; nan for one class only, or a constant truth."""
        if predictions.task.kind == "regression":
            return self.scorer(predictions)(predictions.weight)
        return super().score(predictions)

    def scorer(self, predictions: Predictions) -> Callable[[np.ndarray | None], float]:
        """Return a function of row weights that needs no further sort."""
        from custpred.metrics._ranking import area_above_even, ranking

        if predictions.task.kind != "regression":
            return super().scorer(predictions)
        own = ranking(predictions.predicted, predictions.truth)
        best = ranking(predictions.truth, predictions.truth)

        def ratio(weight: np.ndarray | None) -> float:
            most = area_above_even(best(weight))
            return area_above_even(own(weight)) / most if most > 0 else float("nan")

        return ratio
