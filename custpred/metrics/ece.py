"""Expected calibration error."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from custpred.metrics.base import Metric

if TYPE_CHECKING:
    import numpy as np

    from custpred.task import Predictions


class Ece(Metric):
    """Mean absolute difference between predicted probability and observed share of equal groups.

    Binary: for the positive class.  Several classes: for the most likely class.  Customers with the
    same probability stay in one group.

    References
    ----------
    Guo et al. (2017), On calibration of modern neural networks, eq. 3; equal counts as in Nixon et
    al. (2019), Measuring calibration in deep learning, section 3.

    Examples
    --------
    >>> import numpy as np
    >>> from custpred.task import Predictions, Task
    >>> task, chance = Task("binary", "left", ("no", "yes")), np.array([0.1, 0.6, 0.5, 0.8])
    >>> predictions = Predictions(task, np.array([0, 0, 1, 1]), np.c_[1 - chance, chance])
    >>> round(Ece().score(predictions), 3)
    0.35
    """

    tasks = frozenset({"binary", "multiclass"})
    better = "lower"
    label = "Calibration error"
    usual = {"binary": 60}

    bins: Annotated[int, Field(ge=2, le=100, description="Number of groups.")] = 10

    def score(self, predictions: Predictions) -> float:
        """Return the error, a share between 0 and 1; nan without rows."""
        import numpy as np

        from custpred.metrics._classes import most_likely

        if predictions.predicted.shape[1] == 2:
            predicted, observed = predictions.positive, predictions.truth == 1
        else:
            predicted, observed = predictions.predicted.max(axis=1), most_likely(predictions) == predictions.truth
        weight = np.ones(len(predicted)) if predictions.weight is None else predictions.weight
        if not weight.sum():
            return float("nan")
        group = self._groups(predicted, weight)
        error = np.bincount(group, weight * (predicted - observed), minlength=self.bins)
        return float(np.abs(error).sum() / weight.sum())

    def _groups(self, predicted: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """Return the group of each row by the mean rank of its probability."""
        import numpy as np

        order = np.argsort(predicted)
        fresh = np.r_[True, np.diff(predicted[order]) != 0]
        starts = np.flatnonzero(fresh)
        mass = np.add.reduceat(weight[order].astype(float), starts)
        middle = (np.cumsum(mass) - mass / 2) / mass.sum()
        group = np.minimum((middle * self.bins).astype(np.intp), self.bins - 1)
        found = np.empty(len(predicted), dtype=np.intp)
        found[order] = group[np.cumsum(fresh) - 1]
        return found
