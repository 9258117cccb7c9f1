"""Whether the predicted probabilities come true."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field

from custpred.evaluate._applies import require
from custpred.evaluate._bins import equal_counts, reliability
from custpred.evaluate._rows import rows_of, wilson
from custpred.evaluate.base import Evaluate, Measure

if TYPE_CHECKING:
    from custpred.evaluate.base import Evidence
    from custpred.storage.plain import JSON


class Calibration(Evaluate):
    """How many customers with a predicted 30 % had the outcome, at each level.

    Several classes: of the most likely class.  Rows, groups of equal size from low to high:
    ``customers``, ``predicted``, ``actual`` with its Wilson interval ``low`` and ``high``.  Facts:
    ``ece`` with an interval, ``ece_by_chance`` (95 % quantile for perfect probabilities),
    ``brier``, ``brier_base``, and the mean prediction ``said``, outcome rate ``came`` and size
    ``n`` of the group nearest to 30 %.
    """

    bins: Annotated[int, Field(ge=2, le=100, description="Number of groups of customers.")] = 10

    def measure(self, evidence: Evidence) -> Measure:
        """Compare predicted probabilities with actual shares."""
        require(evidence, "percentages", "binary", "multiclass")
        prediction, outcome = self._pairs(evidence)
        group = equal_counts(prediction, self.bins, evidence.min_cell)
        counts, predicted, actual = reliability(group, prediction, outcome)
        low, high = wilson(actual * counts, counts)
        rows = rows_of(customers=counts, predicted=predicted, actual=actual, low=low, high=high)
        ece = float(counts @ abs(predicted - actual) / len(prediction))
        return Measure(
            self.kind(),
            rows,
            {"ece": ece} | self._spread(group, prediction, outcome, evidence) | _facts(evidence, rows),
        )

    @staticmethod
    def _pairs(evidence: Evidence) -> tuple[np.ndarray, np.ndarray]:
        predictions = evidence.predictions
        if predictions.task.kind == "binary":
            return predictions.positive, (predictions.truth == 1).astype(float)
        return predictions.predicted.max(axis=1), (predictions.predicted.argmax(axis=1) == predictions.truth).astype(
            float
        )

    @staticmethod
    def _spread(group: np.ndarray, prediction: np.ndarray, outcome: np.ndarray, evidence: Evidence) -> dict[str, float]:
        """Return the ECE's interval from redrawn outcomes, and the ECE expected by chance alone."""
        counts, predicted, actual = reliability(group, prediction, outcome)
        rng = np.random.default_rng(evidence.seed)
        again = rng.binomial(counts, np.clip(actual, 0, 1), size=(400, len(counts))) / counts
        chance = rng.binomial(counts, np.clip(predicted, 0, 1), size=(400, len(counts))) / counts
        drawn, perfect = (abs(each - predicted) @ counts / len(prediction) for each in (again, chance))
        ece = float(abs(actual - predicted) @ counts / len(prediction))
        low, high = ece - np.quantile(drawn - drawn.mean(), [0.975, 0.025])
        return {
            "ece_low": max(0.0, float(low)),
            "ece_high": float(high),
            "ece_by_chance": float(np.quantile(perfect, 0.95)),
        }


def _facts(evidence: Evidence, rows: tuple[JSON, ...]) -> JSON:
    """Return the Brier score, that of the class shares, and the group nearest to 30 %."""
    predictions = evidence.predictions
    truth = np.eye(predictions.predicted.shape[1])[predictions.truth.astype(int)]
    half = 0.5 if predictions.task.kind == "binary" else 1.0
    near = min(rows, key=lambda row: abs(row["predicted"] - 0.3))
    return {
        "brier": half * float(((predictions.predicted - truth) ** 2).sum(axis=1).mean()),
        "brier_base": half * float(((truth.mean(axis=0) - truth) ** 2).sum(axis=1).mean()),
        "said": near["predicted"],
        "came": near["actual"],
        "n": near["customers"],
    }
