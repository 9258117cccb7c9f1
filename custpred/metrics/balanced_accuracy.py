"""Balanced accuracy."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING

from custpred.metrics._moments import MomentMetric

if TYPE_CHECKING:
    import numpy as np

    from custpred.task import Predictions, Setting, Suited


class BalancedAccuracy(MomentMetric):
    """Mean recall over the classes; chance level is one divided by the number of classes.

    References
    ----------
    Brodersen et al. (2010), The balanced accuracy and its posterior distribution, ICPR, section 2.

    Examples
    --------
    >>> import numpy as np
    >>> from custpred.task import Predictions, Task
    >>> task, chance = Task("binary", "left", ("no", "yes")), np.array([0.1, 0.6, 0.5, 0.8])
    >>> predictions = Predictions(task, np.array([0, 0, 1, 1]), np.c_[1 - chance, chance])
    >>> round(BalancedAccuracy().score(predictions), 3)
    0.5
    """

    tasks = frozenset({"binary", "multiclass"})
    label = "Balanced accuracy"
    usual = {"multiclass": 40}
    by_class = True

    @classmethod
    def suits(cls, setting: Setting) -> Suited | None:
        """Return its position for ``auto`` if all labels matter, not only the most likely few."""
        return None if setting.target.likeliest else super().suits(setting)

    def moments(self, predictions: Predictions) -> np.ndarray:
        """Return, for each class, whether the row belongs to it, then whether it is a hit of it."""
        import numpy as np

        from custpred.metrics._classes import indicators, most_likely

        actual = indicators(predictions.truth, predictions.predicted.shape[1])
        hit = (most_likely(predictions) == predictions.truth)[:, None]
        return np.concatenate([actual, actual * hit], axis=1)

    def combine(self, means: np.ndarray) -> np.ndarray:
        """Return the mean recall of the classes that occur; nan with one class only."""
        import numpy as np

        from custpred.metrics._classes import mean_of_defined

        actual, hit = np.split(means, 2, axis=-1)
        several = (actual > 0).sum(axis=-1) > 1
        recall = np.where(several[..., None] & (actual > 0), hit / np.where(actual > 0, actual, 1.0), np.nan)
        return mean_of_defined(recall)

    def threshold(self, predictions: Predictions) -> float:
        """Return the threshold with the best mean recall of both classes on these rows."""
        from custpred.metrics._threshold import best_balance

        return best_balance(predictions)
