"""Segments of customers for whom the model is worse or better than for all."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from custpred.errors import NotApplicable
from custpred.evaluate._applies import require
from custpred.evaluate.base import Evaluate, Measure

if TYPE_CHECKING:
    from custpred.evaluate.base import Evidence
    from custpred.storage.plain import JSON


class Segments(Evaluate):
    """The weakest and strongest segments, corrected for multiple comparisons.

    Segments are levels and ranges of single columns.  Rows: ``column``, ``segment``, ``customers``,
    ``score`` (the first metric) with ``low`` and ``high``, ``sure`` (whether the interval excludes
    the score of all), ``predicted`` and ``actual`` means, and for classes ``promised``, the
    expected score if the model's probabilities were true, with ``fault`` (whether the interval
    excludes it): similar customers are hard to rank even for a perfect model.  The intervals are
    simultaneous (Bonferroni).
    Facts: ``overall``, ``looked`` (segments scored), ``sure_worse``, ``sure_better``, ``faults``.
    """

    optional: ClassVar[bool] = True

    most: Annotated[int, Field(ge=1, le=50, description="Maximum number of segments shown at each end.")] = 8
    columns: Annotated[int, Field(ge=1, le=2000, description="Maximum of columns, by variation of the loss.")] = 40
    least: Annotated[int, Field(ge=1, description="Minimum customers in a segment, at least min_cell.")] = 30

    def measure(self, evidence: Evidence) -> Measure:
        """Score the first metric in every segment of at most 20,000 test customers."""
        from custpred.evaluate._segment_scores import compared, sampled

        require(evidence, "segments", "binary", "multiclass", "regression")
        small = sampled(evidence)
        least = max(self.least, evidence.min_cell)
        every, overall = compared(small, least, self.columns)
        if not every:
            raise NotApplicable(f"no segment of at least {least} customers can be scored.")
        higher = small.metrics[0].better == "higher"
        every.sort(key=lambda row: row["score"], reverse=not higher)
        worse = [row for row in every if (row["sure"] and (row["score"] < overall) == higher) or _broken(row, higher)]
        better = [row for row in every if row["sure"] and (row["score"] > overall) == higher]
        facts: JSON = {"overall": overall, "metric": small.metrics[0].name(), "looked": len(every)}
        facts |= {"sure_worse": len(worse), "sure_better": len(better), "rows": len(small.predictions)}
        facts["faults"] = sum(_broken(row, higher) for row in every)
        return Measure(self.kind(), _ends(every, worse, better, self.most), facts)


def _broken(row: JSON, higher: bool) -> bool:
    """Return whether a segment is significantly worse than the model's own probabilities imply."""
    return bool(row.get("fault") and (row["score"] < row["promised"]) == higher)


def _ends(every: list[JSON], worse: list[JSON], better: list[JSON], most: int) -> tuple[JSON, ...]:
    """Return the sure segments at each end, or else the extremes; the weakest first."""
    unsure = [row for row in every if not row["sure"]]
    weak = worse[:most] or unsure[:most]
    strong = better[-most:] or unsure[-most:]
    return (*weak, *(row for row in strong if row not in weak))
