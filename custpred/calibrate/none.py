"""Raw scores unchanged."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING

from custpred.calibrate.base import Calibrate

if TYPE_CHECKING:
    import numpy as np

    from custpred.storage.plain import State
    from custpred.task import Task


class NoCalibration(Calibrate):
    """Probabilities as the models give them: sigmoid or softmax of the raw score.

    >>> import numpy as np
    >>> from custpred.task import Task
    >>> NoCalibration().apply(np.array([0.0]), {}, Task("binary", "left", ("no", "yes"))).tolist()
    [[0.5, 0.5]]
    """

    def learn(self, raw: np.ndarray, truth: np.ndarray, task: Task, weight: np.ndarray | None = None) -> State:
        """Return the identity: there is nothing to learn."""
        from custpred.calibrate._fit import identity

        return identity()

    def apply(self, raw: np.ndarray, state: State, task: Task) -> np.ndarray:
        """Return probabilities (n, k) or values (n,)."""
        return task.inverse_link(raw)
