"""Implausible dates: in the future, or far away from all other events.

A single mistyped date must not determine a cutoff: such events are counted, reported, and excluded
from features and labels.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from custpred.events.spans import days
from custpred.table import Finding
from custpred.text import plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.events.database import Log
    from custpred.events.gather import Window

LEAST_DAYS, TIMES, SHARE = 30, 5, 0.02
"""A pause between events is implausible if it is longer than 30 days and than 5 times the longest
other pause, and if fewer than 2 % of the events expected at the usual rate are beyond it."""
FEWEST = 20
"""Minimum number of events to estimate their rate."""
_TRIM = 0.01
"""Share of events at each end that is ignored for the longest pause and the rate."""
_AHEAD = timedelta(hours=14)
"""Offset from UTC of the easternmost time zone."""
_SILENT_DAYS, _SILENT = 7, 0.1
"""Days, and share of the horizon, allowed between the newest event and the cutoff."""
_EXPECTED = 20
"""Minimum number of events that a silent period of another table would hold at the usual rate."""
_EPOCH = date(1970, 1, 1).toordinal()
Days = tuple[tuple[int, int], ...]
"""Days, as numbers since 1970-01-01, with their number of events."""


@dataclass(frozen=True)
class Range:
    """The first and last day with plausible events, and the days outside with their events."""

    first: int
    last: int
    total: int
    before: Days = ()
    ahead: Days = ()
    future: Days = ()
    """Days in the future."""

    @property
    def outside(self) -> bool:
        """Return whether any event is outside the range."""
        return bool(self.before or self.ahead or self.future)

    def findings(self, name: str) -> tuple[Finding, ...]:
        """Return findings on the events outside the range of table ``name``."""
        last, first = day_of(self.last), day_of(self.first)
        parts = (
            ("D153", self.future, "dated in the future"),
            ("D154", self.ahead, f"dated far ahead of all others, which end on {last}"),
            ("D155", self.before, f"dated far before all others, which begin on {first}"),
        )
        return tuple(self._finding(name, *part) for part in parts if part[1])

    def _finding(self, name: str, code: str, days: Days, what: str) -> Finding:
        count, begins = sum(events for _, events in days), day_of(days[0][0])
        verb = "is" if count == 1 else "are"
        where = f"on {begins}" if count == 1 else f"the first on {begins}"
        counted = f"{plural(count, 'event')} of {self.total:,} in {name!r}"
        text = f"{counted} {verb} {what}: {where}. Excluded from cutoffs, features and labels; correct the date."
        return Finding(code, "warning", text, None, {"events": count, "first": begins})


def today() -> int:
    """Return the current day in the easternmost time zone, as days since 1970-01-01."""
    return (datetime.now(UTC) + _AHEAD).toordinal() - _EPOCH


def day_of(number: int) -> str:
    """Return a day as text; numbers outside Python's calendar become its first or last day.

    >>> day_of(0), day_of(10**9)
    ('1970-01-01', '9999-12-31')
    """
    return date.fromordinal(min(max(number + _EPOCH, 1), date.max.toordinal())).isoformat()


def plausible(days: Sequence[tuple[int, int]], now: int) -> Range:
    """Return the range of plausible days.

    Parameters
    ----------
    days
        Distinct days with their number of events, ascending.
    now
        The current day.

    Days after the clock are not plausible.  Of the others, pieces at the end, then at the
    beginning, are removed one by one, the smallest first, until none is implausible for what is
    left: one event far away from all others does not affect the rest.
    """
    past = [pair for pair in days if pair[0] <= now]
    future = tuple(days[len(past) :])
    total = sum(events for _, events in days)
    if not past:
        return Range(now, now, total, future=future)
    low, high = _ends(*np.array(past, dtype=np.int64).T)
    return Range(past[low][0], past[high - 1][0], total, tuple(past[:low]), tuple(past[high:]), future)


def _ends(days: np.ndarray, counts: np.ndarray) -> tuple[int, int]:
    low, high, changed = 0, len(days), True
    while changed:
        changed = False
        while (cut := _piece(days[low:high], counts[low:high])) is not None:
            high, changed = low + cut, True
        while (cut := _piece(-days[low:high][::-1], counts[low:high][::-1])) is not None:
            low, changed = high - cut, True
    return low, high


def _piece(days: np.ndarray, counts: np.ndarray) -> int | None:
    """Return the index at which the smallest implausible piece at the end begins, or None."""
    beyond = counts.sum() - np.cumsum(counts)
    for place in np.flatnonzero(np.diff(days) > LEAST_DAYS)[::-1]:
        end, rest = int(place) + 1, int(beyond[place])
        held = int(counts[:end].sum())
        if held < FEWEST or rest >= held:
            return None
        longest, pace = _bulk(days[:end], counts[:end])
        silent, span = int(days[end] - days[place]), int(days[-1] - days[place])
        if silent > TIMES * longest and rest <= SHARE * pace * span:
            return end
    return None


def _bulk(days: np.ndarray, counts: np.ndarray) -> tuple[int, float]:
    """Return the longest pause in days and events per day, without 1 % of events at each end."""
    until = np.cumsum(counts)
    trimmed = max(1, int(_TRIM * until[-1]))
    low = int(np.searchsorted(until, trimmed, side="right"))
    high = int(np.searchsorted(until, until[-1] - trimmed, side="left")) + 1
    if high - low < 2:
        return 1, float(until[-1])
    span = int(days[high - 1] - days[low])
    return int(np.diff(days[low:high]).max()), float(counts[low:high].sum() / (span + 1))


def stale(log: Log, cutoff: datetime, window: Window, *, usual: int = 0, last: bool = False) -> list[Finding]:
    """Warn of a period without events before the cutoff: all customers look inactive.

    Of a table that is not the target's, only a period longer than usual counts, in which events
    would be expected.

    Parameters
    ----------
    usual
        Days before the cutoff in which the table had no events in training.
    last
        Whether it is the last of several cutoffs.
    """
    if not log.rows:
        return []
    waited = (cutoff - log.last).days
    more = waited if log.name == window.table else max(0, waited - usual)
    if log.name != window.table and more * log.rows < _EXPECTED * max(1, (log.last - log.first).days):
        return []
    if more <= max(_SILENT_DAYS, _SILENT * days(window.horizon)):
        return []
    when = "last cutoff" if last else "cutoff"
    text = f"The newest event of {log.name!r} is {plural(waited, 'day')} older than the {when}: events may be missing."
    return [Finding("D157", "warning", text, None, {"days": waited})]
