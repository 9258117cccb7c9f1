"""Accuracy."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING

from custpred.metrics._moments import MomentMetric

if TYPE_CHECKING:
    import numpy as np

    from custpred.task import Predictions


class Accuracy(MomentMetric):
    """Share of customers whose most likely class is true; not informative if a class is rare.

    >>> import numpy as np
    >>> from custpred.task import Predictions, Task
    >>> task, chance = Task("binary", "left", ("no", "yes")), np.array([0.1, 0.6, 0.5, 0.8])
    >>> predictions = Predictions(task, np.array([0, 0, 1, 1]), np.c_[1 - chance, chance])
    >>> round(Accuracy().score(predictions), 3)
    0.5
    """

    synonyms = ("acc",)
    tasks = frozenset({"binary", "multiclass"})
    label = "Accuracy"
    usual = {"multiclass": 30}

    def moments(self, predictions: Predictions) -> np.ndarray:
        """Return 1 for each correct prediction, shape (n_customers, 1)."""
        from custpred.metrics._classes import most_likely

        moments: np.ndarray = (most_likely(predictions) == predictions.truth).astype(float)[:, None]
        return moments
