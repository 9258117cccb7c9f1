"""Random rows, with the same class shares in every part."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from custpred.split.plain import Plain

if TYPE_CHECKING:
    from custpred.task import Task


class Stratified(Plain):
    """Rows drawn at random, with the same class shares or distribution of values in every part.

    Strata of values are ten quantile bins.

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

    even: ClassVar[bool] = True

    @classmethod
    def dealt(cls, task: Task) -> str:
        """Return how the test was chosen."""
        even = task.kind == "regression"
        return "at random, stratified by quantiles of the values" if even else "at random, with the same class shares"
