"""A step of preparation as two pure functions: ``learn(X, y) -> state`` and ``columnwise(state)``.

``columnwise`` returns what the step does to a batch of columns (``columns.batch``): one
implementation for folds, large batches and single customers; ``apply`` calls it for a frame.

The state is plain data (JSON values and arrays), so a fitted step is saved without pickle.  A run
fits steps with ``columns.fitted_step``, without scikit-learn; ``build`` wraps the functions into a
transformer (or an imbalanced-learn sampler for steps that remove rows) for pipelines.
"""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, Any, ClassVar

from custpred.errors import NotApplicable
from custpred.spec import Spec

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from custpred.columns.batch import ColumnOperation
    from custpred.columns.sampler import RowFilter
    from custpred.columns.transformer import Transformer
    from custpred.sql.rows import SqlRows
    from custpred.table import Finding
    from custpred.task import Task

State = dict[str, Any]


class Step(Spec):
    """Base of the folders ``missing``, ``outliers`` and ``features``.

    Frames come in with the dtypes that ``custpred.table.Column`` promises: numeric, ``category``,
    ``datetime64`` and object (text).  A step never changes the frame it is given, keeps the row
    order and index, and one row's transform never depends on other rows.

    >>> import pandas as pd
    >>> from custpred.missing.base import Missing
    >>> spec, X = Missing.parse("median"), pd.DataFrame({"income": [1.0, None, 5.0]})
    >>> state = spec.learn(X, None, None, 0)
    >>> state["fill"]["number"], spec.apply(X, state)["income"].tolist()
    ({'income': 3.0}, [1.0, 3.0, 5.0])
    """

    sees_steps: ClassVar[bool] = False
    """Whether the step gets sequence columns (``stem@-k``), which bypass all others."""

    def learn(self, X: pd.DataFrame, y: np.ndarray | None, task: Task | None, seed: int) -> State:
        """Learn from training rows; ``y`` holds class codes or values, None in unsupervised use."""
        return {}

    def columnwise(self, state: State) -> ColumnOperation:
        """Return the function that transforms a batch of columns in place.

        All that the state allows is prepared once, for fast single customers.  Arrays are not
        written to: other folds share them.  Unseen levels, missing values and any number of rows
        are legal.
        """
        from custpred.columns.batch import unchanged

        return unchanged

    def apply(self, X: pd.DataFrame, state: State) -> pd.DataFrame:
        """Return the transformed frame, using ``columnwise``."""
        from custpred.columns.batch import applied

        return applied(self.columnwise(state), X)

    def sql(self, state: State, rows: SqlRows) -> None:
        """Apply the transformation of ``columnwise`` to SQL expressions, in place.

        Raises
        ------
        NotApplicable
            With the reason, if it has no formula.
        """
        if self.on_frames() or type(self).columnwise is not Step.columnwise:
            raise NotApplicable(f"{self.kind()} has no formula")

    def on_frames(self) -> bool:
        """Return whether a user-defined step overrides ``apply`` instead of ``columnwise``."""
        return type(self).apply is not Step.apply

    def idle(self) -> bool:
        """Return whether the step never changes any row and can be skipped."""
        return False

    def learn_apply(
        self, X: pd.DataFrame, y: np.ndarray | None, task: Task | None, seed: int
    ) -> tuple[State, pd.DataFrame]:
        """Fit and transform training rows; not ``apply`` if rows must not see their own label."""
        state = self.learn(X, y, task, seed)
        return state, self.apply(X, state)

    def lineage(self, state: State) -> dict[str, tuple[str, ...]]:
        """Name, for each column that ``apply`` adds or renames, the columns it was made from."""
        return {}

    def notes(self, state: State) -> list[Finding]:
        """Report what was learned or skipped."""
        return []

    def effect(self, state: State) -> State:
        """Return the effect of the step on its training rows, as figures for the report.

        ``filled``: column -> [missing values, replacement]; ``limits``: column -> [low, high,
        values beyond], most first, with ``action``.  The caller counts columns and rows.
        """
        return {}

    def removes_rows(self) -> bool:
        """Return whether the step removes training rows instead of changing columns."""
        return False

    def keep(self, X: pd.DataFrame, state: State) -> np.ndarray:
        """Return the mask, shape (n_rows,), of rows to keep; only for steps that remove rows."""
        raise NotImplementedError

    def build(self, task: Task | None = None, seed: int = 0) -> Transformer | RowFilter:
        """Return an unfitted scikit-learn transformer, or imbalanced-learn sampler."""
        if self.removes_rows():
            from custpred.columns.sampler import RowFilter

            return RowFilter(spec=self, task=task, seed=seed)
        from custpred.columns.transformer import Transformer

        return Transformer(spec=self, task=task, seed=seed)
