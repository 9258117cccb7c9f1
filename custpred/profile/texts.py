"""Free text: how long it is, how much of it is empty or repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field

from custpred.profile._bins import MIN_CELL
from custpred.profile._plain import capped, few, percent
from custpred.profile.base import Check, CheckResult
from custpred.table import Finding
from custpred.text import plain, plural

if TYPE_CHECKING:
    from custpred.storage.plain import JSON
    from custpred.table import Table
    from custpred.task import Task


class Texts(Check):
    """Columns of free text: words per text, empty texts, and repeated texts.

    Findings: ``P211`` (info) texts that repeat an earlier one, where they are 1 % of the rows or
    more; ``P212`` (warning) a tenth of the rows or more have no words.

    Facts: ``columns`` name -> {rows, empty, repeated, words: {mean, q50, q95, most}, histogram:
    [{low, high, rows, rate}]}; ``rate`` is the positive label's share or the mean, if there is one,
    and None in a bin of fewer than 10 rows; ``most`` is None unless 10 rows share it.
    """

    bins: Annotated[int, Field(ge=2, le=100, description="Number of bins of the length histogram.")] = 20

    def check(self, table: Table, truth: np.ndarray | None = None, task: Task | None = None) -> CheckResult:
        """Count words and repeats of each column of free text."""
        goal = truth if task is not None and task.kind != "multiclass" else None
        columns = {name: self._facts(table, name, goal) for name in table.of_kind("text")}
        findings = [finding for name, facts in columns.items() for finding in _findings(name, facts)]
        return CheckResult(capped(findings), {"columns": columns} if columns else {})

    def _facts(self, table: Table, name: str, goal: np.ndarray | None) -> JSON:
        texts = [" ".join(each.split()) if isinstance(each, str) else "" for each in table.frame[name].tolist()]
        words = np.array([text.count(" ") + 1 if text else 0 for text in texts], dtype=np.int64)
        filled = words[words > 0]
        distinct = len({text for text in texts if text})
        facts = {"rows": len(texts), "empty": len(texts) - len(filled), "repeated": len(filled) - distinct}
        if not len(filled):
            return facts | {"words": {}, "histogram": []}
        middle, long = (float(each) for each in np.quantile(filled, [0.5, 0.95]))
        most = int(filled.max())
        lengths: JSON = {"mean": float(filled.mean()), "q50": middle, "q95": long}
        lengths["most"] = most if (filled == most).sum() >= MIN_CELL else None
        return facts | {"words": lengths, "histogram": self._histogram(words, goal)}

    def _histogram(self, words: np.ndarray, goal: np.ndarray | None) -> list[JSON]:
        """Return bins of equal width up to the 99 % quantile; those of few rows have no rate."""
        top = max(int(np.quantile(words, 0.99)), 1)
        width = max(1, -(-(top + 1) // self.bins))
        place = np.minimum(words // width, top // width)
        rows = np.bincount(place, minlength=top // width + 1)
        sums = np.bincount(place, weights=goal, minlength=len(rows)) if goal is not None else None
        bins = []
        for i, count in enumerate(rows.tolist()):
            high = None if i == len(rows) - 1 else (i + 1) * width - 1
            rate = float(sums[i] / count) if sums is not None and count >= MIN_CELL else None
            bins.append({"low": i * width, "high": high, "rows": few(count, MIN_CELL), "rate": rate})
        return bins


def _findings(name: str, facts: JSON) -> list[Finding]:
    shown, rows, found = plain(name, 60), max(facts["rows"], 1), []
    if facts["repeated"] >= 0.01 * rows:
        text = f"{plural(facts['repeated'], 'text')} of {shown} repeat an earlier one."
        found.append(Finding("P211", "info", text, name, {"rows": facts["repeated"]}))
    if facts["empty"] >= 0.1 * rows:
        text = f"{percent(facts['empty'] / rows)} of customers have no word in {shown}."
        found.append(Finding("P212", "warning", text, name, {"share": facts["empty"] / rows}))
    return found
