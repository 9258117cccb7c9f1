"""Brier score."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING

from custpred.metrics._moments import MomentMetric

if TYPE_CHECKING:
    import numpy as np

    from custpred.task import Predictions


class Brier(MomentMetric):
    """Mean squared difference between probability and outcome; 0 is perfect.

    Binary: of the positive class, from 0 to 1.  Several classes: summed over them, from 0 to 2.

    References
    ----------
    Brier (1950), Verification of forecasts expressed in terms of probability, Mon.  Wea.  Rev. 78.

    Examples
    --------
    >>> import numpy as np
    >>> from custpred.task import Predictions, Task
    >>> task, chance = Task("binary", "left", ("no", "yes")), np.array([0.1, 0.6, 0.5, 0.8])
    >>> predictions = Predictions(task, np.array([0, 0, 1, 1]), np.c_[1 - chance, chance])
    >>> round(Brier().score(predictions), 3)
    0.165
    """

    tasks = frozenset({"binary", "multiclass"})
    better = "lower"
    label = "Brier score"
    usual = {"binary": 40}
    limits = (0.0, 2.0)

    def widest(self, classes: int = 0) -> tuple[float, float]:
        """Return 0, and 1 for two classes: only the positive one counts.

        >>> Brier().widest(2), Brier().widest(3)
        ((0.0, 1.0), (0.0, 2.0))
        """
        return (0.0, 1.0) if classes == 2 else self.limits

    def moments(self, predictions: Predictions) -> np.ndarray:
        """Return squared differences, shape (n_customers, 1)."""
        from custpred.metrics._classes import indicators

        if predictions.predicted.shape[1] == 2:
            error = (predictions.positive - (predictions.truth == 1))[:, None]
        else:
            error = predictions.predicted - indicators(predictions.truth, predictions.predicted.shape[1])
        moments: np.ndarray = (error * error).sum(axis=1, keepdims=True)
        return moments
