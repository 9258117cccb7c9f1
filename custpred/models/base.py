"""The contract of models: pure functions ``train``, ``raw``, ``contributions``, ``pack`` and ``unpack``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from custpred.spec import Spec
from custpred.task import TaskKind

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from custpred.models._estimator import Estimator
    from custpred.task import Fit, Rows, Task


class Model(Spec):
    """A learner.  Raw scores: binary, the logit (n,); multi-class, log-probabilities (n, k); regression, values (n,).

    ``accepts``: what the learner can use of ``missing``, ``category``, ``steps``; the rest is made fit for it before.
    ``stops_early``: ``train`` uses validation rows to find the number of rounds.  ``halved``: ``fitted.others`` holds
    the fits that stopped by each half of them (``Fit.half``) alone.  ``plain``: ``raw`` also takes a ``Block``.
    """

    tasks: ClassVar[frozenset[TaskKind]] = frozenset({"binary", "multiclass", "regression"})
    accepts: ClassVar[frozenset[str]] = frozenset()
    stops_early: ClassVar[bool] = False
    halved: ClassVar[bool] = False
    plain: ClassVar[bool] = False
    baseline: ClassVar[bool] = False

    @classmethod
    def starts(cls, task: Task, rows: int, columns: int) -> list[Model]:
        """Return known good configurations in order of merit, tried before any search."""
        return [cls()]

    def suits(self, truth: np.ndarray) -> bool:
        """Tell whether a start is worth a trial on these answers."""
        return True

    def train(self, rows: Rows, valid: Rows | None, fit: Fit) -> Any:
        """Learn; return the fitted object that the other functions take."""
        raise NotImplementedError

    def raw(self, fitted: Any, X: pd.DataFrame, fit: Fit) -> np.ndarray:
        """Return raw scores of new rows."""
        raise NotImplementedError

    def shared(self, fitted: Any, folds: int) -> Any:
        """Return what a blend, which averages the folds, keeps of one fold's model."""
        return fitted

    def contributions(self, fitted: Any, X: pd.DataFrame, fit: Fit) -> np.ndarray | None:
        """Return additive contributions to ``raw``, shape (n, p + 1[, k]), last the start value; None: cannot."""
        return None

    def pack(self, fitted: Any) -> dict[str, Any]:
        """Return the fitted object as plain data: JSON values, arrays, and ``bytes`` in the library's own format."""
        raise NotImplementedError

    def unpack(self, packed: dict[str, Any], fit: Fit) -> Any:
        """Rebuild the fitted object from ``pack``'s data; never runs code from it."""
        raise NotImplementedError

    def build(self, task: Task, seed: int = 0) -> Estimator:
        """Return an unfitted scikit-learn estimator driven by these functions."""
        from custpred.models._estimator import Estimator

        return Estimator(spec=self, task=task, seed=seed)
