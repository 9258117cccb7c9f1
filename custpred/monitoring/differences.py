"""How two runs differ apart from scores: recipes, customers, distributions of columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from custpred.columns.drift import ROWS, stability
from custpred.monitoring.indexes import Stability

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from custpred.columns.contract import Expected
    from custpred.results.record import Record
    from custpred.storage.plain import JSON

NOTHING = "-"


@dataclass(frozen=True)
class Change:
    """One value that differs: a key of the recipe, or a fact about the customers.

    >>> Change("budget.time", "60s", "5m").new
    '5m'
    """

    name: str
    old: str
    new: str


@dataclass(frozen=True)
class Shift(Stability):
    """Shift of a column between two training sets: stability index, and what chance gives."""

    column: str
    psi: float
    noise: float
    limit: float


def changes(old: JSON, new: JSON) -> tuple[Change, ...]:
    """Return the keys of two recipes whose values differ, in the recipe's order.

    >>> changes({"seed": 7, "split": {"folds": 5}}, {"split": {"folds": 3}, "seed": 7})
    (Change(name='split.folds', old='5', new='3'),)
    """
    before, after = dict(_leaves(old)), dict(_leaves(new))
    names = dict.fromkeys((*before, *after))
    pairs = ((name, before.get(name, NOTHING), after.get(name, NOTHING)) for name in names)
    return tuple(Change(*each) for each in pairs if each[1] != each[2])


def _leaves(value: object, place: str = "") -> Iterator[tuple[str, str]]:
    """Yield dotted keys with their values as text; a list is one value."""
    if isinstance(value, dict) and value:
        for key, each in value.items():
            yield from _leaves(each, f"{place}.{key}" if place else str(key))
    else:
        yield place, _text(value)


def _text(value: object) -> str:
    """Return a value as a recipe would write it; a kind without options is its bare name."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_text, value))}]"
    if isinstance(value, dict):
        if set(value) == {"kind"}:
            return str(value["kind"])
        return f"{{{', '.join(f'{key}: {_text(each)}' for key, each in value.items())}}}"
    return str(value)


def columns(old: Record, new: Record) -> tuple[Change, ...]:
    """Return the columns that only one run has, or whose kind differs."""
    return changes(old.data.kinds, new.data.kinds)


def shifts(old: Sequence[Expected], new: Sequence[Expected]) -> tuple[Shift, ...]:
    """Return the shift of each column that both runs have, largest first.

    The new contract's shares are mapped to the old bins, assuming uniform values in each bin.
    """
    named = {each.name: each for each in new}
    found = []
    for each in old:
        other = named.get(each.name)
        if other is None or other.kind != each.kind or not (each.shares and other.shares):
            continue
        if min(each.rows, other.rows) < ROWS:
            continue
        now = _by_level(each, other) if each.kind == "category" else _by_edge(each, other)
        found.append(Shift(each.name, *stability(np.asarray(each.shares) * each.rows, now * other.rows)))
    return tuple(sorted(found, key=lambda shift: -shift.psi))


def _by_level(each: Expected, other: Expected) -> np.ndarray:
    """Return the shares of another contract's levels in the bins of this one."""
    place = dict(zip(other.levels, other.shares[:-2], strict=False))
    own = [place.get(level, 0.0) for level in each.levels[: len(each.shares) - 2]]
    missing = other.shares[-1]
    return np.array([*own, max(0.0, 1 - missing - sum(own)), missing])


def _by_edge(each: Expected, other: Expected) -> np.ndarray:
    """Return the shares of another contract's numbers in the bins of this one."""
    first, last = other.edges[0], other.edges[-1]
    low = min(first if other.low is None else other.low, np.nextafter(first, -np.inf))
    high = max(last if other.high is None else other.high, np.nextafter(last, np.inf))
    below = np.cumsum(other.shares[:-1])
    points = np.array([low, *other.edges, high])
    reached = np.interp(each.edges, points, [0.0, *below], left=0.0, right=below[-1])
    return np.array([*np.diff([0.0, *reached, below[-1]]), other.shares[-1]])
