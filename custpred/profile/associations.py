"""Associations with the target, and columns with the same information."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from custpred.profile._own import without_own
from custpred.profile._pairs import pairs
from custpred.profile._plain import capped, number
from custpred.profile._survey import survey
from custpred.profile.base import Check, CheckResult
from custpred.table import Finding
from custpred.text import plain

if TYPE_CHECKING:
    import numpy as np

    from custpred.table import Table
    from custpred.task import Task


class Associations(Check):
    """How strongly each column predicts the target, and which strong columns are associated.

    Strengths are between 0 and 1 and comparable across kinds of columns: cross-validated Gini for
    classes, correlation ratios of ranks for values (``_signal.py``), on 20,000 rows.

    Findings: ``P181`` (warning) no column is related to the target beyond chance; ``P182`` (info)
    two columns among the 30 strongest have nearly the same information.

    Facts: ``scale`` (gini | eta), ``sample`` rows, ``noise`` the strength by chance; strongest
    first ``strength`` name -> number and ``pairs`` list of {columns, strength}, at most 30.
    """

    same: Annotated[float, Field(gt=0, le=1, description="Strength from which two columns count as the same.")] = 0.98

    def check(self, table: Table, truth: np.ndarray | None = None, task: Task | None = None) -> CheckResult:
        """Compare every column with the target, and the strongest with each other."""
        found = survey(table, truth, task)
        strength, noise = found.strength, 2.0 * found.signal.error if found.signal else 0.0
        together = pairs(found, found.detail[:30])
        findings = []
        if strength and max(strength.values()) <= noise:
            texts = any(column.kind == "text" for column in table.columns)
            text = "No column alone is related to the target beyond chance."
            if texts:
                text = "No column but the free texts, which are not compared, is related to the target beyond chance."
            findings.append(Finding("P181", "warning", text, numbers={"strongest": max(strength.values())}))
        for one, other, value in together:
            if value >= self.same:
                text = f"{plain(one, 60)} and {plain(other, 60)} have nearly the same information ({value:.3f})."
                findings.append(Finding("P182", "info", text, one, {"other": other, "strength": value}))
        facts = {
            "scale": "eta" if task is not None and task.kind == "regression" else "gini",
            "sample": len(found.sample[0]),
            "noise": number(noise, 3),
            "strength": {name: number(value, 4) for name, value in strength.items()},
            "pairs": [{"columns": [one, other], "strength": number(value, 4)} for one, other, value in together[:30]],
        }
        return CheckResult(capped(without_own(findings, table)), facts)
