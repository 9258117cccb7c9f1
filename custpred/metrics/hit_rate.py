"""Hit rate: whether the true class is among the most likely few."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from custpred.metrics._moments import MomentMetric
from custpred.task import OTHER, Suited

if TYPE_CHECKING:
    import numpy as np

    from custpred.task import Predictions, Setting


class HitRate(MomentMetric):
    """Share of rows whose true class is among the ``at`` most likely; (other) is never a hit.

    (other) takes no place.  Equally likely classes share the remaining places.
    """

    tasks = frozenset({"multiclass"})
    label = "Hit rate"

    at: Annotated[int, Field(ge=1, le=1000, description="Number of most likely classes.")] = 1

    @classmethod
    def suits(cls, setting: Setting) -> Suited | None:
        """Return the hit rates at 1, 5 and 10 if the task asks for the most likely few classes."""
        three = tuple(cls(at=places) for places in (1, 5, 10))
        return Suited("is what comes next among the likeliest?", 20, three) if setting.target.likeliest else None

    def moments(self, predictions: Predictions) -> np.ndarray:
        """Return the probability of a hit for each row, shape (n_customers, 1)."""
        import numpy as np

        rows, labels = np.arange(len(predictions)), np.array(predictions.task.labels, dtype=object)
        truth = predictions.truth.astype(int)
        offered = np.flatnonzero(labels != OTHER)
        known, chance = np.isin(truth, offered), predictions.predicted[rows, truth][:, None]
        ahead = (predictions.predicted[:, offered] > chance).sum(axis=1)
        equal = np.maximum((predictions.predicted[:, offered] == chance).sum(axis=1), 1)
        return np.where(known, np.clip((self.at - ahead) / equal, 0.0, 1.0), 0.0)[:, None]

    def name(self) -> str:
        """Return ``hit_rate_at_5`` for five classes.

        >>> HitRate(at=5).name()
        'hit_rate_at_5'
        """
        return f"hit_rate_at_{self.at}"

    def title(self) -> str:
        """Return ``Hit rate at 5``."""
        return f"Hit rate at {self.at}"
