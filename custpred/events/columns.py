"""Columns that features compute from events: SQL aggregates, and the latest events one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from custpred.events.spans import parts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from custpred.events.table import EventTable

DAY = 86_400e6
"""Microseconds per day."""
MICRO = 1e6
"""Amounts are integer millionths: sums are exact, whatever the order of rows."""


def days_before(moment: str) -> str:
    """Return the SQL expression of the fractional days from an aggregated time to the cutoff."""
    return f"(epoch_us(c.cutoff) - epoch_us({moment})) / {DAY:.0f}"


@dataclass(frozen=True)
class Gathered:
    """A column to compute from events.

    Parameters
    ----------
    name
        A descriptive name, such as ``orders_count_90d``.
    table
        The events table that it aggregates.
    sql
        An aggregate over ``c`` (cutoff, and start of each span: ``c."90d"``) and ``d`` or ``e``.
    rows
        ``days``: ``d``, one row for each day with events; ``events``: ``e``, the events themselves.
    kind
        Without events a ``count`` is 0; a ``number`` or ``category`` is missing.
    spans
        The spans whose start the SQL uses.
    """

    name: str
    table: str
    sql: str
    rows: Literal["days", "events"] = "days"
    kind: Literal["count", "number", "category"] = "number"
    spans: tuple[str, ...] = ()


@dataclass(frozen=True)
class Steps:
    """The latest events one by one, newest first: a column ``<stem>@-<k>`` for each input and step.

    Inputs: ``amount``, ``days_since_previous``, ``days_before_cutoff``, the table's label columns.
    """

    table: str
    inputs: tuple[str, ...]
    last: int
    prefix: str = ""


def doubled(span: str) -> str:
    """Return a span twice as long.

    >>> doubled("90d")
    '180d'
    """
    count, unit = parts(span)
    return f"{2 * count}{unit}"


def of_tables(of: tuple[str, ...], tables: Mapping[str, EventTable]) -> Iterator[tuple[str, EventTable]]:
    """Yield the tables named in ``of``, or all if it is empty."""
    for name in of or tuple(tables):
        yield name, tables[name]
