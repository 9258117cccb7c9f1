"""The contract of calibration: a monotone map of the blend's raw score, fitted out of fold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from custpred.spec import Spec

if TYPE_CHECKING:
    import numpy as np

    from custpred.task import Task

State = dict[str, Any]


class Calibrate(Spec):
    """How raw scores become probabilities that keep their word; regression values pass unchanged.

    >>> Calibrate.kinds(), Calibrate.parse("isotonic").dump()
    (('isotonic', 'none', 'sigmoid'), {'kind': 'isotonic'})
    """

    def learn(self, raw: np.ndarray, truth: np.ndarray, task: Task, weight: np.ndarray | None = None) -> State:
        """Fit the map on out-of-fold raw scores; the state is plain data; ``weight`` is given where rows' differ."""
        return {}

    def apply(self, raw: np.ndarray, state: State, task: Task) -> np.ndarray:
        """Return probabilities (n, k) that sum to 1, or values (n,) for regression."""
        raise NotImplementedError
