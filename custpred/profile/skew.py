"""Distributions, and the target along them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from custpred.profile._bins import MIN_CELL, draw
from custpred.profile._numbers import LEVELS
from custpred.profile._own import without_own
from custpred.profile._plain import capped, number
from custpred.profile._survey import survey
from custpred.profile.base import Check, CheckResult
from custpred.table import Finding
from custpred.text import plain

if TYPE_CHECKING:
    import numpy as np

    from custpred.profile._numbers import Numbers
    from custpred.table import Table
    from custpred.task import Task


class Skew(Check):
    """The distribution of every column, and histograms of the 60 strongest with the target.

    Findings: ``P151`` (info) a very skewed column of numbers.

    Facts: ``columns`` name -> {count, mean, sd, skew, kurtosis, quantiles, min, max} for numbers
    and codes; min and max are None unless 10 rows share them; ``detail`` name -> {kind, bins},
    where a bin is {low, high, rows, target} for numbers, {from, to, ...} with days for dates, or
    {level, ...} for categories and codes.  ``target`` is the positive share, the list of shares in
    the order of the labels (several classes) or the mean (regression), and None in a bin of fewer
    than 10 rows.  Smaller levels are one bin ``other``, missing values one bin ``missing``.  The
    outermost bins are open, so that no single customer's extreme value is shown.
    """

    limit: Annotated[float, Field(gt=0, description="Skewness from which a column is reported.")] = 10.0

    def check(self, table: Table, truth: np.ndarray | None = None, task: Task | None = None) -> CheckResult:
        """Describe all columns, with histograms of the strongest ones."""
        found = survey(table, truth, task)
        columns, findings = {}, []
        for name in found.of_kind("number", "code"):
            each = found.numbers[name]
            columns[name] = self._facts(each)
            if abs(each.skew) > self.limit:
                text = f"{plain(name, 60)} is very skewed (skewness {each.skew:.1f}): a few customers have nearly all."
                findings.append(Finding("P151", "info", text, name, {"skew": each.skew}))
        detail = {name: draw(found, name) for name in found.detail}
        return CheckResult(capped(without_own(findings, table)), {"columns": columns, "detail": detail})

    def _facts(self, each: Numbers) -> dict[str, object]:
        quantiles = {f"{100 * level:g}": number(at) for level, at in zip(LEVELS, each.quantiles, strict=True)}
        moments = {"mean": each.mean, "sd": each.sd, "skew": each.skew, "kurtosis": each.kurtosis}
        least, most = (number(at) if rows >= MIN_CELL else None for at, rows in zip(each.range, each.ends, strict=True))
        own = {"count": each.rows - each.missing, **{key: number(value) for key, value in moments.items()}}
        return {**own, "quantiles": quantiles, "min": least, "max": most}
