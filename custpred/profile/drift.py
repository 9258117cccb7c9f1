"""Whether late customers differ from early ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from custpred.profile._plain import capped, number
from custpred.profile._stability import MIN_ROWS, clocks, halves, stability
from custpred.profile._survey import survey
from custpred.profile.base import Check, CheckResult
from custpred.table import Finding
from custpred.text import plain

if TYPE_CHECKING:
    import numpy as np

    from custpred.table import Table
    from custpred.task import Task


class Drift(Check):
    """How far the later half of the customers differs from the earlier half, column by column.

    Early and late rows are separated by the first date column that is not the start of a customer's
    history (joined, born); without one by the order of rows, unless they are sorted by key or id.
    Columns that measure time are skipped.

    Findings: ``P201`` (warning) a population stability index above 0.25, and above what chance
    explains in all but one of a thousand columns; ``P202`` (info) above 0.1.

    Facts: ``by`` (a column, or ``row order``), ``sample`` rows, ``noise`` the mean of the index by
    chance, ``psi`` name -> number, greatest first, ``verdict`` green | amber | red.

    References
    ----------
    Siddiqi (2006), Credit risk scorecards, chapter 10; thresholds 0.1 and 0.25.
    Yurdakul (2018), Statistical properties of population stability index, section 3: its
    distribution.
    """

    amber: Annotated[float, Field(gt=0, description="Index from which a column has shifted.")] = 0.1
    red: Annotated[float, Field(gt=0, description="Index from which a column has shifted strongly.")] = 0.25

    def check(self, table: Table, truth: np.ndarray | None = None, task: Task | None = None) -> CheckResult:
        """Compare the halves on at most 20,000 rows, with at most ten bins per column."""
        found = survey(table, truth, task)
        by, late = halves(found)
        if late is None:
            few = len(found.sample[0]) < MIN_ROWS
            why = (
                "There are too few rows to compare." if few else "There is no date, and the rows are not in time order."
            )
            return CheckResult(facts={"reason": why})
        passed = {*found.of_kind("date"), *clocks(found, by)}
        names = [column.name for column in found.columns if column.name not in passed]
        each = {name: stability(found.codes(name)[: len(late)], late) for name in names}
        each = dict(sorted(each.items(), key=lambda pair: -pair[1].psi))
        moved = {name: own for name, own in each.items() if own.psi > max(self.amber, own.limit)}
        findings = [self._finding(name, by, own.psi, own.noise) for name, own in moved.items()]
        worst = {finding.severity for finding in findings}
        facts = {
            "by": by,
            "sample": len(late),
            "noise": number(max((own.noise for own in each.values()), default=0.0), 3),
            "psi": {name: number(own.psi, 4) for name, own in each.items()},
            "verdict": "red" if "warning" in worst else "amber" if worst else "green",
        }
        return CheckResult(capped(findings), facts)

    def _finding(self, name: str, by: str, psi: float, noise: float) -> Finding:
        code, severity, much = ("P201", "warning", "far") if psi > self.red else ("P202", "info", "somewhat")
        order = "the second half of the rows" if by == "row order" else f"the later half by {plain(by, 60)}"
        text = f"{plain(name, 60)} is {much} different in {order} (stability index {psi:.2f})."
        return Finding(code, severity, text, name, {"psi": psi, "noise": noise})  # type: ignore[arg-type]
