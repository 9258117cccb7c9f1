"""Root mean squared error."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, ClassVar

from custpred.metrics._moments import MomentMetric

if TYPE_CHECKING:
    import numpy as np

    from custpred.task import Predictions


class Rmse(MomentMetric):
    """Root of the mean squared error, in units of the target; large errors weigh most.

    >>> import numpy as np
    >>> from custpred.task import Predictions, Task
    >>> task = Task("regression", "spend")
    >>> predictions = Predictions(task, np.array([10.0, 20.0, 30.0]), np.array([12.0, 20.0, 26.0]))
    >>> round(Rmse().score(predictions), 3)
    2.582
    """

    tasks = frozenset({"regression"})
    better = "lower"
    is_loss = True
    label = "Root mean squared error"
    usual = {"regression": 10}
    limits = (0.0, float("inf"))
    squared: ClassVar[bool] = True

    def moments(self, predictions: Predictions) -> np.ndarray:
        """Return squared differences, shape (n_customers, 1)."""
        error = (predictions.predicted - predictions.truth)[:, None]
        moments: np.ndarray = error * error
        return moments

    def combine(self, means: np.ndarray) -> np.ndarray:
        """Return the root of the mean."""
        import numpy as np

        root: np.ndarray = np.sqrt(means[..., 0])
        return root
