"""Random rows, with the same class shares in every part."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from custpred.split.base import Folds, Split

if TYPE_CHECKING:
    import numpy as np

    from custpred.table import Table
    from custpred.task import Task


class Stratified(Split):
    """Rows drawn at random, with the same class shares or distribution of values in every part.

    >>> import numpy as np
    >>> import pandas as pd
    >>> from custpred.table import Column, Table
    >>> from custpred.task import Task
    >>> frame = pd.DataFrame({"income": np.arange(100.0)})
    >>> table = Table(frame, tuple(Column(name, "number") for name in frame))
    >>> truth, task = np.repeat([0, 1], [90, 10]), Task("binary", "left", ("no", "yes"))
    >>> folds = Stratified(test=0.2, folds=5).split(table, truth, task, 0)
    >>> held = [int(truth[folds.train[rows]].sum()) for _, rows in folds.held]
    >>> int(truth[folds.test].sum()), held
    (2, [2, 1, 2, 1, 2])
    """

    by_row: ClassVar[bool] = True

    keep_together: bool = Field(True, description="Keep exact repeats of a row in the same part, to prevent leakage.")

    @classmethod
    def dealt(cls, task: Task) -> str:
        """Return how the test was chosen."""
        even = task.kind == "regression"
        return "at random, stratified by quantiles of the values" if even else "at random, with the same class shares"

    def split(self, table: Table, truth: np.ndarray, task: Task, seed: int) -> Folds:
        """Split the rows, stratified by class or by ten quantile bins of values."""
        from custpred.split._deal import divide, rows_or_repeats

        unit = rows_or_repeats(table, truth, task, self.parts, keep_together=self.keep_together)
        return divide(unit, truth, task, (self.test, self.parts, seed), even=True)
