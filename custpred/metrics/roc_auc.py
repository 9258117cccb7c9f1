"""Area under the ROC curve."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING

from custpred.metrics._ranked import RankedMetric

if TYPE_CHECKING:
    from custpred.metrics._ranking import Curve
    from custpred.task import Setting, Suited


class RocAuc(RankedMetric):
    """Probability that a positive is ranked above a negative; 0.5 by chance, 1 at best.

    Several classes: macro average of one-vs-rest.

    References
    ----------
    Fawcett (2006), An introduction to ROC analysis, Pattern Recognition Letters 27, algorithm 2.

    Examples
    --------
    >>> import numpy as np
    >>> from custpred.task import Predictions, Task
    >>> task, chance = Task("binary", "left", ("no", "yes")), np.array([0.1, 0.6, 0.5, 0.8])
    >>> predictions = Predictions(task, np.array([0, 0, 1, 1]), np.c_[1 - chance, chance])
    >>> round(RocAuc().score(predictions), 3)
    0.75
    """

    synonyms = ("auc", "auroc", "rocauc")
    tasks = frozenset({"binary", "multiclass"})
    label = "ROC AUC"
    usual = {"binary": 10, "multiclass": 50}

    @classmethod
    def suits(cls, setting: Setting) -> Suited | None:
        """Return its position for ``auto`` if all labels matter, not only the most likely few."""
        return None if setting.target.likeliest else super().suits(setting)

    def of_curve(self, curve: Curve) -> float:
        """Return the area by the trapezoidal rule."""
        from custpred.metrics._ranking import area_under_roc

        return area_under_roc(curve)
