"""The name of an event of a history, such as 'the last event' or 'event 2 before the last'."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.columns.sequence import CODED, parsed
from custpred.text import plain

if TYPE_CHECKING:
    from collections.abc import Callable

EVENT = "event"
"""Stem of the names that stand for whole events."""


def event(name: object, value: object = "", say: Callable[..., str] = str.format) -> str:
    """Return the words for an event's column; an empty string for any other column.

    Parameters
    ----------
    value
        As ``by_event.of_customer`` returns it: None without such an event, "" if withheld.
    say
        Translates a template and formats it.

    >>> event("event@-0", "amount 9.5"), event("event@-2"), event("event@-3", None), event("age")
    ('the last event (amount 9.5)', 'event 2 before the last', 'no more than 3 events', '')
    """
    step = parsed(name)
    if step is None or step[0] != EVENT:
        return ""
    if value is None:
        return say("no more than {n} events", n=step[1])
    text = say("the last event") if step[1] == 0 else say("event {k} before the last", k=step[1])
    return f"{text} ({plain(value, 120)})" if value != "" else text


def words(name: object, say: Callable[..., str] = str.format) -> str:
    """Return the words for a column of an event or of a step; any other name unchanged.

    >>> words("event@-1"), words("amount@-1"), words("shop#@-0"), words("age")
    ('event 1 before the last', 'amount (1 before the last)', 'shop (the last)', 'age')
    """
    step = parsed(name)
    if step is None or step[0] == EVENT:
        return event(name, "", say) or str(name)
    stem, back = step[0].removesuffix(CODED), step[1]
    return say("{column} ({k} before the last)" if back else "{column} (the last)", column=stem, k=back)
