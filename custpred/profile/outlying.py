"""Values far from the others."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from custpred.profile._bins import MIN_CELL
from custpred.profile._own import without_own
from custpred.profile._plain import capped, few, number, percent
from custpred.profile._survey import survey
from custpred.profile.base import Check, CheckResult
from custpred.table import Finding
from custpred.text import plain

if TYPE_CHECKING:
    import numpy as np

    from custpred.profile._numbers import Numbers
    from custpred.table import Table
    from custpred.task import Task

_MAX_SPANS = 3.0
"""Suspicious distance of large values, in logarithmic spans of the middle 90 %."""
_ROUNDING = 1e-12  # smaller relative differences are rounding errors of a computed column


class Outlying(Check):
    """Values outside Tukey's fences (1.5 ranges) and beyond three standard deviations.

    Findings: ``P161`` (info) a tenth of a column's values or more are outside; ``P162`` (warning) a
    value at 100 times the span of the middle 90 % or more from it, such as a code for 'unknown'.

    Facts: ``columns`` name -> {fences, sd, share, farthest}, if any: rows outside the fences and
    beyond three standard deviations (5 for 1 to 9), the share of the former, the largest distance.

    References
    ----------
    Tukey (1977), Exploratory data analysis, chapter 2.
    """

    share: Annotated[
        float, Field(gt=0, le=1, description="Share of outlying values from which a column is reported.")
    ] = 0.1
    far: Annotated[
        float, Field(gt=3, description="Distance, in spans of the middle 90 %, from which a value is suspicious.")
    ] = 100.0

    def check(self, table: Table, truth: np.ndarray | None = None, task: Task | None = None) -> CheckResult:
        """Take the counts from the survey's sorted columns."""
        found, columns, findings = survey(table, truth, task), {}, []
        for name in found.of_kind("number"):
            each = found.numbers[name]
            if each.beyond_fences or each.beyond_sd:
                rows, farthest = max(each.rows - each.missing, 1), self._farthest(each)
                fences, deviations = few(each.beyond_fences, MIN_CELL), few(each.beyond_sd, MIN_CELL)
                share, many = number(fences / rows), each.beyond_fences / rows >= self.share
                columns[name] = {"fences": fences, "sd": deviations, "share": share, "farthest": number(farthest, 3)}
                findings += self._findings(name, fences / rows if many else None, farthest)
        return CheckResult(capped(without_own(findings, table)), {"columns": columns})

    def _farthest(self, each: Numbers) -> float:
        """Return the farthest value's distance in spans of the middle 90 %; nan for no span.

        Amounts have heavy tails: values ordinary on a logarithmic scale are just below ``far``.
        """
        low, high = each.quantiles[1], each.quantiles[5]
        if not high - low > _ROUNDING * max(abs(low), abs(high)):
            return float("nan")
        least, most = each.range
        far = max(low - least, most - high) / (high - low)
        small = 0.01 * (high - low) - min(low, 0.0)
        bent = math.log((most + small) / (high + small)) / math.log((high + small) / (low + small))
        return far if low - least > most - high or bent >= _MAX_SPANS else min(far, 0.99 * self.far)

    def _findings(self, name: str, share: float | None, farthest: float) -> list[Finding]:
        shown, findings = plain(name, 60), []
        if farthest >= self.far:
            text = f"{shown} has a value {farthest:,.0f} times as far away as the middle 90% span: a code or an error?"
            findings.append(Finding("P162", "warning", text, name, {"farthest": farthest}))
        if share is not None:
            text = f"{percent(share)} of the values of {shown} are outside 1.5 interquartile ranges."
            findings.append(Finding("P161", "info", text, name, {"share": share}))
        return findings
