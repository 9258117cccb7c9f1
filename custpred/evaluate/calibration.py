"""Whether the predicted probabilities come true."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field

from custpred.evaluate._applies import require
from custpred.evaluate._bins import calibration_curve
from custpred.evaluate.base import Evaluate, Measure

if TYPE_CHECKING:
    from custpred.evaluate._bins import Reliability
    from custpred.evaluate.base import Evidence
    from custpred.storage.plain import JSON


class Calibration(Evaluate):
    """How many customers with a predicted 30 % had the outcome, at each level.

    Several classes: of the most likely class.  Means are weighted like the scores.  Rows, groups of
    equal size from low to high: ``customers``, ``predicted``, ``actual`` with its Wilson interval
    ``low`` and ``high``.  Facts: ``ece`` with an interval, ``ece_by_chance`` (95 % quantile for
    perfect probabilities), ``brier``, ``brier_base``, and the mean prediction ``said``, outcome
    rate ``came`` and size ``n`` of the group nearest to 30 %.
    """

    bins: Annotated[int, Field(ge=2, le=100, description="Number of groups of customers.")] = 10

    def measure(self, evidence: Evidence) -> Measure:
        """Compare predicted probabilities with actual shares."""
        require(evidence, "percentages", "binary", "multiclass")
        curve = calibration_curve(evidence.predictions, self.bins, evidence.min_cell)
        rows = curve.rows()
        return Measure(
            self.kind(), rows, {"ece": curve.ece} | self._spread(curve, evidence.seed) | _facts(evidence, rows)
        )

    @staticmethod
    def _spread(curve: Reliability, seed: int) -> dict[str, float]:
        """Return the ECE's interval from redrawn outcomes, and the ECE expected by chance alone."""
        predicted, ece = curve.predicted, curve.ece
        counts = np.maximum(np.rint(curve.effective).astype(int), 1)
        rng = np.random.default_rng(seed)
        again = rng.binomial(counts, np.clip(curve.actual, 0, 1), size=(400, len(counts))) / counts
        chance = rng.binomial(counts, np.clip(predicted, 0, 1), size=(400, len(counts))) / counts
        drawn, perfect = (abs(each - predicted) @ curve.share for each in (again, chance))
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
    half, weight = 0.5 if predictions.task.kind == "binary" else 1.0, predictions.weight
    base = np.average(truth, axis=0, weights=weight)
    near = min(rows, key=lambda row: abs(row["predicted"] - 0.3))
    return {
        "brier": half * float(np.average(((predictions.predicted - truth) ** 2).sum(axis=1), weights=weight)),
        "brier_base": half * float(np.average(((base - truth) ** 2).sum(axis=1), weights=weight)),
        "said": near["predicted"],
        "came": near["actual"],
        "n": near["customers"],
    }
