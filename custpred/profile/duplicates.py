"""Repeated rows, keys and columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.profile._hash import repeated
from custpred.profile._own import without_own
from custpred.profile._plain import capped, number
from custpred.profile.base import Check, CheckResult
from custpred.table import Finding
from custpred.text import plain, plural

if TYPE_CHECKING:
    import numpy as np

    from custpred.table import Severity, Table
    from custpred.task import Task


class Duplicates(Check):
    """Rows that repeat another, keys that occur more than once, columns that equal another.

    Findings: ``P121`` exact repeats of rows (ignoring the key), warning from 1 % of the rows, else
    info; ``P122`` (warning) keys with several rows, unless they are customers at several cutoffs;
    ``P123`` (info) a column with the same values as another.  If most rows repeat others, the table
    describes a few profiles, and repeats are only counted.

    Facts: ``rows`` repeats beyond the first of each; ``share``; ``keys`` rows beyond the first of
    each key; ``columns`` pairs of equal columns.

    >>> import pandas as pd
    >>> from custpred.table import Column, Table
    >>> frame = pd.DataFrame({"income": [1.0, 1.0, 2.0], "age": [30.0, 30.0, 40.0]})
    >>> columns = (Column("income", "number"), Column("age", "number"))
    >>> result = Duplicates().check(Table(frame, columns))
    >>> [finding.code for finding in result.findings]
    ['P121']
    """

    def check(self, table: Table, truth: np.ndarray | None = None, task: Task | None = None) -> CheckResult:
        """Compare rows and columns by their hashes; equal columns are compared value by value."""
        names = [name for name in table.names if name != table.key]
        repeats, pairs = repeated(table.frame, names)
        key = table.frame[table.key].dropna() if table.key in table.frame else None
        keys = 0 if key is None else int(key.duplicated().sum())
        share = repeats / max(len(table), 1)
        by_right = table.facts.get("events")  # customers with the same orders at two cutoffs
        findings = [] if by_right else [*self._of_rows(table.key, repeats, share), *self._of_keys(table, keys)]
        for name, other in pairs:
            text = f"{plain(name, 60)} has the same values as {plain(other, 60)}."
            findings.append(Finding("P123", "info", text, name, {"other": other}))
        same = [list(pair) for pair in pairs]
        return CheckResult(
            capped(without_own(findings, table)),
            {"rows": repeats, "share": number(share), "keys": keys, "columns": same},
        )

    def _of_rows(self, key: str | None, repeats: int, share: float) -> list[Finding]:
        if not repeats or share > 0.5:
            return []
        but = f"the key {plain(key, 60)} and the target" if key is not None else "the target"
        verb = "repeats" if repeats == 1 else "repeat"
        text = f"{plural(repeats, 'row')} {verb} an earlier row in every column but {but}."
        severity: Severity = "warning" if share >= 0.01 else "info"
        return [Finding("P121", severity, text, numbers={"rows": repeats, "share": share})]

    def _of_keys(self, table: Table, repeats: int) -> list[Finding]:
        key = table.key
        if key is None or not repeats:
            return []
        text = (
            f"{plural(repeats, 'row')} of customers that {plain(key, 60)} already names:"
            f" the same customer must not be in training and test (split: {{kind: group, column: {plain(key, 60)}}})."
        )
        return [Finding("P122", "warning", text, key, {"rows": repeats})]
