"""Optional traits of a model beyond the contract, with their defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from custpred.errors import NotApplicable
from custpred.spec import Spec
from custpred.task import Suited, TaskKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np

    from custpred.metrics.base import Metric
    from custpred.models.base import Model
    from custpred.sql.rows import SqlMatrix
    from custpred.target.base import Target
    from custpred.task import Fit, Task

    FoldScores: TypeAlias = Callable[[object, Fit], list[np.ndarray]]
    """Prepared rows -> each fold's raw scores."""


MANY_ROWS = 20_000
"""Above this many rows CatBoost takes several times as long as other boosters, and forests rank far worse."""


class ModelTraits(Spec):
    """Optional traits of a model."""

    tasks: ClassVar[frozenset[TaskKind]] = frozenset({"binary", "multiclass", "regression"})
    accepts: ClassVar[frozenset[str]] = frozenset()
    """What the learner itself can use of ``missing``, ``category``, ``steps``; the preparation handles the rest.

    ``history`` alone: purchase histories, raw; ``nothing`` alone: it uses no column.
    """
    stops_early: ClassVar[bool] = False
    """Whether ``train`` uses validation rows to find the number of rounds."""
    halved: ClassVar[bool] = False
    """Whether ``fitted.others`` holds the fits that stopped by each half (``Fit.half``) of validation rows alone."""
    plain: ClassVar[bool] = False
    """Whether ``raw`` also takes a ``models._frame.Block``: plain arrays, from which few rows are scored faster."""
    cheap: ClassVar[bool] = False
    """Whether its first trial comes first and may overrun the time a little, so that a run ends with a model."""
    immediate: ClassVar[bool] = False
    """Whether it needs no library beside scikit-learn and cannot take the process down: fitted before workers start."""
    compared: ClassVar[bool] = False
    """Whether it is compared side by side: its first trial is scored on all folds, however far behind it is."""
    studied: ClassVar[float | None] = None
    """Place in the report's comparison of learning curves; None: it has none."""
    everywhere: ClassVar[bool] = False
    """Whether it is a baseline of every task."""
    baseline: ClassVar[bool] = False
    """Whether it is only a baseline: on the leaderboard, never in the blend."""
    no_formula: ClassVar[str] = "it is neither trees nor a weighted sum"
    """Why the model has no formula, where it does not define ``sql``."""

    @classmethod
    def constant(cls) -> Model:
        """Return the simplest model of all: one prediction for everyone."""
        from custpred.models.base import Model

        return Model.parse("dummy")

    @classmethod
    def beside(cls, target: Target) -> Suited | None:
        """Return that it is a baseline beside every model for this target, with its specs; None: it is not."""
        return None

    @classmethod
    def initial_configurations(cls, task: Task, rows: int, columns: int) -> list[Model]:
        """Return known good configurations in order of merit, tried before any search."""
        own: Any = cls
        return [own()]

    @classmethod
    def for_metric(cls, metric: Metric) -> list[Model]:
        """Return configurations, tried first, for a metric whose optimum is not the mean."""
        return []

    def applies(self, truth: np.ndarray) -> bool:
        """Return whether an initial configuration is worth a trial on these labels."""
        return True

    def wants(self) -> frozenset[str]:
        """Return the requirements on the preparation: what the learner accepts, and what its options need."""
        return self.accepts

    def shared(self, fitted: Any, folds: int) -> object:
        """Return the part of a fold's model that a blend stores and averages with the other folds' models."""
        return fitted

    def together(self, fitted: Sequence[Any]) -> FoldScores | None:
        """Return a scorer of several folds on the same rows, faster than ``raw`` of each; None: there is none."""
        return None

    def sql(self, fitted: Any, X: SqlMatrix, fit: Fit, start: np.ndarray | None = None) -> list[str]:
        """Return ``raw`` as SQL expressions, one or one for each class.

        Parameters
        ----------
        start
            What the scorer of ``together`` adds to its sums; None where there is none, and ``raw`` scores.

        Raises
        ------
        NotApplicable
            With the reason, if it has no formula.
        """
        raise NotApplicable(self.no_formula)
