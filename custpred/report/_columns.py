"""One card per column with the results of all checks of the profile."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

from custpred.columns.sequence import is_step
from custpred.report._reading import first
from custpred.text import DASH, finite

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from custpred.report._text import Text
    from custpred.results.record import Record
    from custpred.storage.plain import JSON

Z = 1.959963984540054
Number = float | None
UNORDERED = {"missing", "other"}
"""Bins at the end, which no line joins."""


@dataclass(frozen=True)
class Card:
    """One column: the distribution of its values, the target by value, and the share missing.

    ``ordered`` bins come first and may be joined by a line; ``label``: the class of the rates.
    """

    name: str
    kind: str
    strength: Number
    missing: Number
    distinct: int | None
    labels: tuple[str, ...] = ()
    counts: tuple[float, ...] = ()
    rate: tuple[Number, ...] = ()
    low: tuple[Number, ...] = ()
    high: tuple[Number, ...] = ()
    ordered: int = 0
    label: str = ""


def by_column(facts: Mapping[str, object]) -> dict[str, JSON]:
    """Return a check's facts by column; empty if it has none."""
    own = facts.get("columns")
    return {name: row for name, row in own.items() if isinstance(row, dict)} if isinstance(own, dict) else {}


def cards(record: Record, say: Text) -> list[Card]:
    """Return all columns except padded sequence steps, the most related to the target first."""
    every = [_card(record, name, say) for name in record.data.kinds if not is_step(name)]
    return sorted(every, key=lambda card: -(card.strength if finite(card.strength) else -1.0))


def _card(record: Record, name: str, say: Text) -> Card:
    profile = record.profile
    strength = (profile.get("associations", {}).get("strength") or {}).get(name)
    gaps = profile.get("missingness", {})
    missing = by_column(gaps).get(name, {"share": 0.0} if gaps else {})
    levels = by_column(profile.get("cardinality", {})).get(name, {})
    detail = (profile.get("skew", {}).get("detail") or {}).get(name) or {}
    bins = detail.get("bins") or []
    rate, label = _rates(record, bins)
    low, high = _interval(record, rate, bins)
    ordered = 0 if detail.get("kind") == "category" else sum(each.get("level") not in UNORDERED for each in bins)
    return Card(
        name,
        record.data.kinds[name],
        strength,
        first(missing, "share"),
        first(levels, "levels"),
        tuple(named(each, say) for each in bins),
        tuple(each.get("rows") or 0 for each in bins),
        *(rate, low, high),
        ordered,
        label,
    )


def _rates(record: Record, bins: Sequence[JSON]) -> tuple[tuple[Number, ...], str]:
    """Return the target by bin; of several classes, the most varying one, with its name."""
    found = [each.get("target") for each in bins]
    lists = [each for each in found if isinstance(each, list)]
    if not lists:
        return (tuple(found) if any(finite(each) for each in found) else ()), ""
    shares = list(zip(*lists, strict=False))
    spread = [max(each) - min(each) if all(finite(one) for one in each) else 0.0 for each in shares]
    place = spread.index(max(spread))
    label = record.task.labels[place] if place < record.task.classes else ""
    return tuple(each[place] if isinstance(each, list) else None for each in found), label


def _interval(
    record: Record, rate: tuple[Number, ...], bins: Sequence[JSON]
) -> tuple[tuple[Number, ...], tuple[Number, ...]]:
    """Return the shares' 95 % intervals (Wilson 1927, JASA 22:209); none for means."""
    if record.task.kind == "regression" or not rate:
        return (), ()
    pairs = [_wilson(p, each.get("rows") or 0) for p, each in zip(rate, bins, strict=True)]
    return tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs)


def _wilson(share: Number, count: float) -> tuple[Number, Number]:
    if share is None or count <= 0:
        return None, None
    middle = (share + Z * Z / (2 * count)) / (1 + Z * Z / count)
    half = Z / (1 + Z * Z / count) * sqrt(share * (1 - share) / count + Z * Z / (4 * count * count))
    return max(middle - half, 0.0), min(middle + half, 1.0)


def named(each: Mapping[str, object], say: Text) -> str:
    """Return a bin's name: a level or a range; ranges of whole numbers include both ends."""
    if "level" in each:
        known = {"missing": say("missing"), "other": say("other")}
        return known.get(str(each["level"]), str(each["level"]))
    low, high = each.get("low", each.get("from")), each.get("high", each.get("to"))
    if each.get("whole") and finite(low) and finite(high):
        return say.number(low) if high - low == 1 else f"{say.number(low)}{DASH}{say.number(high - 1)}"
    low, high = (say.number(end) if finite(end) else end for end in (low, high))
    if low is None:
        return say("under {high}", high=high) if high is not None else say("all")
    return say("{low} or more", low=low) if high is None else f"{low}{DASH}{high}"
