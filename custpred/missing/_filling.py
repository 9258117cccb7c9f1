"""What all strategies share: learn what gaps become, mark where they were, say what was done."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from custpred.missing.base import Missing

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from custpred.step import State
    from custpred.table import Finding
    from custpred.task import Task


class Filling(Missing):
    """A strategy in two functions: ``fills`` learns what gaps become, ``filled`` gives the columns that change."""

    words: ClassVar[dict[str, str]] = {
        "category": "most frequent level",
        "date": "median date",
        "text": "empty text",
    }
    """What a gap of each kind of column becomes, for the report."""

    def fills(self, X: pd.DataFrame, names: list[str], seed: int) -> State:
        """Learn what gaps in the named columns become; ``X`` holds all columns of the training rows."""
        return {}

    def filled(self, X: pd.DataFrame, fill: State) -> dict[str, pd.Series]:
        """Return the columns that change, by name."""
        from custpred.missing._values import fill_values

        return fill_values(X, fill)

    def becomes(self, name: str, fill: State) -> str:
        """Say what a gap of one column becomes."""
        return next((word for kind, word in self.words.items() if name in fill.get(kind, ())), "left")

    def parts(self) -> tuple[Missing, ...]:
        """Return the steps to take, in order.

        Rows that a column's own strategy removes go first, then gaps are filled and columns dropped, and last go the
        rows that still have too many gaps.
        """
        from custpred.missing._parts import parts

        return parts(self)

    def learn(self, X: pd.DataFrame, y: np.ndarray | None, task: Task | None, seed: int) -> State:
        """Learn what gaps become, and which columns had any.

        Raises
        ------
        DataError
            If ``of`` or ``columns`` names a column that the table does not have.
        """
        from custpred.missing import _gaps

        return _gaps.learn(self, X, seed)

    def apply(self, X: pd.DataFrame, state: State) -> pd.DataFrame:
        """Return the frame with gaps met; a column without gaps is passed on as it is."""
        from custpred.missing import _gaps

        return _gaps.apply(self, X, state)

    def lineage(self, state: State) -> dict[str, tuple[str, ...]]:
        """Name the column behind each indicator."""
        return {mark: (name,) for mark, name in state["indicators"].items()}

    def notes(self, state: State) -> list[Finding]:
        """Name the columns that had gaps, how many, and what they became."""
        from custpred.missing import _gaps

        return _gaps.notes(self, state)
