"""Spans of time, and the target's name, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.events.spans import UNITS, parts, words
from custpred.target._horizon import Horizon

if TYPE_CHECKING:
    from custpred.report._text import Text
    from custpred.results.record import Record


def length(span: str, say: Text) -> str:
    """Return a span in words."""
    count, unit = parts(span)
    return say.count(count, UNITS[unit])


def target_name(record: Record, say: Text) -> str:
    """Return the target's name; a description of events is translated, a column is not."""
    events, name = record.data.events, record.task.target
    kind = Horizon.known(events.get("kind", ""))
    if kind is None:
        return name
    tables = {events["table"]: events["table"], "events": say("events")}
    names = {kind.title.format(table=table, horizon=words(events["horizon"])): own for table, own in tables.items()}
    return say(kind.title, table=names[name], horizon=length(events["horizon"], say)) if name in names else name
