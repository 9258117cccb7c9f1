"""The three calibration maps as SQL expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.errors import NotApplicable
from custpred.sql.functions import curve, predictions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.sql.statement import Statement
    from custpred.storage.plain import State
    from custpred.task import Task

_LEAST = 1e-15


def mapped(made: Statement, raw: Sequence[str], state: State, task: Task) -> list[str]:
    """Return SQL expressions of the probabilities or values that a fitted map makes of raw scores.

    Raises
    ------
    NotApplicable
        For the map of a user-defined calibration.
    """
    kind = state.get("map")
    if kind == "identity":
        return predictions(made, raw, task.kind, task.floor)
    if kind == "line":
        shifts = state["shift"] if isinstance(state["shift"], list) else [state["shift"]]
        write = made.dialect.literal
        moved = [f"({write(state['slope'])} * {x} + {write(shift)})" for x, shift in zip(raw, shifts, strict=True)]
        return predictions(made, moved, task.kind, task.floor)
    if kind == "curves":
        return _climbed(made, raw, state, task)
    raise NotApplicable("this calibration has no formula")


def _climbed(made: Statement, raw: Sequence[str], state: State, task: Task) -> list[str]:
    """Return ``_stairs.climbed`` as SQL expressions."""
    write, curves = made.dialect.literal, state["curves"]
    plain = [made.name(each) for each in predictions(made, raw, task.kind, task.floor)]
    scores = list(raw) if task.kind == "binary" else [_logit(made, each) for each in plain]
    found = [made.name(curve(made, x, own["at"], own["share"])) for x, own in zip(scores, curves, strict=True)]
    chances = [f"({write(1)} - {found[0]})", found[0]] if task.kind == "binary" else found
    own = 1.0 / state["rows"]
    whole = made.name(made.total(chances))
    mixed = [
        made.name(f"{write(1.0 - own)} * {chance} / {whole} + {write(own)} * {share}")
        for chance, share in zip(chances, plain, strict=True)
    ]
    total = made.name(made.total(mixed))
    return [f"({each} / {total})" for each in mixed]


def _logit(made: Statement, chance: str) -> str:
    low, high = made.dialect.literal(_LEAST), made.dialect.literal(1 - _LEAST)
    kept = made.name(f"CASE WHEN {chance} < {low} THEN {low} WHEN {chance} > {high} THEN {high} ELSE {chance} END")
    return f"(LN({kept}) - LN({made.dialect.literal(1)} - {kept}))"
