"""Outlying rows by isolation forest."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from custpred.outliers.base import Outliers
from custpred.spec import Range

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from custpred.columns.batch import ColumnBatch, ColumnOperation
    from custpred.sql.rows import SqlRows
    from custpred.step import State
    from custpred.table import Finding
    from custpred.task import Task


def _not_clip(value: object) -> object:
    if value == "clip":
        text = "isolation finds whole rows, which cannot be clipped: use flag or remove"
        raise PydanticCustomError("no_clip", "{text}", {"text": text})
    return value


class Isolation(Outliers):
    """Rows with an unusual combination of numbers, found by how few random splits isolate them.

    Missing values are replaced by the column's median when rows are scored.

    References
    ----------
    Liu, Ting & Zhou (2008), Isolation Forest, ICDM, equations 1 and 2: the score is 2 to the power
    of minus the mean path length, divided by that of an unsuccessful search in a binary tree.
    """

    action: Annotated[Literal["flag", "remove"], BeforeValidator(_not_clip)] = Field(
        "flag", description="Flag in a 0/1 column, or remove the row (from training only)."
    )
    of: tuple[str, ...] | None = Field(
        None, description="Columns to use; default: all numbers except codes (integers with few distinct values)."
    )
    share: Annotated[
        float, Field(gt=0, le=0.5, description="Share of training rows that are outlying."), Range(0.001, 0.1, log=True)
    ] = 0.01
    trees: Annotated[int, Field(ge=1, le=1000, description="Number of trees.")] = 100
    samples: Annotated[int, Field(ge=2, le=4096, description="Training rows for each tree, drawn at random.")] = 256

    def removes_rows(self) -> bool:
        """Return whether training rows are removed."""
        return self.action == "remove"

    def learn(self, X: pd.DataFrame, y: np.ndarray | None, task: Task | None, seed: int) -> State:
        """Grow the trees, and learn the score beyond which ``share`` of the rows lie.

        Raises
        ------
        DataError
            If ``of`` names a column that the table does not have.
        """
        from custpred.outliers import _forest
        from custpred.outliers._fences import check_removal

        state = _forest.learn(self, X, seed)
        return check_removal(self.keep(X, state), y, task, state) if self.removes_rows() else state

    def columnwise(self, state: State) -> ColumnOperation:
        """Add the 0/1 column ``row is outlying``."""
        from custpred.outliers import _forest

        def flag(batch: ColumnBatch) -> None:
            for name in state["flag"]:
                batch.columns[name] = _forest.outlying(batch, state).astype(float)

        return flag

    def sql(self, state: State, rows: SqlRows) -> None:
        """Change nothing where rows were removed from training only; a flag has no formula."""
        if state["flag"]:
            super().sql(state, rows)

    def keep(self, X: pd.DataFrame, state: State) -> np.ndarray:
        """Return the mask of rows that are not outlying, shape (n_rows,)."""
        from custpred.columns.batch import ColumnBatch
        from custpred.outliers import _forest

        return ~_forest.outlying(ColumnBatch.of(X[state["names"]]), state)

    def lineage(self, state: State) -> dict[str, tuple[str, ...]]:
        """Return the columns from which the flag is computed."""
        return {flag: tuple(state["names"]) for flag in state["flag"]}

    def notes(self, state: State) -> list[Finding]:
        """Report how many rows were outlying, or why the search was skipped."""
        from custpred.outliers import _notes

        return _notes.isolated(self, state)
