"""Time spans in whole days: ``7d``, ``4w``, ``6mo``, ``1y``; months follow the calendar."""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime, timedelta
from typing import Annotated

from pydantic import BeforeValidator

_SPAN = re.compile(r"\s*(\d+)\s*(d|w|mo|y)\s*")
_DAYS = {"d": 1.0, "w": 7.0, "mo": 365.25 / 12, "y": 365.25}
UNITS = {"d": "day", "w": "week", "mo": "month", "y": "year"}


def span(value: object) -> str:
    """Parse a span such as ``90d``, ``12w``, ``6mo`` or ``1y``; hours are not allowed.

    >>> span(" 90 d"), span("6mo"), span(0)
    ('90d', '6mo', '0d')
    """
    match = _SPAN.fullmatch("0d" if value == 0 else str(value))
    if match is None:
        raise ValueError(f"expected a span such as 7d, 4w, 6mo or 1y, got {str(value)!r}")
    return f"{int(match.group(1))}{match.group(2)}"


def _some(value: object) -> str:
    checked = span(value)
    if checked.startswith("0"):
        raise ValueError(f"expected a span longer than zero, got {str(value)!r}")
    return checked


Span = Annotated[str, BeforeValidator(span, json_schema_input_type=str | int)]
"""A span, possibly zero."""
SomeSpan = Annotated[str, BeforeValidator(_some, json_schema_input_type=str)]
"""A span of at least one day."""


def parts(of: str) -> tuple[int, str]:
    """Return the number and unit of a checked span.

    >>> parts("6mo")
    (6, 'mo')
    """
    match = _SPAN.fullmatch(of)
    assert match is not None, of  # spans were checked before
    return int(match.group(1)), match.group(2)


def days(of: str) -> float:
    """Return the length of a span in days; months and years have their mean length.

    >>> days("12w"), days("1y")
    (84.0, 365.25)
    """
    count, unit = parts(of)
    return count * _DAYS[unit]


def moved(moment: datetime, of: str, times: int = 1) -> datetime:
    """Return a time moved by a multiple of a span; a day that a month lacks becomes its last.

    A time beyond Python's calendar becomes its first or last day.

    >>> moved(datetime(2024, 3, 31), "1mo", -1).date().isoformat()
    '2024-02-29'
    """
    count, unit = parts(of)
    try:
        if unit in {"d", "w"}:
            return moment + timedelta(days=times * count * _DAYS[unit])
        months = 12 * moment.year + moment.month - 1 + times * count * (12 if unit == "y" else 1)
        year, month = divmod(months, 12)
        last = calendar.monthrange(year, month + 1)[1]
        return moment.replace(year=year, month=month + 1, day=min(moment.day, last))
    except (OverflowError, ValueError):
        return datetime.min if times < 0 else datetime.combine(date.max, datetime.min.time())


def words(of: str) -> str:
    """Return a span in words.

    >>> words("90d"), words("1mo")
    ('90 days', '1 month')
    """
    count, unit = parts(of)
    return f"{count} {UNITS[unit]}" + ("" if count == 1 else "s")


def midnight(value: object) -> str:
    """Parse a day such as ``2024-06-30`` and return it as text; times are not allowed.

    >>> midnight("2024-06-30")
    '2024-06-30'
    """
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise ValueError(f"expected a day such as 2024-06-30, got {str(value)!r}") from None


Day = Annotated[str, BeforeValidator(midnight, json_schema_input_type=str)]
