"""Area under the precision-recall curve."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING

from custpred.metrics._ranked import RankedMetric

if TYPE_CHECKING:
    from custpred.metrics._ranking import Curve
    from custpred.task import Predictions


class PrAuc(RankedMetric):
    """Precision averaged over recall (average precision); by chance the base rate, at best 1.

    References
    ----------
    Davis and Goadrich (2006), The relationship between precision-recall and ROC curves, section 4:
    the steps are not joined by straight lines, which would be optimistic.

    Examples
    --------
    >>> import numpy as np
    >>> from custpred.task import Predictions, Task
    >>> task, chance = Task("binary", "left", ("no", "yes")), np.array([0.1, 0.6, 0.5, 0.8])
    >>> predictions = Predictions(task, np.array([0, 0, 1, 1]), np.c_[1 - chance, chance])
    >>> round(PrAuc().score(predictions), 3)
    0.833
    """

    synonyms = ("ap", "average_precision", "aucpr")
    tasks = frozenset({"binary", "multiclass"})
    label = "PR AUC"
    usual = {"binary": 20}

    def of_curve(self, curve: Curve) -> float:
        """Return the average precision."""
        from custpred.metrics._ranking import average_precision

        return average_precision(curve)

    def threshold(self, predictions: Predictions) -> float:
        """Return the threshold with the best F1 on these rows."""
        from custpred.metrics._threshold import best_f1

        return best_f1(predictions)
