"""F1 score."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING

from custpred.metrics._moments import MomentMetric

if TYPE_CHECKING:
    import numpy as np

    from custpred.task import Predictions


class F1(MomentMetric):
    """Harmonic mean of precision and recall; several classes: macro average.

    References
    ----------
    van Rijsbergen (1979), Information retrieval, chapter 7, with equal weights.

    Examples
    --------
    >>> import numpy as np
    >>> from custpred.task import Predictions, Task
    >>> task, chance = Task("binary", "left", ("no", "yes")), np.array([0.1, 0.6, 0.5, 0.8])
    >>> predictions = Predictions(task, np.array([0, 0, 1, 1]), np.c_[1 - chance, chance])
    >>> round(F1().score(predictions), 3)
    0.5
    """

    tasks = frozenset({"binary", "multiclass"})
    label = "F1"
    usual = {"binary": 70}
    by_class = True

    def moments(self, predictions: Predictions) -> np.ndarray:
        """Return indicators of hits, predictions and truths, per class or for the positive one."""
        import numpy as np

        from custpred.metrics._classes import indicators, most_likely

        classes = predictions.predicted.shape[1]
        first = 1 if classes == 2 else 0
        actual = indicators(predictions.truth, classes)[:, first:]
        predicted = indicators(most_likely(predictions), classes)[:, first:]
        return np.concatenate([actual * predicted, actual, predicted], axis=1)

    def combine(self, means: np.ndarray) -> np.ndarray:
        """Return 2 hits / (predictions + truths); nan if no scored class occurs."""
        import numpy as np

        from custpred.metrics._classes import mean_of_defined

        hit, actual, predicted = np.split(means, 3, axis=-1)
        defined = (actual + predicted > 0) & (actual.sum(axis=-1, keepdims=True) > 0)
        return mean_of_defined(np.where(defined, 2.0 * hit / np.where(defined, actual + predicted, 1.0), np.nan))

    def threshold(self, predictions: Predictions) -> float:
        """Return the threshold with the best F1 on these rows."""
        from custpred.metrics._threshold import best_f1

        return best_f1(predictions)
