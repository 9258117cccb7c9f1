"""Cumulative gains and lift: how many positives a list of the best-scored customers reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
from pydantic import Field

from custpred.errors import NotApplicable
from custpred.evaluate._applies import require
from custpred.evaluate._ranked import Ranking, band
from custpred.evaluate._rows import rows_of
from custpred.evaluate.base import Evaluate, Measure

if TYPE_CHECKING:
    from custpred.evaluate.base import Evidence
    from custpred.storage.plain import JSON


class Gains(Evaluate):
    """The share of all positives among the best-scored customers, and the lift over random ones.

    Rows, by size of the selection: ``share`` of customers, ``customers``, ``positives`` among them
    (regression: their total), ``rate``, ``reached`` (share of all positives), ``lift`` with ``low``
    and ``high``, and ``best``, the share that a perfect ranking would reach.  Facts: ``lift_at_1``,
    ``_5``, ``_10``, ``_20``, ``_30``, interval at 10.
    """

    counts: ClassVar[tuple[str, ...]] = ("positives",)

    parts: Annotated[int, Field(ge=10, le=500, description="Number of selection sizes shown.")] = 100

    def measure(self, evidence: Evidence) -> Measure:
        """Rank customers by score and count positives; equal scores share them evenly."""
        amount, score = self._held(evidence), self._score(evidence)
        n, total = len(amount), float(amount.sum())
        sizes = np.unique(np.maximum(np.round(n * np.arange(1, self.parts + 1) / self.parts), 1.0))
        share, ranking = sizes / n, Ranking(score, amount)
        held, best = ranking.held(sizes), Ranking(amount, amount).held(sizes) / total
        drawn = ranking.drawn(np.r_[sizes, n], evidence.seed)
        with np.errstate(divide="ignore", invalid="ignore"):
            low, high = band(drawn[:, :-1] / drawn[:, -1:] / share, held / total / share)
        parts = {"share": share, "customers": sizes.astype(int), "positives": held, "rate": held / sizes}
        rows = rows_of(
            **parts, reached=held / total, lift=held / total / share, low=np.maximum(low, 0.0), high=high, best=best
        )
        return Measure(self.kind(), rows, {"customers": n, "positives": total, "base": total / n} | self._facts(rows))

    @staticmethod
    def _held(evidence: Evidence) -> np.ndarray:
        """Return each customer's contribution to the total: 1 for a positive, or the amount."""
        require(evidence, "gains", "binary", "regression")
        truth: np.ndarray = evidence.predictions.truth
        if evidence.predictions.task.kind == "binary":
            return np.asarray(truth == 1, dtype=float)
        if not (truth.min() >= 0 and truth.sum() > 0):
            raise NotApplicable("gains need amounts that are not negative and not all zero.")
        return np.asarray(truth, dtype=float)

    @staticmethod
    def _score(evidence: Evidence) -> np.ndarray:
        return evidence.predictions.task.score(evidence.predictions.predicted)

    @staticmethod
    def _facts(rows: tuple[JSON, ...]) -> JSON:
        """Return the lift at the usual shares, each from the nearest row."""
        facts: JSON = {}
        for percent in (1, 5, 10, 20, 30):
            row = min(rows, key=lambda each: abs(each["share"] - percent / 100))
            facts |= {f"contacted_at_{percent}": row["customers"], f"reached_at_{percent}": row["reached"]}
            facts |= {f"lift_at_{percent}": row["lift"], f"best_at_{percent}": row["best"] / row["share"]}
            facts |= {f"lift_at_{percent}_low": row["low"], f"lift_at_{percent}_high": row["high"]}
        return facts
