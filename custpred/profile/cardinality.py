"""Levels of categories, and columns that name customers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field

from custpred.profile._bins import MIN_CELL
from custpred.profile._own import without_own
from custpred.profile._plain import capped, few, percent
from custpred.profile._survey import survey
from custpred.profile.base import Check, CheckResult
from custpred.table import Finding
from custpred.text import plain

if TYPE_CHECKING:
    import pandas as pd

    from custpred.storage.plain import JSON
    from custpred.table import Table
    from custpred.task import Task


class Cardinality(Check):
    """How many levels categories have, how many are rare, and which columns are ids in disguise.

    Findings: ``P141`` (info) more than 100 levels; ``P142`` (info) a tenth of the customers or more
    have levels with fewer than 10 rows; ``P143`` (warning) nearly every customer has a distinct
    value, or the numbers only count the rows.

    Facts: ``columns`` name -> {levels, rare_levels, rare_rows, id_like}: categories, and id-like
    numbers; of categories also ``count``, ``common`` and ``common_rows`` (of 10 rows or more).
    """

    many: Annotated[int, Field(ge=2, description="Number of levels above which a category is reported.")] = 100
    rare: Annotated[int, Field(ge=2, description="A level with fewer rows is rare.")] = 10

    def check(self, table: Table, truth: np.ndarray | None = None, task: Task | None = None) -> CheckResult:
        """Count levels with the survey's tables."""
        found = survey(table, truth, task)
        columns = {name: self._of_levels(counts) for name, counts in found.levels.items()}
        for name, facts in columns.items():
            facts |= _most_common(table.frame[name], found.levels[name])
        for name in found.of_kind("number", "code"):
            each = found.numbers[name]
            span = each.range[1] - each.range[0] + 1
            rows = each.rows - each.missing
            if rows >= 50 and each.distinct == rows and span <= 1.05 * rows and self._whole(found.values(name)):
                columns[name] = {"levels": each.distinct, "rare_levels": rows, "rare_rows": rows, "id_like": True}
        findings = [finding for name, facts in columns.items() for finding in self._findings(name, facts, len(table))]
        return CheckResult(capped(without_own(findings, table)), {"columns": columns})

    def _of_levels(self, counts: np.ndarray) -> JSON:
        rare = (counts > 0) & (counts < self.rare)
        levels, rows = int((counts > 0).sum()), int(counts.sum())
        id_like = rows >= 50 and levels >= 0.9 * rows
        return {
            "levels": levels,
            "rare_levels": int(rare.sum()),
            "rare_rows": few(int(counts[rare].sum()), MIN_CELL),
            "id_like": id_like,
        }

    @staticmethod
    def _whole(values: np.ndarray) -> bool:
        return bool((np.floor(values) == values)[~np.isnan(values)].all())

    def _findings(self, name: str, facts: JSON, rows: int) -> list[Finding]:
        shown, levels = plain(name, 60), int(facts["levels"])
        if facts["id_like"]:
            text = (
                f"{shown} has {levels:,} values in {rows:,} rows: it identifies customers rather than describes them."
            )
            return [Finding("P143", "warning", text, name, {"levels": levels})]
        findings = []
        if levels > self.many:
            text = f"{shown} has {levels:,} levels."
            findings.append(Finding("P141", "info", text, name, {"levels": levels}))
        share = facts["rare_rows"] / max(rows, 1)
        if share >= 0.1:
            text = f"{percent(share)} of customers have a level of {shown} with fewer than {self.rare} rows."
            findings.append(Finding("P142", "info", text, name, {"share": share, "levels": facts["rare_levels"]}))
        return findings


def _most_common(column: pd.Series, counts: np.ndarray) -> JSON:
    """Return the rows with a value, and the most common level unless few customers have it."""
    place = int(counts.argmax()) if len(counts) else 0
    own = {"count": int(counts.sum())}
    if not len(counts) or counts[place] < MIN_CELL:
        return own
    return {**own, "common": str(column.cat.categories[place]), "common_rows": int(counts[place])}
