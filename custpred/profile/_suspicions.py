"""Reasons to suspect that a column leaks the outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from custpred.profile._after import names_target, suggests_contact_length, suggests_later_event
from custpred.profile._groups import Groups, MissingSignal, copies
from custpred.profile._own import gathered

if TYPE_CHECKING:
    from custpred.profile._survey import Survey
    from custpred.table import Severity
    from custpred.task import Task


class Suspicion(NamedTuple):
    """One reason; its text continues a sentence that starts with the column's name."""

    code: str
    severity: Severity
    text: str


class Limits(NamedTuple):
    """Strengths above which a column is nearly perfect, high, or far above ordinary ones."""

    near: float
    high: float
    ordinary: float
    some: float


_MIN_RATIO = 1.3
"""A column this many times stronger than the strongest ordinary column is far above the rest."""


def suspicions(found: Survey, task: Task, near: float) -> dict[str, list[Suspicion]]:
    """Return the suspected columns with their reasons, the most severe first."""
    limits = Limits(near, 0.97, 0.9, 0.15) if task.kind == "regression" else Limits(near, 0.9, 0.8, 0.1)
    rest = max((each for each in found.strength.values() if each < limits.ordinary), default=0.0)
    strongest = max(found.strength.values(), default=0.0)
    groups, suspects, own = Groups(found, task), {}, gathered(found.table)
    for name, strength in found.strength.items():
        missing_signal = MissingSignal(0.0, 0.0) if name in own else groups.missing_signal(name)
        reasons = _of_strength(found, name, limits, rest)
        if own and name not in own:  # constant between cutoffs: maybe written later
            reasons = [reason._replace(severity="alarm") for reason in reasons]
        reasons += _of_missing(missing_signal.gini, missing_signal.pure, limits)
        if not reasons and name not in own and groups.level(name) >= 0.25:
            reasons.append(Suspicion("P198", "warning", "has a value whose customers nearly all have the same outcome"))
        leads = strength >= max(0.5, 0.9 * strongest)
        reasons += _of_name(name, task.target, says=max(strength, missing_signal.gini) >= limits.some, leads=leads)
        if reasons:
            suspects[name] = sorted(reasons, key=lambda reason: reason.severity != "alarm")
    return suspects


def _of_strength(found: Survey, name: str, limits: Limits, rest: float) -> list[Suspicion]:
    strength = found.strength[name]
    if strength >= limits.near and copies(found, name):
        return [Suspicion("P192", "alarm", "is the target in another form")]
    if strength >= limits.near:
        return [Suspicion("P191", "alarm", f"alone predicts the target nearly perfectly ({strength:.3f})")]
    if strength >= limits.high or (strength >= limits.ordinary and strength >= _MIN_RATIO * rest):
        text = f"alone predicts the target suspiciously well ({strength:.2f}; ordinary columns at most {rest:.2f})"
        return [Suspicion("P195", "warning", text)]
    return []


def _of_missing(gini: float, pure: float, limits: Limits) -> list[Suspicion]:
    if gini >= min(limits.near, 0.98) or pure >= 0.9:
        return [Suspicion("P193", "alarm", "is missing or filled just as the outcome is")]
    if gini >= 0.5 or pure >= 0.25:
        return [Suspicion("P193", "warning", "reveals the outcome by whether it is missing")]
    return []


def _of_name(name: str, target: str, *, says: bool, leads: bool) -> list[Suspicion]:
    if says and names_target(name, target):
        return [Suspicion("P194", "warning", "is named after the target")]
    if says and suggests_later_event(name):
        return [Suspicion("P194", "warning", "is named after something that happens later")]
    if leads and suggests_contact_length(name):
        text = (
            "measures the contact itself, which is over when the outcome is known, and is among the strongest columns"
        )
        return [Suspicion("P194", "warning", text)]
    return []
