"""Root mean squared logarithmic error."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING

from custpred.metrics._moments import MomentMetric

if TYPE_CHECKING:
    import numpy as np

    from custpred.task import Predictions


class Rmsle(MomentMetric):
    """Root of the mean squared difference of log(1 + value); for spend and counts.

    Depends on ratios.  Negative predictions count as zero; undefined if the truth is negative.

    >>> import numpy as np
    >>> from custpred.task import Predictions, Task
    >>> task = Task("regression", "spend")
    >>> predictions = Predictions(task, np.array([10.0, 20.0, 30.0]), np.array([12.0, 20.0, 26.0]))
    >>> round(Rmsle().score(predictions), 3)
    0.125
    """

    tasks = frozenset({"regression"})
    better = "lower"
    label = "Root mean squared log error"
    limits = (0.0, float("inf"))

    def moments(self, predictions: Predictions) -> np.ndarray:
        """Return squared differences of logarithms, (n_customers, 1); nan for a negative truth."""
        import numpy as np

        truth = np.where(predictions.truth >= 0, predictions.truth, np.nan)
        error = np.log1p(np.maximum(predictions.predicted, 0.0)) - np.log1p(truth)
        moments: np.ndarray = (error * error)[:, None]
        return moments

    def combine(self, means: np.ndarray) -> np.ndarray:
        """Return the root of the mean."""
        import numpy as np

        root: np.ndarray = np.sqrt(means[..., 0])
        return root
