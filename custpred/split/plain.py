"""Rows by chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from custpred.split.base import Folds, Split

if TYPE_CHECKING:
    import numpy as np

    from custpred.table import Table
    from custpred.task import Task


class Plain(Split):
    """Rows drawn by chance alone; rare classes may be missing from a part."""

    keep_together: bool = Field(True, description="Keep exact repeats of a row in the same part, so that none leaks.")

    def split(self, table: Table, truth: np.ndarray, task: Task, seed: int) -> Folds:
        """Divide the rows without regard to classes or values."""
        from custpred.split._deal import divide, rows_or_repeats

        unit = rows_or_repeats(table, truth, task, self.parts, keep_together=self.keep_together)
        return divide(unit, truth, task, (self.test, self.parts, seed), even=False)
