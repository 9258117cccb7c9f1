"""What the profile knows about each column, whatever checks were run: one card per column."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from custpred.report._reading import first, interval
from custpred.report._text import finite

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from custpred.report._text import Text
    from custpred.result import Record


@dataclass(frozen=True)
class Card:
    """One column: how its values lie, how the target goes along with them, and what is missing."""

    name: str
    kind: str
    strength: float | None
    missing: float | None
    distinct: int | None
    labels: tuple[str, ...] = ()
    counts: tuple[float, ...] = ()
    rate: tuple[float | None, ...] = ()
    low: tuple[float | None, ...] = ()
    high: tuple[float | None, ...] = ()


def by_column(facts: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return a check's facts by column, given as ``{columns: {name: {...}}}``, a list of rows, or ``{name: {...}}``."""
    own: Any = facts.get("columns", facts)
    if isinstance(own, list | tuple):
        return {str(first(row, "column", "name")): row for row in own if isinstance(row, dict)}
    if not isinstance(own, dict):
        return {}
    return {str(name): row if isinstance(row, dict) else {"value": row} for name, row in own.items()}


def cards(record: Record, say: Text) -> list[Card]:
    """Return every column, the strongest association with the target first."""
    checks = {kind: by_column(facts) for kind, facts in record.profile.items()}
    every = [_card(name, kind, checks, say) for name, kind in record.data.kinds.items()]
    return sorted(every, key=lambda card: -(card.strength if card.strength is not None else -1.0))


def _card(name: str, kind: str, checks: Mapping[str, dict[str, dict[str, Any]]], say: Text) -> Card:
    own = {check: columns.get(name, {}) for check, columns in checks.items()}
    related, spread = own.get("associations", {}), own.get("skew", {})
    bins = related if related.get("rate") or related.get("rates") else spread
    counts = first(bins, "counts", "count") or first(spread, "counts", "count") or ()
    return Card(
        name,
        kind,
        first(related, "strength", "score", "value", "association"),
        first(own.get("missingness", {}), "share", "missing", "value"),
        first(own.get("cardinality", {}), "distinct", "levels", "value"),
        tuple(_labels(bins, len(counts), say)),
        tuple(counts),
        tuple(first(bins, "rate", "rates") or ()),
        tuple(first(bins, "low") or ()),
        tuple(first(bins, "high") or ()),
    )


def _labels(bins: Mapping[str, Any], count: int, say: Text) -> Sequence[str]:
    """Return the bins' names: levels as they are, edges as ranges."""
    named = first(bins, "labels", "levels", "bins")
    if named and len(named) == count:
        return [str(each) for each in named]
    edges = bins.get("edges") or ()
    if len(edges) == count + 1 and all(finite(edge) for edge in edges):
        return [interval(say, a, b, "number") for a, b in pairwise(edges)]
    return [str(place + 1) for place in range(count)]
