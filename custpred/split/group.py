"""Whole groups, such as households or contracts."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from custpred.errors import DataError
from custpred.split.base import Folds, Split

if TYPE_CHECKING:
    import numpy as np

    from custpred.table import Table
    from custpred.task import Task


class Group(Split):
    """Whole groups: no household or account is in two parts; rows without one are their own.

    >>> import numpy as np
    >>> import pandas as pd
    >>> from custpred.table import Column, Table
    >>> from custpred.task import Task
    >>> frame = pd.DataFrame({"household": np.arange(100.0) // 4})
    >>> table = Table(frame, tuple(Column(name, "number") for name in frame))
    >>> truth, task = np.arange(100) % 2, Task("binary", "left", ("no", "yes"))
    >>> folds = Group(test=0.2, folds=5, column="household").split(table, truth, task, 0)
    >>> set(frame["household"].iloc[folds.train]) & set(frame["household"].iloc[folds.test])
    set()
    """

    several: ClassVar[bool] = True

    column: str = Field(description="Column that names the group.")

    @classmethod
    def dealt(cls, task: Task) -> str:
        """Return how the test was chosen."""
        return "by group: no group is on both sides"

    def columns(self) -> tuple[str, ...]:
        """Return the column of groups."""
        return (self.column,)

    def split(self, table: Table, truth: np.ndarray, task: Task, seed: int) -> Folds:
        """Split the groups, as evenly in rows and classes as their sizes allow.

        Raises
        ------
        DataError
            CP2102 for a missing column, CP2205 and CP2210 for too few groups.
        """
        from custpred.split._deal import check, divide, groups

        DataError.require_columns([self.column], table.frame)
        unit = groups(table.frame[self.column])
        check(unit, truth, task, what="group")
        return divide(unit, truth, task, (self.test, self.parts, seed), even=True)
