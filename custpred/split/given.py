"""Parts defined by a column."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING

from pydantic import Field

from custpred.errors import DataError
from custpred.split.base import Folds, Split
from custpred.text import plural

if TYPE_CHECKING:
    import numpy as np

    from custpred.table import Table
    from custpred.task import Task

_TRAIN, _TEST = {"train", "training"}, {"test", "testing", "holdout"}


class Given(Split):
    """A column holds 'train' or 'test'; folds are stratified within the training rows.

    >>> Given(column="part").columns()
    ('part',)
    """

    column: str = Field(description="Column whose values are 'train' and 'test', in any case.")
    keep_together: bool = Field(True, description="Keep exact repeats of a row in the same fold, to prevent leakage.")

    @classmethod
    def dealt(cls, task: Task) -> str:
        """Return how the test was chosen."""
        return "by a column of the data"

    def columns(self) -> tuple[str, ...]:
        """Return the column of parts."""
        return (self.column,)

    def split(self, table: Table, truth: np.ndarray, task: Task, seed: int) -> Folds:
        """Split the rows by the column; the share ``test`` is ignored.

        Raises
        ------
        DataError
            CP2102 without the column, CP2211 for other values, CP2205 and CP2210 for too few rows.
        """
        return self._folds(self._tested(table), table, truth, task, seed)

    def of_all(self, table: Table, truth: np.ndarray, task: Task, seed: int) -> Folds:
        """Return folds over all rows, ignoring the column."""
        import numpy as np

        return self._folds(np.zeros(len(table), dtype=bool), table, truth, task, seed)

    def _folds(self, tested: np.ndarray, table: Table, truth: np.ndarray, task: Task, seed: int) -> Folds:
        import numpy as np

        from custpred.split._deal import folds_of, rows_or_repeats

        train = np.flatnonzero(~tested)
        rest = table.take(train).drop(self.column)
        unit = rows_or_repeats(rest, truth[train], task, self.parts, keep_together=self.keep_together)
        held = folds_of(unit, truth[train], task, self.parts, np.random.default_rng(seed))
        return Folds(train, np.flatnonzero(tested), held)

    def _tested(self, table: Table) -> np.ndarray:
        import numpy as np

        DataError.require_columns([self.column], table.frame)
        given = table.frame[self.column].astype(object).map(lambda value: str(value).strip().casefold())
        tested = given.isin(_TEST).to_numpy(dtype=bool)
        neither = int((~tested & ~given.isin(_TRAIN).to_numpy(dtype=bool)).sum())
        if neither:
            others = plural(neither, "row")
            raise DataError(
                f"Expected 'train' or 'test' in every row of {self.column!r}, found others in {others}.",
                code="CP2211",
                column=self.column,
                found=f"{neither} other values",
                remedy="Write 'train' or 'test' there, or choose another split.",
            )
        return np.asarray(tested)
