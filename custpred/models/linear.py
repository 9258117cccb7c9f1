"""``models: linear``."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from custpred.models._additive import TransformedTarget
from custpred.models._weighted import L1_SHARE, Fitted, Penalty, Shape, Weighted, scaling
from custpred.spec import Range
from custpred.task import Suited

if TYPE_CHECKING:
    from custpred.models.base import Model
    from custpred.task import Fit, Rows, Setting, Task, TaskKind


class Linear(Weighted, TransformedTarget):
    """Regularised linear regression; for skewed amounts of the logarithm, with an unbiased mean.

    >>> import numpy as np
    >>> import pandas as pd
    >>> from custpred.task import Fit, Rows, Task
    >>> X, fit = pd.DataFrame({"f": np.arange(20.0)}), Fit(Task("regression", "spend"))
    >>> fitted = Linear(alpha=1e-6).train(Rows(X, 3 * np.arange(20.0) + 1), None, fit)
    >>> Linear().raw(fitted, pd.DataFrame({"f": [100.0]}), fit).round(1).tolist()
    [58.0]
    """

    synonyms = ("linear_regression", "linearregression", "ridge", "lasso")
    tasks: ClassVar[frozenset[TaskKind]] = frozenset({"regression"})

    alpha: Annotated[float, Field(gt=0), Range(1e-6, 1, log=True)] = Field(
        1e-3, description="Penalty per row: larger values shrink the weights more."
    )
    penalty: Penalty = "l2"
    transform: Shape = "none"

    @classmethod
    def suits(cls, setting: Setting) -> Suited | None:
        """Return its place in ``auto``: for values only."""
        return Suited(place=10) if setting.task.kind == "regression" else None

    @classmethod
    def initial_configurations(cls, task: Task, rows: int, columns: int) -> list[Model]:
        """Return four configurations, with more regularisation for fewer rows per column."""
        alpha = 0.01 if rows < 50 * columns else 1e-3
        return [
            cls(alpha=alpha),
            cls(alpha=alpha, target="auto"),
            cls(alpha=alpha, transform="quantile"),
            cls(alpha=10 * alpha, penalty="l1"),
        ]

    def train(self, rows: Rows, valid: Rows | None, fit: Fit) -> Fitted:
        """Fit ridge regression in closed form, L1 by coordinate descent."""
        import numpy as np

        from custpred.models._linear import least_squares
        from custpred.models._target import Link

        link = self.link(rows, fit) or Link()
        columns = scaling(rows, self.transform)
        values, truth = columns.apply(rows.X), link.inner(rows.y)
        found = least_squares(values, truth, rows.weight, (self.alpha, L1_SHARE[self.penalty]), fit)
        fitted = Fitted(columns, found.coef_.reshape(-1, 1), np.atleast_1d(found.intercept_), link)
        return self.smeared(fitted, rows, fit)
