"""Train on the past, test on the latest rows."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, Annotated, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field

from custpred.errors import DataError
from custpred.split._usual import customers, usual
from custpred.split.base import Folds, Split
from custpred.text import Seconds  # noqa: TC001 -- pydantic reads it at run time

if TYPE_CHECKING:
    import numpy as np

    from custpred.table import Table
    from custpred.task import Task

_CUTOFF = "cutoff"
"""The column that targets from events add."""
_LATEST = "Latest share of rows for the final test, or {last: 2} for the last two points in time."


class Last(BaseModel):
    """The latest points in time, such as the last two cutoffs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    last: int = Field(ge=1, description="Number of distinct points in time.")


class Time(Split):
    """Trains on the past, tests on the latest rows; every fold is fitted on earlier rows.

    Rows of the same time stay together; rows without a time count as the earliest.

    >>> import numpy as np
    >>> import pandas as pd
    >>> from custpred.table import Column, Table
    >>> from custpred.task import Task
    >>> frame = pd.DataFrame({"month": np.arange(100.0) // 10})
    >>> table = Table(frame, tuple(Column(name, "number") for name in frame))
    >>> truth, task = np.arange(100) % 2, Task("binary", "left", ("no", "yes"))
    >>> folds = Time(test=0.2, folds=3, column="month").split(table, truth, task, 0)
    >>> bool(frame["month"].iloc[folds.train].max() < frame["month"].iloc[folds.test].min())
    True
    """

    by_time: ClassVar[bool] = True
    several: ClassVar[bool] = True

    test: Annotated[Annotated[float, Field(ge=0, lt=1)] | Last, Field(description=_LATEST)] = 0.2  # type: ignore[assignment]
    column: str | None = Field(
        None, description="Column with the time, never a feature; default: 'cutoff', or the only date column."
    )
    gap: Seconds | None = Field(
        None, description="Time before each held-out part that is left out of training, such as gap and horizon: 104d."
    )

    group: str | None = Field(
        None, description="Column of groups, such as customers, that folds hold out as a whole; folds then ignore time."
    )

    @classmethod
    def dealt(cls, task: Task) -> str:
        """Return how the test was chosen."""
        return "by time: trained on the past, tested on later rows"

    def columns(self) -> tuple[str, ...]:
        """Return the columns of times and groups."""
        return (self.column or _CUTOFF, *([self.group] if self.group else []))

    def of(self, table: Table) -> Self:
        """Return the split with its column named, so that it is no feature either way."""
        return self.with_(column=name) if (name := self._column(table)) != _CUTOFF else self

    def split(self, table: Table, truth: np.ndarray, task: Task, seed: int) -> Folds:
        """Split the rows in time, without randomness.

        Raises
        ------
        DataError
            CP2102 without the column, CP2208 if none is a time, CP2209 for too few times.
        """
        from custpred.split._moments import cut, divide, moments

        name = self._column(table)
        seconds = self.gap or 0.0
        share = self.test.last if isinstance(self.test, Last) else self.test
        when = moments(table.frame[name], name)
        if self.group is None:
            return divide(when, truth, task, (share, self.parts, seconds))
        train, test = cut(when, share, seconds)
        return Folds(train, test, self._groups(table, train, truth[train], task, seed))

    def of_all(self, table: Table, truth: np.ndarray, task: Task, seed: int) -> Folds:
        """Return folds over all rows that ignore time and hold out whole groups or customers."""
        split = customers(self.group, self.parts) if self.group else usual(table, self.parts, self.parts)[0]
        return split.of_all(table, truth, task, seed)

    def _groups(
        self, table: Table, train: np.ndarray, truth: np.ndarray, task: Task, seed: int
    ) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
        """Return folds of the training rows that hold out whole groups."""
        import numpy as np

        from custpred.split._deal import check, folds_of, groups

        DataError.require_columns([str(self.group)], table.frame)
        unit = groups(table.frame[self.group].iloc[train])
        check(unit, truth, task, what="group")
        return folds_of(unit, truth, task, self.parts, np.random.default_rng(seed))

    def _column(self, table: Table) -> str:
        dates = table.of_kind("date")
        if self.column is not None:
            DataError.require_columns([self.column], table.frame)
            return self.column
        if _CUTOFF in table.frame:
            return _CUTOFF
        if len(dates) == 1:
            return dates[0]
        raise DataError(
            f"Expected one column with a time to split by, found {len(dates)} date columns.",
            code="CP2208",
            found=f"{len(dates)} date columns",
            remedy="Name it in the recipe: split: {kind: time, column: ...}.",
        )
