"""``models: linear``."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, NamedTuple

from pydantic import Field

from custpred.models._additive import Turned
from custpred.spec import Choices, Range
from custpred.task import Suited

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from custpred.models._columns import Columns
    from custpred.models._target import Link
    from custpred.models.base import Model
    from custpred.sql.rows import SqlMatrix
    from custpred.storage.plain import State
    from custpred.task import Fit, Rows, Setting, Task, TaskKind


class Fitted(NamedTuple):
    """The scaling of the columns, weights (p, 1), intercept (1,), and the target's link."""

    columns: Columns
    weights: np.ndarray
    start: np.ndarray
    link: Link


class Linear(Turned):
    """Regularised linear regression; for skewed amounts of the logarithm, with an unbiased mean.

    >>> import numpy as np
    >>> import pandas as pd
    >>> from custpred.task import Fit, Rows, Task
    >>> X, fit = pd.DataFrame({"f": np.arange(20.0)}), Fit(Task("regression", "spend"))
    >>> fitted = Linear(alpha=1e-6).train(Rows(X, 3 * np.arange(20.0) + 1), None, fit)
    >>> Linear().raw(fitted, pd.DataFrame({"f": [100.0]}), fit).round(1).tolist()
    [58.0]
    """

    tasks: ClassVar[frozenset[TaskKind]] = frozenset({"regression"})
    plain: ClassVar[bool] = True
    cheap: ClassVar[bool] = True
    immediate: ClassVar[bool] = True

    alpha: Annotated[float, Field(gt=0), Range(1e-6, 1, log=True)] = Field(
        1e-3, description="Penalty per row: larger values shrink the weights more."
    )
    penalty: Annotated[
        Literal["l2", "l1", "elasticnet"],
        Field(description="Penalty: ridge (l2), lasso (l1), or half of each."),
        Choices("l2", "l1", "elasticnet"),
    ] = "l2"
    transform: Annotated[
        Literal["none", "quantile"],
        Field(description="quantile: give skewed columns a normal shape first."),
        Choices("none", "quantile"),
    ] = "none"

    def wants(self) -> frozenset[str]:
        """Also request 0/1 columns for codes with few levels, which one weight cannot separate."""
        return self.accepts | {"codes"}

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
            cls(alpha=alpha, transform="quantile"),
            cls(alpha=alpha, target="auto"),
            cls(alpha=10 * alpha, penalty="l1"),
        ]

    def train(self, rows: Rows, valid: Rows | None, fit: Fit) -> Fitted:
        """Fit ridge regression in closed form, L1 by coordinate descent."""
        import numpy as np

        from custpred.models._columns import Columns
        from custpred.models._linear import least_squares
        from custpred.models._target import Link

        link = self.link(rows, fit) or Link()
        columns = Columns.learn(rows.X, rows.weight, least_skew=0.5 if self.transform == "quantile" else None)
        ratio = {"l2": 0.0, "elasticnet": 0.5, "l1": 1.0}[self.penalty]
        values, truth = columns.apply(rows.X), link.inner(rows.y)
        found = least_squares(values, truth, rows.weight, (self.alpha, ratio), fit)
        fitted = Fitted(columns, found.coef_.reshape(-1, 1), np.atleast_1d(found.intercept_), link)
        return self.smeared(fitted, rows, fit)

    def score(self, fitted: Fitted, X: pd.DataFrame, fit: Fit) -> np.ndarray:
        """Return the score, which the link maps to a value."""
        score: np.ndarray = (fitted.columns.apply(X) @ fitted.weights + fitted.start)[:, 0]
        return score

    def parts(self, fitted: Fitted, X: pd.DataFrame, fit: Fit) -> np.ndarray:
        """Return the weights times the scaled distances from the mean."""
        from custpred.models._linear import linear_parts

        return linear_parts(fitted.columns.apply(X), fitted.weights, fitted.start)[:, :, 0]

    def score_sql(self, fitted: Fitted, X: SqlMatrix, fit: Fit, start: np.ndarray | None) -> list[str]:
        """Return the weighted sums of scaled columns."""
        from custpred.models._sql import linear_scores

        return linear_scores(fitted.columns, fitted.weights, fitted.start, X)

    def pack(self, fitted: Fitted) -> State:
        """Return arrays and the link."""
        own = {"weights": fitted.weights, "start": fitted.start, "link": fitted.link.dump()}
        return {**fitted.columns.dump(), **own}

    def unpack(self, packed: State, fit: Fit) -> Fitted:
        """Read the arrays back."""
        from custpred.models._columns import Columns
        from custpred.models._target import Link

        return Fitted(Columns.load(packed), packed["weights"], packed["start"], Link(**packed["link"]))
