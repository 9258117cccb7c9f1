"""Missing values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from custpred.columns.sequence import is_step
from custpred.profile._compare import compare
from custpred.profile._own import without_own
from custpred.profile._plain import capped, number, percent
from custpred.profile._survey import survey
from custpred.profile.base import Check, CheckResult
from custpred.table import Finding
from custpred.text import plain

if TYPE_CHECKING:
    import numpy as np

    from custpred.table import Table
    from custpred.task import Task


class Missingness(Check):
    """How much is missing in each column, and whether being missing is related to the target.

    Findings: ``P111`` (warning) at least half of a column is missing; ``P112`` (info) customers
    with and without a value differ in the target, beyond chance (chi-squared or Welch's test,
    corrected for the number of columns) and by a noticeable amount.

    Facts: ``cells`` share of all cells; ``columns`` with missing values: name -> {missing, share,
    target_missing, target_present, p}; the targets are the positive share or the mean.

    >>> import pandas as pd
    >>> from custpred.table import Column, Table
    >>> frame = pd.DataFrame({"income": [None, None, None, 4.0]}, dtype=float)
    >>> result = Missingness().check(Table(frame, (Column("income", "number"),)))
    >>> [finding.text for finding in result.findings]
    ['income is missing for 75% of customers.']
    """

    most: Annotated[
        float, Field(gt=0, le=1, description="Share of missing values from which a column is reported.")
    ] = 0.5

    def check(self, table: Table, truth: np.ndarray | None = None, task: Task | None = None) -> CheckResult:
        """Count missing values and compare customers with and without them."""
        counts, rows = survey(table, truth, task).missing, max(len(table), 1)
        # padding of steps
        counts = {name: count for name, count in counts.items() if not is_step(name)}
        counted = {name: count for name, count in counts.items() if count and name != table.key}
        columns, findings = {}, []
        for name, count in counted.items():
            columns[name] = {"missing": count, "share": number(count / rows)}
            if task is not None and truth is not None and count < len(table):
                columns[name] |= self._by_target(table.frame[name].isna().to_numpy(), truth, task)
            findings += self._findings(name, count / rows, columns[name], len(counted))
        cells = sum(counted.values()) / (rows * max(len(counts), 1))
        return CheckResult(
            capped(without_own(findings, table)), {"cells": number(cells), "rows": len(table), "columns": columns}
        )

    def _by_target(self, missing: np.ndarray, truth: np.ndarray, task: Task) -> dict[str, float | None]:
        found = compare(missing, truth, task)
        named = {"target_missing": found.inside, "target_present": found.outside, "p": found.p, "effect": found.effect}
        return {key: number(value) for key, value in named.items()}

    def _findings(self, name: str, share: float, facts: dict[str, float | None], columns: int) -> list[Finding]:
        shown, findings = plain(name, 60), []
        numbers: dict[str, float | int | str] = {"share": share}
        if share >= self.most:
            text = f"{shown} is missing for {percent(share)} of customers."
            findings.append(Finding("P111", "warning", text, name, numbers))
        p, effect = facts.get("p"), facts.get("effect")
        if p is not None and effect is not None and p < 0.001 / columns and effect >= 0.1:
            text = f"Whether {shown} is missing is related to the target (p {p:.1g}): keep it as an indicator."
            findings.append(Finding("P112", "info", text, name, {**numbers, "p": p, "effect": effect}))
        return findings
