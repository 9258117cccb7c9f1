"""Columns that do not vary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from custpred.profile._own import without_own
from custpred.profile._plain import capped, number, percent
from custpred.profile._survey import survey
from custpred.profile.base import Check, CheckResult
from custpred.table import Finding
from custpred.text import plain

if TYPE_CHECKING:
    import numpy as np

    from custpred.profile._survey import Survey
    from custpred.table import Table
    from custpred.task import Task


class Constants(Check):
    """Columns that are empty, constant or nearly constant.

    Findings: ``P131`` (info) a constant column; ``P132`` (info) a nearly constant column; ``P133``
    (info) an empty column.  Models do not use constant and empty columns.

    Facts: ``empty``, ``constant`` names; ``near`` name -> share of rows with the one value.

    >>> import pandas as pd
    >>> from custpred.table import Column, Table
    >>> frame = pd.DataFrame({"country": pd.Categorical(["KR"] * 999 + ["US"])})
    >>> result = Constants().check(Table(frame, (Column("country", "category"),)))
    >>> [finding.column for finding in result.findings]
    ['country']
    """

    share: Annotated[
        float, Field(gt=0.5, le=1, description="Share of one value above which a column is nearly constant.")
    ] = 0.995

    def check(self, table: Table, truth: np.ndarray | None = None, task: Task | None = None) -> CheckResult:
        """Find such columns by their kind and by the share of their most common value."""
        tops = self._tops(survey(table, truth, task))
        empty = [*table.of_kind("empty"), *(name for name, (_, levels) in tops.items() if levels == 0)]
        constant = [*table.of_kind("constant"), *(name for name, (_, levels) in tops.items() if levels == 1)]
        near = {name: top for name, (top, levels) in tops.items() if levels > 1 and top >= self.share}
        findings = [Finding("P133", "info", f"{plain(name, 60)} is empty and not used.", name) for name in empty]
        findings += [
            Finding("P131", "info", f"{plain(name, 60)} has one value everywhere and is not used.", name)
            for name in constant
        ]
        for name, top in near.items():
            text = f"{plain(name, 60)} has the same value for {percent(top)} of customers."
            findings.append(Finding("P132", "info", text, name, {"share": top}))
        shares = {name: number(top) for name, top in near.items()}
        return CheckResult(capped(without_own(findings, table)), {"empty": empty, "constant": constant, "near": shares})

    def _tops(self, found: Survey) -> dict[str, tuple[float, int]]:
        """Return columns' share of the most common value, and number of values (missing is one)."""
        rows, tops = max(len(found.table), 1), {}
        for name, each in found.numbers.items():
            tops[name] = (max(each.top[1], each.missing) / rows, each.distinct + (0 < each.missing < rows))
        for name, counts in found.levels.items():
            missing = found.missing[name]
            tops[name] = (max(counts.max(initial=0), missing) / rows, int((counts > 0).sum()) + (0 < missing < rows))
        return tops
