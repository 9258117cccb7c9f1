"""Mean absolute error."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING

from custpred.metrics._moments import MomentMetric

if TYPE_CHECKING:
    import numpy as np

    from custpred.task import Predictions


class Mae(MomentMetric):
    """Mean absolute difference between prediction and truth, in units of the target.

    >>> import numpy as np
    >>> from custpred.task import Predictions, Task
    >>> task = Task("regression", "spend")
    >>> predictions = Predictions(task, np.array([10.0, 20.0, 30.0]), np.array([12.0, 20.0, 26.0]))
    >>> round(Mae().score(predictions), 3)
    2.0
    """

    tasks = frozenset({"regression"})
    better = "lower"
    label = "Mean absolute error"
    usual = {"regression": 20}
    of_median = True
    limits = (0.0, float("inf"))

    def moments(self, predictions: Predictions) -> np.ndarray:
        """Return absolute differences, shape (n_customers, 1)."""
        import numpy as np

        moments: np.ndarray = np.abs(predictions.predicted - predictions.truth)[:, None]
        return moments
