"""Predicted and actual values by decile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field

from custpred.evaluate._applies import require
from custpred.evaluate._bins import equal_counts, reliability
from custpred.evaluate._rows import Z, rows_of, wilson
from custpred.evaluate.base import Evaluate, Measure

if TYPE_CHECKING:
    from custpred.evaluate.base import Evidence


class Deciles(Evaluate):
    """Predicted and actual values for each decile of customers by score.

    Rows: ``decile`` (1: highest scores; regression: lowest), ``customers``, ``predicted``,
    ``actual`` with ``low`` and ``high`` (Wilson; amounts: normal), ``bias`` = predicted - actual.
    Means are weighted like the scores.
    """

    tenths: Annotated[int, Field(ge=2, le=50, description="Number of groups of customers.")] = 10

    def measure(self, evidence: Evidence) -> Measure:
        """Compare means by group; equal scores stay together, so ties may leave fewer groups."""
        require(evidence, "deciles", "binary", "regression")
        predictions, binary = evidence.predictions, evidence.predictions.task.kind == "binary"
        prediction = predictions.task.score(predictions.predicted)
        outcome = (predictions.truth == 1).astype(float) if binary else predictions.truth.astype(float)
        weight = predictions.weight
        group = equal_counts(-prediction if binary else prediction, self.tenths, evidence.min_cell)
        curve = reliability(group, prediction, outcome, weight)
        counts, predicted, actual = curve.counts, curve.predicted, curve.actual
        own = np.ones(len(group)) if weight is None else weight
        variance = np.bincount(group, own * (outcome - actual[group]) ** 2) / np.bincount(group, own)
        half = Z * np.sqrt(variance / np.maximum(curve.effective - 1, 1))
        low, high = wilson(actual * curve.effective, curve.effective) if binary else (actual - half, actual + half)
        named = {"decile": np.arange(1, len(counts) + 1), "customers": counts}
        rows = rows_of(**named, predicted=predicted, actual=actual, low=low, high=high, bias=predicted - actual)
        worst = max(rows, key=lambda row: abs(row["bias"]))
        return Measure(self.kind(), rows, {"worst": worst["decile"], "worst_bias": worst["bias"]})
