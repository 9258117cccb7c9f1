"""Logarithmic loss."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING

from custpred.metrics._moments import MomentMetric

if TYPE_CHECKING:
    import numpy as np

    from custpred.task import Predictions


class LogLoss(MomentMetric):
    """Mean negative log-likelihood, in nats; 0 is perfect, and confident errors are penalised most.

    References
    ----------
    Good (1952), Rational decisions, JRSS B 14, section 8.

    Examples
    --------
    >>> import numpy as np
    >>> from custpred.task import Predictions, Task
    >>> task, chance = Task("binary", "left", ("no", "yes")), np.array([0.1, 0.6, 0.5, 0.8])
    >>> predictions = Predictions(task, np.array([0, 0, 1, 1]), np.c_[1 - chance, chance])
    >>> round(LogLoss().score(predictions), 3)
    0.484
    """

    synonyms = ("cross_entropy", "binary_crossentropy")
    tasks = frozenset({"binary", "multiclass"})
    better = "lower"
    is_loss = True
    label = "Log loss"
    usual = {"binary": 30, "multiclass": 10}
    limits = (0.0, float("inf"))

    def moments(self, predictions: Predictions) -> np.ndarray:
        """Return minus the logarithm of the probability of the true class, clipped at 2.2e-16."""
        import numpy as np

        from custpred.metrics._classes import probability_of_truth

        chance = probability_of_truth(predictions).astype(np.float64, copy=False)
        tiny = np.finfo(np.float64).eps
        moments: np.ndarray = -np.log(np.clip(chance, tiny, 1.0 - tiny))[:, None]
        return moments
