"""Optional traits of a model beyond the contract, with their defaults."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from custpred.errors import NotApplicable
from custpred.spec import Spec
from custpred.task import Suited, TaskKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np

    from custpred.metrics.base import Metric
    from custpred.models._parts import Parts
    from custpred.models.base import Model
    from custpred.sql.rows import SqlMatrix
    from custpred.target.base import Target
    from custpred.task import Fit, Task

    FoldScores: TypeAlias = Callable[[object, Fit], list[np.ndarray]]
    """Function from prepared rows to the raw scores of each fold."""


MANY_ROWS = 20_000
"""Rows beyond which CatBoost is slow, forests are far less accurate, and a minute has few trials,
so that boosters begin with fewer, larger steps."""
MANY_CELLS = 2_000_000
"""Cells of a table above which boosters come before linear models: one fold of these takes longer
than workers need to start, and they get a small weight."""
MANY_COLUMNS = 100
"""Columns beyond which a round of boosting looks for splits longer than it adds up rows."""
FEW_AMOUNTS = 5_000
"""Up to this many rows, boosters of amounts begin with small trees (docs/benchmarks.md)."""


class ModelTraits(Spec):
    """Optional traits of a model."""

    tasks: ClassVar[frozenset[TaskKind]] = frozenset({"binary", "multiclass", "regression"})
    accepts: ClassVar[frozenset[str]] = frozenset()
    """Inputs that the learner can use: ``missing``, ``category``, ``steps``; others are prepared.

    ``history`` only: raw purchase histories; ``nothing`` only: it uses no columns.
    """
    stops_early: ClassVar[bool] = False
    """Whether ``train`` uses validation rows to find the number of rounds."""
    halved: ClassVar[bool] = False
    """Whether ``fitted.others`` are fits stopped on each half of the validation rows."""
    plain: ClassVar[bool] = False
    """Whether ``raw`` also accepts a ``PlainMatrix``, which makes scoring a few rows faster."""
    cheap: ClassVar[bool] = False
    """Whether its first trial comes first and may overrun a little: a run ends with a model."""
    immediate: ClassVar[bool] = False
    """Whether it needs only scikit-learn and cannot crash: it is fitted before workers start."""
    compared: ClassVar[bool] = False
    """Whether its first trial is always scored on all folds, for a side-by-side comparison."""
    studied: ClassVar[float | None] = None
    """Position in the report's comparison of learning curves; None if it has none."""
    everywhere: ClassVar[bool] = False
    """Whether it is a baseline of every task."""
    baseline: ClassVar[bool] = False
    """Whether it is only a baseline: on the leaderboard, never in the blend."""
    keeps_rows: ClassVar[bool] = False
    """Whether its fitted object, and so the model folder, holds values of training customers.

    ``models: auto`` then tries it only where ``privacy.keep_rows`` allows it.
    """
    no_formula: ClassVar[str] = "it is neither trees nor a weighted sum"
    """Reason why the model has no formula, if it does not define ``sql``."""

    @classmethod
    def constant(cls) -> Model:
        """Return the simplest model: the same prediction for everyone."""
        from custpred.models.base import Model

        return Model.parse("dummy")

    @classmethod
    def beside(cls, target: Target) -> Suited | None:
        """Return specs with which it is a baseline of every run on this target; None if not."""
        return None

    @classmethod
    def initial_configurations(cls, task: Task, rows: int, columns: int) -> list[Model]:
        """Return known good configurations in order of merit, tried before any search."""
        own: Any = cls
        return [own()]

    @classmethod
    def for_metric(cls, metric: Metric) -> list[Model]:
        """Return configurations to try first for a metric that the mean does not optimise."""
        return []

    def applies(self, truth: np.ndarray) -> bool:
        """Return whether an initial configuration is worth a trial on these labels.

        A log is not if it does not make the amounts less skewed.
        """
        if not self.on_log:
            return True
        from custpred.models._target import transform_of

        return transform_of(truth, "auto") == "log"

    @property
    def on_log(self) -> bool:
        """Return whether it learns the logarithm of an amount."""
        return False

    def wants(self) -> frozenset[str]:
        """Return what it requires of the preparation: accepted inputs, and those of its options."""
        return self.accepts

    def rounds_made(self, fitted: Any) -> int:
        """Return the number of rounds of a fit, those after the best one included; 0 if none."""
        return 0

    def shared(self, fitted: Any, folds: int) -> object:
        """Return the part of a fold's model that a blend stores and averages over the folds."""
        return fitted

    def together(self, fitted: Sequence[Any], folds: int = 0) -> FoldScores | None:
        """Return a scorer of several folds on the same rows, faster than ``raw``; or None.

        It works as it would for ``folds`` fitted objects if that is more than there are, so that
        one fold can be timed as in a blend.
        """
        return None

    def sql(self, fitted: Any, X: SqlMatrix, fit: Fit, start: np.ndarray | None = None) -> list[str]:
        """Return ``raw`` as SQL expressions: one, or one for each class.

        Parameters
        ----------
        start
            Constants that the scorer of ``together`` adds to its sums; None if ``raw`` scores.

        Raises
        ------
        NotApplicable
            If it has no formula, with the reason.
        """
        raise NotApplicable(self.no_formula)

    def spreads(self, task: Task) -> bool:
        """Return whether ``fit_parts`` can fit it to rows that are spread over a Dask cluster."""
        return False

    def fit_parts(self, fitted: Sequence[Any], parts: Parts, fit: Fit) -> object:
        """Return the model fitted to all rows of a cluster; ``fitted``: its folds, of a sample."""
        raise NotImplementedError
