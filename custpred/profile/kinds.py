"""What each column is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.profile._plain import capped
from custpred.profile.base import Check, CheckResult
from custpred.table import Finding
from custpred.text import plain

if TYPE_CHECKING:
    import numpy as np

    from custpred.table import Table
    from custpred.task import Task


class Kinds(Check):
    """How many columns there are of each kind, and which of them no model uses.

    Findings: ``P101`` (info) a column that only names customers and is not used; ``P102`` (info)
    free text, used only where a feature reads text.

    Facts: ``counts`` kind -> columns; ``columns`` name -> {kind, reason}.
    """

    def check(self, table: Table, truth: np.ndarray | None = None, task: Task | None = None) -> CheckResult:
        """Return the kinds that were inferred when the table was read."""
        findings = []
        for column in table.columns:
            shown = plain(column.name, 60)
            if column.kind == "id" and column.name != table.key:
                text = f"{shown} has nearly as many values as customers and is not used."
                findings.append(Finding("P101", "info", text, column.name))
            elif column.kind == "text":
                text = f"{shown} is free text; only a feature that reads text uses it."
                findings.append(Finding("P102", "info", text, column.name))
        kinds = [column.kind for column in table.columns]
        counts = {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)}
        columns = {column.name: {"kind": column.kind, "reason": column.reason} for column in table.columns}
        return CheckResult(capped(findings), {"counts": counts, "columns": columns})
