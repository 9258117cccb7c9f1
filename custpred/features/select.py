"""Selection of useful columns."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING

from pydantic import Field

from custpred.features._names import idle, note
from custpred.features.base import Feature

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from custpred.columns.batch import ColumnOperation
    from custpred.sql.rows import SqlRows
    from custpred.step import State
    from custpred.task import Task


class Select(Feature):
    """Drops columns that are constant or duplicate another and, if there are too many, the weakest.

    The strength of a column is what cross-fitted target means in its bins or levels explain, so a
    column that matters only together with another may be dropped.

    >>> Select(at_most=20).dump()
    {'kind': 'select', 'at_most': 20}
    """

    at_most: int | None = Field(None, ge=1, description="Number of strongest columns to keep; null for no limit.")

    def learn(self, X: pd.DataFrame, y: np.ndarray | None, task: Task | None, seed: int) -> State:
        """Find the columns to drop, with reasons."""
        from custpred.features import _usefulness
        from custpred.features._means import goals

        gone = dict.fromkeys(_usefulness.constant(X), "It has one value in training.")
        if len(gone) == len(X.columns):
            return idle("Every column has one value in training; all stay.")
        left = X.drop(columns=list(gone)) if gone else X
        same = _usefulness.repeated(left)
        gone |= {name: f"It is the same as {other!r}." for name, other in same.items()}
        left = left.drop(columns=list(same)) if same else left
        if self.at_most and y is not None and len(left.columns) > self.at_most:
            gone |= _usefulness.least(left, goals(y, task), self.at_most, seed)
        if not gone:
            return idle("Every column is useful.")
        return {"drop": list(gone), "notes": [note(f"Dropped: {reason}", name) for name, reason in gone.items()]}

    def sql(self, state: State, rows: SqlRows) -> None:
        """Drop the columns."""
        rows.drop(state.get("drop") or ())

    def columnwise(self, state: State) -> ColumnOperation:
        """Drop the columns."""
        from custpred.columns.batch import drop_columns

        return drop_columns(state.get("drop") or ())
