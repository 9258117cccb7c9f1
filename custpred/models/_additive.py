"""Shared by models whose prediction is a link function of one additive score (per class)."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pydantic import Field

from custpred.models.base import Model

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd

    from custpred.models._target import Link
    from custpred.sql.rows import SqlMatrix
    from custpred.task import Fit, Rows


Some = TypeVar("Some")
"""A fitted object: a ``NamedTuple`` with a ``link``, None for classes, and ``others``."""


def halves(valid: Rows | None, fit: Fit) -> list[Rows]:
    """Return the two halves of the validation rows; empty if they are not halved."""
    return [] if valid is None or fit.half is None else [valid.take(fit.half), valid.take(~fit.half)]


def parts_of(valid: Rows | None, fit: Fit) -> list[Rows]:
    """Return the sets of validation rows for the loss: their halves, all of them, or none."""
    return halves(valid, fit) or ([] if valid is None else [valid])


class Additive(Model):
    """A model with a score (n,) or (n, k), and additive contributions (n, p + 1[, k]) to it."""

    def score(self, fitted: Any, X: pd.DataFrame, fit: Fit) -> np.ndarray:
        """Return logits, unnormalised class scores, or the score whose link gives a value."""
        raise NotImplementedError

    def parts(self, fitted: Any, X: pd.DataFrame, fit: Fit) -> np.ndarray:
        """Return additive contributions to ``score``; the last column is the start value."""
        raise NotImplementedError

    def raw(self, fitted: object, X: pd.DataFrame, fit: Fit) -> np.ndarray:
        """Return logits, log-probabilities or values."""
        return self.inverse_link(fitted, self.score(fitted, X, fit), fit)

    def inverse_link(self, fitted: Any, score: np.ndarray, fit: Fit) -> np.ndarray:
        """Apply the inverse link to a score: logits, log-probabilities or values."""
        from custpred.models._scores import log_softmax

        if fit.task.kind == "multiclass":
            return log_softmax(score)
        value: np.ndarray = fitted.link.value(score) if fitted.link else score
        return value

    def contributions(self, fitted: Any, X: pd.DataFrame, fit: Fit) -> np.ndarray:
        """Return contributions to the score, passed through the link to add up to ``raw``."""
        from custpred.models._scores import normalised

        parts = self.parts(fitted, X, fit)
        if fit.task.kind == "multiclass":
            return normalised(parts)
        carried: np.ndarray = fitted.link.parts(parts) if fitted.link else parts
        return carried

    def score_sql(self, fitted: Any, X: SqlMatrix, fit: Fit, start: np.ndarray | None) -> list[str]:
        """Return ``score`` as SQL expressions; ``start`` as for ``sql``."""
        return super().sql(fitted, X, fit, start)

    def sql(self, fitted: Any, X: SqlMatrix, fit: Fit, start: np.ndarray | None = None) -> list[str]:
        """Return the score, passed through the link, as SQL expressions."""
        from custpred.models._sql import value_of
        from custpred.sql.functions import log_softmax

        scores = self.score_sql(fitted, X, fit, start)
        if fit.task.kind == "multiclass":
            return log_softmax(X.statement, scores)
        return [value_of(fitted.link, scores[0], X)] if fitted.link else scores

    def stopped(self, made: Sequence[Some], rows: Rows, valid: Rows | None, fit: Fit) -> Some:
        """Return the fit stopped on all validation rows; its ``others`` stopped on each half.

        Each gets Duan's smearing factor from its validation rows, to which it was not fitted.
        """
        first, *others = [
            self.smeared(each, shown, fit)
            for each, shown in zip(made, [valid or rows, *halves(valid, fit)], strict=False)
        ]
        new: Some = first._replace(others=tuple(others))  # type: ignore[attr-defined]
        return new

    def smeared(self, fitted: Some, shown: Rows, fit: Fit) -> Some:
        """Return the fitted object with Duan's smearing factor, preferably from validation rows."""
        old: Any = fitted
        if old.link is None:
            return fitted
        new: Some = old._replace(link=old.link.smeared(shown.y, self.score(fitted, shown.X, fit), shown.weight))
        return new


class TransformedTarget(Additive):
    """Models that can learn the logarithm of an amount."""

    target: Literal["plain", "log", "auto"] = Field(
        "plain",
        description="Regression: learn the value, or its log1p with an unbiased mean; auto: by training skewness.",
    )

    @property
    def on_log(self) -> bool:
        """Return whether it learns the logarithm of an amount, whatever its skewness."""
        return self.target == "log"

    def link(self, rows: Rows, fit: Fit) -> Link | None:
        """Return the link of the score; None for classes."""
        from custpred.models._target import Link, transform_of

        regression = fit.task.kind == "regression"
        return Link.learn(rows.y, rows.weight, transform_of(rows.y, self.target)) if regression else None


class Boosted(TransformedTarget):
    """Boosters that can learn the median of a value instead of its mean."""

    objective: Literal["l2", "l1"] = Field(
        "l2", description="Loss of regression: l2 learns the mean, l1 the median, which minimises the absolute error."
    )

    def smeared(self, fitted: Some, shown: Rows, fit: Fit) -> Some:
        """Return the fit with an unbiased mean; the median of a logarithm is that of the value."""
        return fitted if self.objective == "l1" else super().smeared(fitted, shown, fit)
