"""R squared."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING

from custpred.metrics._moments import MomentMetric

if TYPE_CHECKING:
    import numpy as np

    from custpred.task import Predictions


class R2(MomentMetric):
    """Share of the variance that predictions explain: at best 1, and 0 for the mean.

    >>> import numpy as np
    >>> from custpred.task import Predictions, Task
    >>> task = Task("regression", "spend")
    >>> predictions = Predictions(task, np.array([10.0, 20.0, 30.0]), np.array([12.0, 20.0, 26.0]))
    >>> round(R2().score(predictions), 3)
    0.9
    """

    tasks = frozenset({"regression"})
    label = "R squared"
    usual = {"regression": 30}
    limits = (-float("inf"), 1.0)

    def moments(self, predictions: Predictions) -> np.ndarray:
        """Return squared errors, and the centred truth with its square."""
        import numpy as np

        error = predictions.predicted - predictions.truth
        middle = np.median(predictions.truth) if len(predictions) else 0.0
        around = predictions.truth - middle  # keeps large values exact
        return np.stack([error * error, around, around * around], axis=1)

    def combine(self, means: np.ndarray) -> np.ndarray:
        """Return 1 - error / variance; nan for a constant truth."""
        import numpy as np

        variance = means[..., 2] - means[..., 1] ** 2
        varies = variance > 1e-12 * means[..., 2]  # a bootstrap draw of one customer only has rounding errors
        share: np.ndarray = np.where(varies, 1.0 - means[..., 0] / variance, np.nan)
        return share
