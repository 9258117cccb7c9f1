"""Findings of outlier steps: counts and columns, never a value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.table import Finding
from custpred.text import listed, plain, plural

if TYPE_CHECKING:
    from custpred.outliers._fenced import Fenced
    from custpred.outliers.isolation import Isolation
    from custpred.step import State

VERBS = {"clip": "clipped", "flag": "flagged", "remove": "found"}


def fenced(spec: Fenced, state: State) -> list[Finding]:
    """Return one finding on values beyond the fences, and one on columns that were skipped."""
    beyond, found = state["beyond"], []
    if beyond:
        names = sorted(beyond, key=beyond.__getitem__, reverse=True)
        counts = listed((f"{plain(name, 40)} {beyond[name]:,}" for name in names), 8)
        text = f"{plural(sum(beyond.values()), 'outlying value')} {VERBS[spec.action]} in training: {counts}."
        numbers: dict[str, float | int | str] = {"values": sum(beyond.values()), "columns": len(beyond)}
        found.append(Finding("S201", "info", text, names[0] if len(names) == 1 else None, numbers))
    if spec.removes_rows():
        found += removal(state)
    return found + passed_over(state)


def passed_over(state: State) -> list[Finding]:
    """Report which columns were skipped, and why."""
    if not state["declined"]:
        return []
    reasons = listed((f"{plain(name, 40)} ({why})" for name, why in state["declined"].items()), 8)
    return [Finding("S202", "info", f"Skipped when looking for outlying values: {reasons}.")]


def removal(state: State) -> list[Finding]:
    """Report how many training rows were removed, or why none was."""
    numbers: dict[str, float | int | str] = {"removed": state["removed"], "rows": state["rows"]}
    if state["refused"]:
        return [Finding("S203", "warning", f"No outlying row was removed: {state['refused']}.", numbers=numbers)]
    if not state["removed"]:
        return []
    text = f"{plural(state['removed'], 'outlying training row')} of {state['rows']:,} removed."
    much = state["removed"] > 0.1 * state["rows"]
    return [Finding("S203", "warning" if much else "info", text, numbers=numbers)]


def isolated(spec: Isolation, state: State) -> list[Finding]:
    """Return one finding on outlying rows, or why none was looked for."""
    if not state["names"]:
        text = "No outlying rows were looked for: no column holds numbers that are not codes."
        return [Finding("S202", "info", text), *passed_over(state)]
    if spec.removes_rows():
        return removal(state) + passed_over(state)
    count, columns = state["outlying"], plural(len(state["names"]), "column")
    text = f"{plural(count, 'outlying row')} of {state['rows']:,} in training flagged, judged by {columns}."
    numbers: dict[str, float | int | str] = {"outlying": count, "rows": state["rows"]}
    return [Finding("S201", "info", text, numbers=numbers), *passed_over(state)]
