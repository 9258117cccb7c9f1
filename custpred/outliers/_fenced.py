"""Base of IQR and z-score: each column gets a lower and an upper fence for its values."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from custpred.outliers.base import Outliers

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from custpred.columns.batch import ColumnOperation
    from custpred.sql.rows import SqlRows
    from custpred.step import State
    from custpred.table import Finding
    from custpred.task import Task


class Fenced(Outliers):
    """Values beyond a column's fences are clipped, flagged, or their training rows removed."""

    action: Literal["clip", "flag", "remove"] = Field(
        "clip", description="Clip to the fence, flag in a 0/1 column, or remove the row (from training only)."
    )
    of: tuple[str, ...] | None = Field(
        None, description="Columns to treat; default: all numbers except codes (integers with few distinct values)."
    )

    def fences(self, values: np.ndarray) -> tuple[float, float] | str:
        """Return the fences of a column's values (n,), none missing, or why there are none."""
        raise NotImplementedError

    def removes_rows(self) -> bool:
        """Return whether training rows are removed."""
        return self.action == "remove"

    def learn(self, X: pd.DataFrame, y: np.ndarray | None, task: Task | None, seed: int) -> State:
        """Learn each column's fences, and count the values beyond them.

        Raises
        ------
        DataError
            If ``of`` names a column that the table does not have.
        """
        from custpred.outliers import _fences

        state = _fences.learn(self, X)
        return _fences.check_removal(self.keep(X, state), y, task, state) if self.removes_rows() else state

    def columnwise(self, state: State) -> ColumnOperation:
        """Clip or flag values; rows are removed from training only."""
        from custpred.outliers import _fences

        return {"clip": _fences.clip, "flag": _fences.flag, "remove": _fences.leave}[self.action](state)

    def sql(self, state: State, rows: SqlRows) -> None:
        """Clip or flag values."""
        from custpred.outliers import _fences

        _fences.in_sql(self.action, state, rows)

    def keep(self, X: pd.DataFrame, state: State) -> np.ndarray:
        """Return the mask of rows without a value beyond a fence, shape (n_rows,)."""
        from custpred.outliers import _fences

        return _fences.inside(X, state)

    def lineage(self, state: State) -> dict[str, tuple[str, ...]]:
        """Name the column behind each flag."""
        return {flag: (name,) for flag, name in state["flags"].items()}

    def effect(self, state: State) -> State:
        """Return each column's fences and the number of values beyond them, largest first."""
        beyond, low, high = state["beyond"], state["low"], state["high"]
        names = sorted(low, key=lambda name: -beyond.get(name, 0))
        limits = {name: (low[name], high[name], beyond.get(name, 0)) for name in names}
        return {"limits": limits, "action": self.action}

    def notes(self, state: State) -> list[Finding]:
        """Report the number of outlying values by column, and the columns that were skipped."""
        from custpred.outliers import _notes

        return _notes.fenced(self, state)
