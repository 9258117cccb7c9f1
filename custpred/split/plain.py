"""Random rows."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from custpred.split.base import Folds, Split

if TYPE_CHECKING:
    import numpy as np

    from custpred.table import Table
    from custpred.task import Task


class Plain(Split):
    """Rows drawn at random; rare classes may be missing from a part.

    >>> import numpy as np
    >>> import pandas as pd
    >>> from custpred.table import Column, Table
    >>> from custpred.task import Task
    >>> frame = pd.DataFrame({"income": np.arange(100.0)})
    >>> table = Table(frame, tuple(Column(name, "number") for name in frame))
    >>> truth, task = np.arange(100) % 2, Task("binary", "left", ("no", "yes"))
    >>> folds = Plain(test=0.2, folds=5).split(table, truth, task, 0)
    >>> len(folds.train), len(folds.test), len(folds.held)
    (80, 20, 5)
    """

    by_row: ClassVar[bool] = True
    even: ClassVar[bool] = False
    """Whether parts get the same class shares or distribution of values."""

    keep_together: bool = Field(True, description="Keep exact repeats of a row in the same part, to prevent leakage.")

    @classmethod
    def dealt(cls, task: Task) -> str:
        """Return how the test was chosen."""
        return "at random"

    def split(self, table: Table, truth: np.ndarray, task: Task, seed: int) -> Folds:
        """Split the rows."""
        from custpred.split._deal import divide, rows_or_repeats

        unit = rows_or_repeats(table, truth, task, self.parts, keep_together=self.keep_together)
        return divide(unit, truth, task, (self.test, self.parts, seed), even=self.even)
