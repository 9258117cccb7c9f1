"""Groups of customers for whom the model does worse or better than for all."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from custpred.errors import NotApplicable
from custpred.evaluate._applies import asked
from custpred.evaluate.base import Evaluate, Measure

if TYPE_CHECKING:
    from custpred.evaluate.base import Evidence
    from custpred.storage.plain import JSON


class Segments(Evaluate):
    """The weakest and strongest levels and ranges of single columns, with a correction for chance.

    Rows: ``column``, ``segment``, ``customers``, ``score`` (the first metric) with ``low`` and ``high``, ``sure``
    (whether the interval leaves out the score of all), ``predicted`` and ``actual`` means, and for classes
    ``promised``, the score to expect there if the model's percentages were true, with ``fault`` (whether the interval
    leaves it out): customers who are alike are hard to rank even for a perfect model.  The intervals hold for all
    segments together (Bonferroni); where none is sure, the extremes are shown as not sure.
    Facts: ``overall``, ``looked``, ``sure_worse``, ``sure_better``, ``faults`` (worse than promised).
    """

    optional: ClassVar[bool] = True

    most: Annotated[int, Field(ge=1, le=50, description="Segments shown at either end.")] = 8
    columns: Annotated[int, Field(ge=1, le=2000, description="Columns looked at: those whose loss varies most.")] = 40
    least: Annotated[int, Field(ge=1, description="Customers in a segment at least; never below min_cell.")] = 30

    def measure(self, evidence: Evidence) -> Measure:
        """Score the first metric in every segment of at most 20,000 test customers."""
        from custpred.evaluate._parts import compared, sampled

        asked(evidence, "segments", "binary", "multiclass", "regression")
        small = sampled(evidence)
        least = max(self.least, evidence.min_cell)
        every, overall = compared(small, least, self.columns)
        if not every:
            raise NotApplicable(f"no group of {least} customers is smaller than the whole and can be scored.")
        higher = small.metrics[0].better == "higher"
        every.sort(key=lambda row: row["score"], reverse=not higher)
        worse = [row for row in every if (row["sure"] and (row["score"] < overall) == higher) or _broken(row, higher)]
        better = [row for row in every if row["sure"] and (row["score"] > overall) == higher]
        facts: JSON = {"overall": overall, "metric": small.metrics[0].name(), "looked": len(every)}
        facts |= {"sure_worse": len(worse), "sure_better": len(better), "rows": len(small.predictions)}
        facts["faults"] = sum(_broken(row, higher) for row in every)
        return Measure(self.kind(), _ends(every, worse, better, self.most), facts)


def _broken(row: JSON, higher: bool) -> bool:
    """Return whether a segment is surely worse than the model's own probabilities imply."""
    return bool(row.get("fault") and (row["score"] < row["promised"]) == higher)


def _ends(every: list[JSON], worse: list[JSON], better: list[JSON], most: int) -> tuple[JSON, ...]:
    """Return the sure ones at either end, or the extremes where no segment there is sure; the weakest first."""
    unsure = [row for row in every if not row["sure"]]
    weak = worse[:most] or unsure[:most]
    strong = better[-most:] or unsure[-most:]
    return (*weak, *(row for row in strong if row not in weak))
