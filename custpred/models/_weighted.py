"""Shared by the models whose score is a weighted sum of scaled columns."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, NamedTuple

from pydantic import Field

from custpred.models._additive import Additive
from custpred.spec import Choices

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from custpred.models._columns import Columns
    from custpred.models._target import Link
    from custpred.sql.rows import SqlMatrix
    from custpred.storage.plain import State
    from custpred.task import Fit, Rows

Penalty = Annotated[
    Literal["l2", "l1", "elasticnet"],
    Field(description="Penalty: ridge (l2), lasso (l1), or half of each."),
    Choices("l2", "l1", "elasticnet"),
]
Shape = Annotated[
    Literal["none", "quantile"],
    Field(description="quantile: give skewed columns a normal shape first."),
    Choices("none", "quantile"),
]
L1_SHARE = {"l2": 0.0, "elasticnet": 0.5, "l1": 1.0}
"""The share of L1 in a penalty."""


def scaling(rows: Rows, transform: str) -> Columns:
    """Return the scaling of the columns, learned from training rows."""
    from custpred.models._columns import Columns

    return Columns.learn(rows.X, rows.weight, least_skew=0.5 if transform == "quantile" else None)


class Fitted(NamedTuple):
    """The scaling of columns, weights (p, 1) or (p, k), intercepts (1,) or (k,), and the link."""

    columns: Columns
    weights: np.ndarray
    start: np.ndarray
    link: Link | None = None


class Weighted(Additive):
    """A weighted sum of scaled columns."""

    plain: ClassVar[bool] = True
    cheap: ClassVar[bool] = True
    immediate: ClassVar[bool] = True

    def wants(self) -> frozenset[str]:
        """Also request 0/1 columns for codes with few levels, which one weight cannot separate."""
        return self.accepts | {"codes"}

    def score(self, fitted: Fitted, X: pd.DataFrame, fit: Fit) -> np.ndarray:
        """Return the weighted sums: logits, unnormalised class scores, or scores of the link."""
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
        """Return arrays and the link."""
        link = {"link": fitted.link.dump()} if fitted.link else {}
        return {**fitted.columns.dump(), "weights": fitted.weights, "start": fitted.start, **link}

    def unpack(self, packed: State, fit: Fit) -> Fitted:
        """Read the arrays back."""
        from custpred.models._columns import Columns
        from custpred.models._target import Link

        link = Link(**packed["link"]) if "link" in packed else None
        return Fitted(Columns.load(packed), packed["weights"], packed["start"], link)
