"""Columns that leak the outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from custpred.profile._order import order_strengths
from custpred.profile._own import has_order
from custpred.profile._plain import capped, number
from custpred.profile._survey import survey
from custpred.profile._suspicions import suspicions
from custpred.profile.base import Check, CheckResult
from custpred.table import Finding
from custpred.text import plain

if TYPE_CHECKING:
    import numpy as np

    from custpred.profile._survey import Survey
    from custpred.profile._suspicions import Suspicion
    from custpred.table import Severity, Table
    from custpred.task import Task

_ORDER, _SELDOM = 0.3, 3.3
"""Strength from which the order of rows or of ids yields a warning, and its minimum in standard
errors: with few rows a random order is often that strong."""


class Leakage(Check):
    """Columns that may be known only after the outcome, or are the outcome in another form.

    Every suspect is one finding with the code of its most severe reason; an alarm is nearly
    certain, a warning should be checked.

    Findings: ``P191`` (alarm) one column alone predicts nearly perfectly; ``P192`` (alarm) the
    target in another form; ``P193`` (alarm or warning) being missing reveals the outcome; ``P194``
    (warning) a name of something that happens afterwards, in a related column; ``P195`` (warning)
    one column predicts far better than the rest; ``P196`` (warning) the order of ids, and ``P197``
    (warning) the order of rows, is related to the target; ``P198`` (warning) a level or value whose
    customers nearly all have the outcome.  With events, gathered columns have missing values and
    zeros by design (no ``P193``, ``P198``), the order is skipped, and a static column that predicts
    far better than the rest is an alarm: it was written afterwards.

    Facts: ``suspects`` list of {column, severity, codes, strength}, most severe first;
    ``row_order`` strength; ``ids`` name -> strength of its order; ``sample`` rows.
    """

    gini: Annotated[
        float, Field(gt=0.5, lt=1, description="Gini (2 AUC - 1) from which one column is nearly perfect.")
    ] = 0.98
    eta: Annotated[
        float, Field(gt=0.5, lt=1, description="Correlation ratio from which one column is nearly perfect.")
    ] = 0.995

    def check(self, table: Table, truth: np.ndarray | None = None, task: Task | None = None) -> CheckResult:
        """Check every column by itself; no findings without a target."""
        found = survey(table, truth, task)
        if found.signal is None or task is None:
            return CheckResult(facts={"reason": "There is no target."})
        near = self.eta if task.kind == "regression" else self.gini
        suspects = sorted(suspicions(found, task, near).items(), key=lambda pair: _gravity(pair[1]))
        row_order, ids = order_strengths(found)
        findings = [self._finding(name, reasons, found) for name, reasons in suspects]
        least = max(_ORDER, _SELDOM * found.signal.error)
        order = [] if table.facts.get("events") else self._of_order(table, row_order, ids, least)
        facts = {
            "suspects": [self._facts(name, reasons, found) for name, reasons in suspects],
            "row_order": number(row_order, 4),
            "ids": {name: number(value, 4) for name, value in ids.items()},
            "sample": len(found.sample[0]),
        }
        return CheckResult(capped([*findings, *order], 40), facts)

    def _finding(self, name: str, reasons: list[Suspicion], found: Survey) -> Finding:
        grave = min(reasons, key=lambda reason: reason.severity != "alarm")
        why = ", and ".join(reason.text for reason in reasons)
        text = f"{plain(name, 60)} {why}. If it is not known yet when predicting, leave it out (customers: drop)."
        numbers: dict[str, float | int | str] = {"strength": round(found.strength.get(name, 0.0), 4)}
        return Finding(grave.code, grave.severity, text, name, numbers)

    def _facts(self, name: str, reasons: list[Suspicion], found: Survey) -> dict[str, object]:
        severity: Severity = "alarm" if any(reason.severity == "alarm" for reason in reasons) else "warning"
        codes = [reason.code for reason in reasons]
        return {
            "column": name,
            "severity": severity,
            "codes": codes,
            "strength": round(found.strength.get(name, 0.0), 4),
        }

    def _of_order(self, table: Table, row_order: float, ids: dict[str, float], least: float) -> list[Finding]:
        findings = []
        for name, value in ids.items():
            if value >= least:
                text = f"The order of {plain(name, 60)} is related to the target ({value:.2f}): are ids set by outcome?"
                findings.append(Finding("P196", "warning", text, name, {"strength": value}))
        if row_order >= least and has_order(table):
            text = (
                f"The order of rows is related to the target ({row_order:.2f}): if rows are in the order of time,"
                " split by time."
            )
            findings.append(Finding("P197", "warning", text, numbers={"strength": row_order}))
        return findings


def _gravity(reasons: list[Suspicion]) -> tuple[bool, int]:
    return all(reason.severity != "alarm" for reason in reasons), -len(reasons)
