"""Numeric functions of every engine: overflow-safe exponentials, link functions, curves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from custpred.sql.operators import Curves

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.sql.statement import Statement

_FAR = 700.0
"""exp of larger numbers is infinite, which some engines refuse; of smaller ones 0."""


def exponential(made: Statement, x: str) -> str:
    """Return ``exp(x)`` with ``x`` clipped to -700 and 700."""
    write, x = made.dialect, made.name(x)
    low, high = write.literal(-_FAR), write.literal(_FAR)
    return f"EXP(CASE WHEN {x} < {low} THEN {low} WHEN {x} > {high} THEN {high} ELSE {x} END)"


def expit(made: Statement, x: str) -> str:
    """Return ``1 / (1 + exp(-x))``."""
    one = made.dialect.literal(1)
    return f"({one} / ({one} + {exponential(made, f'-({x})')}))"


def softmax(made: Statement, scores: Sequence[str]) -> list[str]:
    """Return ``exp(scores)`` divided by their sum."""
    odds, _ = _odds(made, scores)
    total = made.name(made.total(odds))
    return [f"({each} / {total})" for each in odds]


def log_softmax(made: Statement, scores: Sequence[str]) -> list[str]:
    """Return scores minus the logarithm of the sum of their exponentials."""
    odds, top = _odds(made, scores)
    total = made.name(f"({top} + LN({made.total(odds)}))")
    return [f"({made.name(each)} - {total})" for each in scores]


def _odds(made: Statement, scores: Sequence[str]) -> tuple[list[str], str]:
    named = [made.name(each) for each in scores]
    top = made.name(f"GREATEST({', '.join(named)})")
    return [made.name(exponential(made, f"{each} - {top}")) for each in named], top


def curve(made: Statement, x: str, at: Sequence[float], heights: Sequence[float]) -> str:
    """Return linear interpolation between points, constant beyond both ends, as ``numpy.interp``.

    >>> from custpred.sql.dialect import DIALECTS
    >>> from custpred.sql.statement import Statement
    >>> made = Statement(DIALECTS["duckdb"])
    >>> curve(made, made.name("x"), [0, 2], [1, 5])
    'CASE WHEN cp_1 <= 0.0e0 THEN 1.0e0 WHEN cp_1 >= 2.0e0 THEN 5.0e0 ELSE ...
    """
    found = made.operator(Curves([np.asarray(at)], [np.asarray(heights)]), [x])
    if found is not None:
        return found[0]
    x, write = made.name(x), made.dialect.literal
    points = list(zip(map(float, at), map(float, heights), strict=True))
    last = {place: number for number, (place, _) in enumerate(points)}
    points = [points[number] for number in sorted(last.values())]

    def between(low: int, high: int) -> str:
        """Return the linear interpolation between two points."""
        if high - low == 1:
            (a, left), (b, right) = points[low], points[high]
            return f"({write((right - left) / (b - a))} * ({x} - {write(a)}) + {write(left)})"
        middle = (low + high) // 2
        return (
            f"CASE WHEN {x} < {write(points[middle][0])} THEN {between(low, middle)} ELSE {between(middle, high)} END"
        )

    (first, start), (end, finish) = points[0], points[-1]
    if len(points) == 1:
        return write(start)
    ends = f"WHEN {x} <= {write(first)} THEN {write(start)} WHEN {x} >= {write(end)} THEN {write(finish)}"
    return f"CASE {ends} ELSE {between(0, len(points) - 1)} END"


def predictions(made: Statement, raw: Sequence[str], kind: str, floor: float | None) -> list[str]:
    """Return the probabilities of raw scores, or values clipped at the floor.

    >>> from custpred.sql.dialect import DIALECTS
    >>> from custpred.sql.statement import Statement
    >>> made = Statement(DIALECTS["duckdb"])
    >>> predictions(made, ["spend"], "regression", 0.0), made.expressions
    (['CASE WHEN cp_1 < 0.0e0 THEN 0.0e0 ELSE cp_1 END'], ['spend'])
    """
    if kind == "regression":
        x = made.name(raw[0])
        low = None if floor is None else made.dialect.literal(floor)
        return [x if low is None else f"CASE WHEN {x} < {low} THEN {low} ELSE {x} END"]
    if kind == "binary":
        chance = made.name(expit(made, raw[0]))
        return [f"({made.dialect.literal(1)} - {chance})", chance]
    return softmax(made, raw)
