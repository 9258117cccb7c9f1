"""The contract of calibration: a monotone map from the blend's raw score to a probability.

A model that ranks well may still predict 0.9 where 0.7 is right.  A calibration, fitted on
out-of-fold scores, corrects that without changing the order of customers.  ``learn`` returns the
map as plain data, ``apply`` uses it.  Where the map would increase the log loss of its own rows, or
a class is absent, it is the identity and gives the reason.
"""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING

from custpred.spec import Spec

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from custpred.sql.statement import Statement
    from custpred.storage.plain import State
    from custpred.task import Task


class Calibrate(Spec):
    """How raw scores become calibrated probabilities; regression values pass unchanged.

    >>> Calibrate.kinds(), Calibrate.parse("isotonic").dump()
    (('isotonic', 'none', 'sigmoid'), {'kind': 'isotonic'})
    """

    @classmethod
    def nothing(cls) -> Calibrate:
        """Return the calibration that leaves raw scores as they are."""
        return cls.parse("none")

    def learn(self, raw: np.ndarray, truth: np.ndarray, task: Task, weight: np.ndarray | None = None) -> State:
        """Fit the map on out-of-fold raw scores and return its state; None: equal weights."""
        return {}

    def apply(self, raw: np.ndarray, state: State, task: Task) -> np.ndarray:
        """Return probabilities (n, k) that sum to 1, or values (n,) for regression."""
        raise NotImplementedError

    def sql(self, made: Statement, raw: Sequence[str], state: State, task: Task) -> list[str]:
        """Return ``apply`` as SQL expressions."""
        from custpred.calibrate._sql import mapped

        return mapped(made, raw, state, task)
