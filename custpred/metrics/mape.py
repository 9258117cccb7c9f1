"""Mean absolute percentage error."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING

from custpred.metrics._moments import MomentMetric

if TYPE_CHECKING:
    import numpy as np

    from custpred.task import Predictions


class Mape(MomentMetric):
    """Mean absolute difference as a share of the truth (0.1 is 10 %), where this is not zero.

    >>> import numpy as np
    >>> from custpred.task import Predictions, Task
    >>> task = Task("regression", "spend")
    >>> predictions = Predictions(task, np.array([10.0, 20.0, 30.0]), np.array([12.0, 20.0, 26.0]))
    >>> round(Mape().score(predictions), 3)
    0.111
    """

    tasks = frozenset({"regression"})
    better = "lower"
    label = "Mean absolute percentage error"
    limits = (0.0, float("inf"))

    def moments(self, predictions: Predictions) -> np.ndarray:
        """Return relative errors, 0 for zero truths, and indicators of defined rows."""
        import numpy as np

        defined = predictions.truth != 0
        scale = np.where(defined, np.abs(predictions.truth), 1.0)
        error = np.where(defined, np.abs(predictions.predicted - predictions.truth), 0.0)
        return np.stack([error / scale, defined.astype(float)], axis=1)

    def combine(self, means: np.ndarray) -> np.ndarray:
        """Return the mean over the rows where it is defined; nan without any."""
        import numpy as np

        ratio: np.ndarray = np.where(means[..., 1] > 0, means[..., 0] / means[..., 1], np.nan)
        return ratio
