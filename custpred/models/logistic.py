"""``models: logistic``."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, NamedTuple

from pydantic import Field

from custpred.models._additive import Additive
from custpred.spec import Choices, Range
from custpred.task import Suited

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd

    from custpred.models._columns import Columns
    from custpred.models._parts import Parts
    from custpred.models.base import Model
    from custpred.sql.rows import SqlMatrix
    from custpred.storage.plain import State
    from custpred.task import Fit, Rows, Setting, Task, TaskKind


class Fitted(NamedTuple):
    """The scaling of the columns, weights (p, 1) or (p, k), and intercept (1,) or (k,)."""

    columns: Columns
    weights: np.ndarray
    start: np.ndarray
    link: None = None


class Logistic(Additive):
    """Logistic regression on scaled columns; simple, fast, and hard to beat on a few thousand rows.

    >>> Logistic(C=0.1).dump(), sorted(Logistic.space())
    ({'kind': 'logistic', 'C': 0.1}, ['C', 'penalty', 'transform'])
    """

    tasks: ClassVar[frozenset[TaskKind]] = frozenset({"binary", "multiclass"})
    plain: ClassVar[bool] = True
    cheap: ClassVar[bool] = True
    immediate: ClassVar[bool] = True

    C: Annotated[
        float,
        Field(gt=0, description="Inverse penalty: small values shrink the weights more."),
        Range(1e-3, 100, log=True),
    ] = 0.3
    penalty: Annotated[
        Literal["l2", "l1", "elasticnet"],
        Field(description="Penalty: ridge (l2), lasso (l1), or half of each."),
        Choices("l2", "l1", "elasticnet"),
    ] = "l2"
    transform: Annotated[
        Literal["none", "quantile"],
        Field(description="quantile: give skewed columns a normal shape first."),
        Choices("none", "quantile"),
    ] = "quantile"

    def wants(self) -> frozenset[str]:
        """Also request 0/1 columns for codes with few levels, which one weight cannot separate."""
        return self.accepts | {"codes"}

    @classmethod
    def suits(cls, setting: Setting) -> Suited | None:
        """Return its place in ``auto``: for classes only."""
        return None if setting.task.kind == "regression" else Suited(place=10)

    @classmethod
    def initial_configurations(cls, task: Task, rows: int, columns: int) -> list[Model]:
        """Return four configurations (one for many rows), more regularised for fewer rows."""
        freedom = 0.1 if rows < 50 * columns else 0.3
        if rows > 20_000:
            return [cls(C=freedom)]
        return [cls(C=freedom), cls(C=freedom / 10), cls(C=3.0, transform="none"), cls(C=freedom, penalty="l1")]

    def train(self, rows: Rows, valid: Rows | None, fit: Fit) -> Fitted:
        """Fit by Newton's method if columns are few, else by L-BFGS (L1: SAGA) in rounds."""
        import numpy as np

        from custpred.models._columns import Columns
        from custpred.models._linear import logistic
        from custpred.models._scores import shares_of

        columns = Columns.learn(rows.X, rows.weight, least_skew=0.5 if self.transform == "quantile" else None)
        known = np.unique(rows.y)
        classes = fit.task.classes
        start = np.log(shares_of(rows.y, rows.weight, classes))
        weights = np.zeros((rows.X.shape[1], classes))
        if len(known) > 1:
            ratio = {"l2": 0.0, "elasticnet": 0.5, "l1": 1.0}[self.penalty]
            found = logistic(columns.apply(rows.X), rows, self.C, ratio, fit)
            weights[:, known], start[known] = _of_each(found.coef_), _of_each(found.intercept_[:, None])[0]
        if fit.task.kind == "binary":
            weights, start = weights[:, 1:] - weights[:, :1], start[1:] - start[:1]
        return Fitted(columns, weights, start)

    def spreads(self, task: Task) -> bool:
        """Return whether Newton's method fits it: two classes and the ridge penalty."""
        return task.kind == "binary" and self.penalty == "l2"

    def fit_parts(self, fitted: Sequence[Fitted], parts: Parts, fit: Fit) -> Fitted:
        """Fit by Newton's method, adding up losses, gradients and Hessians of the parts."""
        from custpred.models._columns import Columns
        from custpred.models._newton_parts import two_classes

        least = 0.5 if self.transform == "quantile" else None
        columns = Columns.learn(parts.sample.X, parts.sample.weight, least_skew=least)
        found = two_classes(columns, parts, self.C)
        return Fitted(columns, found.coef_.T, found.intercept_)

    def score(self, fitted: Fitted, X: pd.DataFrame, fit: Fit) -> np.ndarray:
        """Return logits, or unnormalised class scores."""
        score: np.ndarray = fitted.columns.apply(X) @ fitted.weights + fitted.start
        return score if fit.task.kind == "multiclass" else score[:, 0]

    def parts(self, fitted: Fitted, X: pd.DataFrame, fit: Fit) -> np.ndarray:
        """Return the weights times the scaled distances from the mean."""
        from custpred.models._linear import linear_parts

        parts = linear_parts(fitted.columns.apply(X), fitted.weights, fitted.start)
        return parts if fit.task.kind == "multiclass" else parts[:, :, 0]

    def score_sql(self, fitted: Fitted, X: SqlMatrix, fit: Fit, start: np.ndarray | None) -> list[str]:
        """Return the weighted sums of scaled columns."""
        from custpred.models._sql import linear_scores

        return linear_scores(fitted.columns, fitted.weights, fitted.start, X)

    def pack(self, fitted: Fitted) -> State:
        """Return arrays."""
        return {**fitted.columns.dump(), "weights": fitted.weights, "start": fitted.start}

    def unpack(self, packed: State, fit: Fit) -> Fitted:
        """Read the arrays back."""
        from custpred.models._columns import Columns

        return Fitted(Columns.load(packed), packed["weights"], packed["start"])


def _of_each(found: np.ndarray) -> np.ndarray:
    """Return weights with one column per observed class; two classes share one logit."""
    import numpy as np

    columns = found.T
    return np.hstack([-columns / 2, columns / 2]) if columns.shape[1] == 1 else columns
