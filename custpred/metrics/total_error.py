"""Relative error of the total."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING

from custpred.metrics._moments import MomentMetric

if TYPE_CHECKING:
    import numpy as np

    from custpred.task import Predictions


class TotalError(MomentMetric):
    """Absolute difference between the predicted and the true total, as a share of the true total.

    0.1 means a predicted total 10 % too high or too low.  Predictions of medians may have a small
    absolute error and still miss most of the spend, if many customers spend nothing.

    >>> import numpy as np
    >>> from custpred.task import Predictions, Task
    >>> task = Task("regression", "spend")
    >>> predictions = Predictions(task, np.array([0.0, 0.0, 30.0]), np.array([4.0, 4.0, 4.0]))
    >>> round(TotalError().score(predictions), 3)
    0.6
    """

    tasks = frozenset({"regression"})
    better = "lower"
    label = "Error of the total"
    usual = {"regression": 60}
    limits = (0.0, float("inf"))

    def moments(self, predictions: Predictions) -> np.ndarray:
        """Return predictions and true amounts, shape (n_customers, 2)."""
        import numpy as np

        return np.column_stack([predictions.predicted, predictions.truth])

    def combine(self, means: np.ndarray) -> np.ndarray:
        """Return the relative difference of the means; nan if the true mean is 0."""
        import numpy as np

        predicted, actual = means[..., 0], means[..., 1]
        off: np.ndarray = np.where(actual == 0, np.nan, np.abs(predicted - actual) / np.abs(actual))
        return off
