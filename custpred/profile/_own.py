"""Filters findings about columns that custpred gathered from events: their shape is by design."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from custpred.events.assembly import GATHERED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from custpred.table import Finding, Table

_BY_DESIGN = frozenset(
    {"P111", "P112", "P123", "P131", "P132", "P133", "P141", "P142", "P143", "P151", "P161", "P162", "P182"}
)
"""Codes for missing, equal, constant, rare and skewed columns, by design in gathered ones."""


def gathered(table: Table) -> frozenset[str]:
    """Return the columns that were gathered from events."""
    return frozenset(table.facts.get(GATHERED, ()))


def without_own(findings: Iterable[Finding], table: Table) -> Iterator[Finding]:
    """Yield the findings, except those that concern only the shape of gathered columns."""
    own = gathered(table)
    for finding in findings:
        other = finding.numbers.get("other", finding.column)
        if finding.code not in _BY_DESIGN or finding.column not in own or other not in own:
            yield finding


def has_order(table: Table) -> bool:
    """Return whether rows may be in time order: not gathered, nor sorted by key or id."""
    if table.facts.get("events"):
        return False
    names = dict.fromkeys([*([table.key] if table.key in table.frame else []), *table.of_kind("id")])
    for name in names:
        text = table.frame[name].dropna().astype(str)
        number = pd.to_numeric(text.str.extract(r"(\d{1,15})\D*$", expand=False), errors="coerce")
        for order in (text, number):
            if order.nunique() > 1 and (order.is_monotonic_increasing or order.is_monotonic_decreasing):
                return False
    return True
