"""Whether the most valuable customers are those at risk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field

from custpred.errors import DataError, NotApplicable
from custpred.evaluate._applies import require
from custpred.evaluate._bins import equal_counts
from custpred.evaluate._rows import rows_of, wilson
from custpred.evaluate.base import Evaluate, Measure

if TYPE_CHECKING:
    from custpred.evaluate.base import Evidence


class ByValue(Evaluate):
    """Predicted and actual outcomes by decile of customer value, the highest first.

    Rows: ``tenth``, ``customers``, ``least`` (the lowest value in it), ``predicted``, ``actual``
    with its Wilson interval ``low`` and ``high``, ``worth`` (sum of the values), ``expected`` (sum
    of value times probability).  Facts: ``value`` and ``expected`` of all customers.
    """

    tenths: Annotated[int, Field(ge=2, le=50, description="Number of groups of customers.")] = 10

    def measure(self, evidence: Evidence) -> Measure:
        """Compare groups of equal size by value; customers with equal values stay together."""
        require(evidence, "customers by value", "binary")
        try:
            value = evidence.business.customer_values(evidence.table)
        except DataError:
            raise NotApplicable("the recipe has no customer value: add business: {value: ...}.") from None
        group = equal_counts(-value, self.tenths, evidence.min_cell)
        if group.max() == 0:
            raise NotApplicable("all customers have the same value.")
        chance, happened = evidence.predictions.positive, evidence.predictions.truth == 1
        counts = np.bincount(group)
        sums = {"predicted": chance, "actual": happened, "worth": value, "expected": value * chance}
        found = {name: np.bincount(group, weights=each.astype(float)) for name, each in sums.items()}
        low, high = wilson(found["actual"], counts)
        least = np.full(len(counts), np.inf)
        np.minimum.at(least, group, value)
        own = {"tenth": np.arange(1, len(counts) + 1), "customers": counts, "least": least}
        rates = {"predicted": found["predicted"] / counts, "actual": found["actual"] / counts, "low": low, "high": high}
        rows = rows_of(**own, **rates, worth=found["worth"], expected=found["expected"])
        facts = {"value": float(value.sum()), "expected": float((value * chance).sum())}
        return Measure(self.kind(), rows, facts)
