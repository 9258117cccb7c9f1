"""Dates in text: ISO, D.M.Y, M/D/Y, D/M/Y, Y/M/D, Korean, with month names; YYYYMMDD by name."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from custpred.errors import DataError
from custpred.source._typing import hangul
from custpred.source._typing.epochs import DIGITS, DTYPE, MINUTES, SECONDS
from custpred.source._typing.forms import ISO_DATE, some_of, words_apart

ISO, DAY_FIRST, MONTH_FIRST, YEAR_FIRST = "Y-M-D", "D/M/Y", "M/D/Y", "Y/M/D"
_DAY = 86_400
"""Seconds."""

_PARTS = re.compile(
    r"(\d{1,4})([./-])\s?(\d{1,2})\2\s?(\d{1,4})\.?(?:[T ,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s?([AaPp][Mm])?)?",
    re.A,
)
_NAMED = re.compile(r"(?:\d{1,2}[ -])?[A-Za-z]{3,9}\.?[ -]\d{1,4}(?:,? \d{4})?", re.A)
_NAMED_FORMATS = ("%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%B %d %Y")
_DAY8 = r"(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])"
_EIGHT = re.compile(_DAY8, re.A)
_DIGITS = {
    DIGITS: _EIGHT,
    SECONDS: re.compile(_DAY8 + r"([01]\d|2[0-3])([0-5]\d){2}", re.A),
    MINUTES: re.compile(_DAY8 + r"([01]\d|2[0-3])[0-5]\d", re.A),
}
_DIGIT_FORMATS = {DIGITS: "%Y%m%d", SECONDS: "%Y%m%d%H%M%S", MINUTES: "%Y%m%d%H%M"}
_DATE_NAME = re.compile(
    r"(^|[^a-z])(date|day|dt|time|timestamp|joined|signup|birthday|ymd)([^a-z]|$)|date$|_(at|on)$|날짜|일자|일시$|[가-힣]일$",
    re.I,
)
_ORDERS = {DAY_FIRST: (3, 2, 0), MONTH_FIRST: (3, 0, 2), YEAR_FIRST: (0, 2, 3)}
"""Positions of year, month and day among the parts."""


def never(levels: np.ndarray) -> np.ndarray:
    """Return which texts are dates that never come: MySQL's zero date, PostgreSQL's infinity.

    >>> never(np.array(["0000-00-00", "-infinity", "2024-01-05"])).tolist()
    [True, True, False]
    """
    return np.isin(levels, ["0000-00-00", "0000-00-00 00:00:00", "infinity", "-infinity"])


def named_like_date(name: str) -> bool:
    """Return whether a column's name suggests dates.

    >>> named_like_date("order_date"), named_like_date("created_at"), named_like_date("amount")
    (True, True, False)
    """
    return bool(_DATE_NAME.search(words_apart(name)))


def parse(levels: np.ndarray, name: str, written: str | None = None) -> tuple[np.ndarray, str] | None:
    """Read all texts as dates.

    Parameters
    ----------
    levels : ndarray of shape (n_levels,)
        Distinct texts.
    name
        The column's name, for errors and for YYYYMMDD.
    written
        The format, if known.

    Returns
    -------
    tuple or None
        Dates of shape (n_levels,) and their format; None if the texts are not dates.

    Raises
    ------
    DataError
        If the order of day and month is ambiguous.
    """
    if hangul.some_hangul(levels):
        if not hangul.are_dates(levels):
            return None
        found = parse(hangul.plain_levels(levels), name, written or hangul.WRITTEN)
        return found and (found[0], hangul.WRITTEN)
    return _parsed(levels, name, written, _shape(levels, name, written))


def _parsed(levels: np.ndarray, name: str, written: str | None, shape: str | None) -> tuple[np.ndarray, str] | None:
    if shape is None:
        return None
    if shape in _DIGITS:
        return _all(_exact(levels, _DIGIT_FORMATS[shape]), shape)
    if shape == ISO:
        return _all(_iso(levels), ISO)
    if shape == "named":
        return _month_names(levels)
    return _three_numbers(levels, name, written)


def _shape(levels: np.ndarray, name: str, written: str | None) -> str | None:
    """Detect the form from a sample of the texts, so that a column of words is cheap."""
    if not len(levels):
        return None
    some = some_of(levels)
    forms = {ISO: ISO_DATE, "parts": _PARTS, "named": _NAMED}
    if written in _DIGITS or (written is None and named_like_date(name)):
        forms |= _DIGITS
    return next((form for form, pattern in forms.items() if all(map(pattern.fullmatch, some))), None)


def _all(values: np.ndarray, written: str) -> tuple[np.ndarray, str] | None:
    return None if np.isnat(values).any() else (values, written)


def _exact(levels: np.ndarray, form: str) -> np.ndarray:
    return to_dates(pd.to_datetime(pd.Series(levels, dtype=object), format=form, errors="coerce"))


def _iso(levels: np.ndarray) -> np.ndarray:
    """Read ISO 8601; times with a zone are converted to UTC."""
    dated = pd.to_datetime(pd.Series(levels, dtype=object), format="ISO8601", errors="coerce", utc=True)
    return to_dates(dated)


def has_zone(levels: np.ndarray) -> bool:
    """Return whether these ISO dates have a time zone."""
    return any(len(text) > 13 and (text[-1] in "Zz" or any(text[-at] in "+-" for at in (3, 5, 6))) for text in levels)


def to_dates(values: object) -> np.ndarray:
    """Return datetimes of any unit or zone as microseconds in UTC, no zone, shape (n_rows,).

    Years beyond 290,000, which seconds and milliseconds may have, are missing: they would wrap.
    """
    series = pd.Series(values)
    if getattr(series.dtype, "tz", None) is not None:
        series = series.dt.tz_convert("UTC").dt.tz_localize(None)
    held = np.asarray(series.to_numpy())
    dates = np.asarray(series.to_numpy(dtype=DTYPE, na_value=np.datetime64("NaT")))
    unit = np.datetime_data(held.dtype)[0] if held.dtype.kind == "M" else ""
    if unit not in {"s", "ms"}:
        return dates
    most = np.iinfo(np.int64).max // {"s": 10**6, "ms": 10**3}[unit]
    return np.where(np.abs(held.astype(np.int64)) > most, np.datetime64("NaT"), dates)


def _month_names(levels: np.ndarray) -> tuple[np.ndarray, str] | None:
    for form in _NAMED_FORMATS:
        found = _all(_exact(levels, form), "")
        if found is not None:
            return found
    return None


def _three_numbers(levels: np.ndarray, name: str, written: str | None) -> tuple[np.ndarray, str] | None:
    """Find the order of day, month and year that fits all texts."""
    matches = [_PARTS.fullmatch(text) for text in levels]
    if not matches or not all(matches):
        return None
    parts = [match.groups() for match in matches if match]
    if len(parts[0][0]) == 4:
        return _all(_dates(parts, _ORDERS[YEAR_FIRST]), YEAR_FIRST)
    if written in _ORDERS:
        return _all(_dates(parts, _ORDERS[written]), written)
    day_first, month_first = _dates(parts, _ORDERS[DAY_FIRST]), _dates(parts, _ORDERS[MONTH_FIRST])
    fits = [not np.isnat(day_first).any(), not np.isnat(month_first).any()]
    # In dates with dots the day always comes first.
    if fits[0] and (not fits[1] or parts[0][1] == "." or np.array_equal(day_first, month_first)):
        return day_first, DAY_FIRST
    if all(fits):
        raise _ambiguous(name)
    return (month_first, MONTH_FIRST) if fits[1] else None


def _dates(parts: list[tuple[str, ...]], order: tuple[int, int, int]) -> np.ndarray:
    year, month, day = (np.array([int(part[place]) for part in parts]) for place in order)
    short = np.array([len(part[order[0]]) <= 2 for part in parts])
    year = np.where(short, np.where(year < 69, 2000 + year, 1900 + year), year)
    months = (12 * (year - 1970) + month - 1).astype("datetime64[M]")
    days = months.astype("datetime64[D]") + (day - 1)
    known = (month >= 1) & (month <= 12) & (day >= 1) & (days.astype("datetime64[M]") == months)
    seconds, timed = _clock(parts) if any(part[4] for part in parts) else (np.zeros(len(parts), dtype=int), known)
    return np.where(known & timed, days.astype(DTYPE) + seconds.astype("timedelta64[s]"), np.datetime64("NaT"))


def _clock(parts: list[tuple[str, ...]]) -> tuple[np.ndarray, np.ndarray]:
    """Return the seconds since midnight, and whether the time is valid."""
    hour, minute, second = (np.array([int(part[place] or 0) for part in parts]) for place in (4, 5, 6))
    half = np.array([(part[7] or "").lower() for part in parts])
    hour = np.where(half == "", hour, hour % 12 + np.where(half == "pm", 12, 0))
    seconds = 3600 * hour + 60 * minute + second
    return seconds, (seconds <= _DAY) & (minute < 60) & (second < 60)  # 24:00 ends a day


def _ambiguous(name: str) -> DataError:
    return DataError(
        f"Cannot tell whether the day or the month comes first in column {name!r}: all its dates fit both.",
        code="CP2141",
        column=name,
        found="dates such as 01/02/2024",
        remedy=f"Write `types: {{{name}: date D/M/Y}}` or `types: {{{name}: date M/D/Y}}`.",
    )


def read_loosely(levels: np.ndarray, name: str, written: str) -> tuple[np.ndarray, str]:
    """Return dates in the format ``written`` or an unambiguous form, and the commonest one.

    NaT for the rest; shape (n_levels,).
    """
    values = np.full(len(levels), np.datetime64("NaT"), dtype=DTYPE)
    korean = hangul.some_hangul(levels)
    levels = hangul.plain_levels(levels) if korean else levels
    most, main = 0, written
    for pattern in (*_DIGITS.values(), ISO_DATE, _PARTS, _NAMED):
        fits = np.array([bool(pattern.fullmatch(text)) for text in levels], dtype=bool) & np.isnat(values)
        if fits.any():
            values[fits], found = _read_form(levels[fits], pattern, name, written)
            most, main = max((most, main), (int(fits.sum()), written or found), key=lambda pair: pair[0])
    return values, hangul.WRITTEN if korean else main


def _read_form(levels: np.ndarray, pattern: re.Pattern[str], name: str, written: str) -> tuple[np.ndarray, str]:
    digits = next((form for form, each in _DIGITS.items() if each is pattern), None)
    if digits:
        return _exact(levels, _DIGIT_FORMATS[digits]), digits
    if pattern is ISO_DATE:
        return _iso(levels), ISO
    if pattern is _NAMED:
        tried = [_exact(levels, form) for form in _NAMED_FORMATS]
        return np.asarray(np.fmax.reduce(tried)), ""
    parts = [match.groups() for text in levels if (match := _PARTS.fullmatch(text))]
    year_first = np.array([len(part[0]) == 4 for part in parts])
    others = [part for part, own in zip(parts, year_first, strict=True) if not own]
    order = written if written in _ORDERS else _order_of(others, name) if others else YEAR_FIRST
    values = np.full(len(parts), np.datetime64("NaT"), dtype=DTYPE)
    values[~year_first] = _dates(others, _ORDERS[order]) if others else values[~year_first]
    if year_first.any():
        values[year_first] = _dates([part for part in parts if len(part[0]) == 4], _ORDERS[YEAR_FIRST])
    return values, order


def _order_of(parts: list[tuple[str, ...]], name: str) -> str:
    """Return the order, day or month first, in which more of the dates are valid.

    Raises
    ------
    DataError
        If both orders are equally valid, and yield different dates.
    """
    day_first, month_first = (_dates(parts, _ORDERS[order]) for order in (DAY_FIRST, MONTH_FIRST))
    lost = [int(np.isnat(each).sum()) for each in (day_first, month_first)]
    if lost[0] == lost[1] and parts[0][1] != "." and not np.array_equal(day_first, month_first, equal_nan=True):
        raise _ambiguous(name)
    return DAY_FIRST if lost[0] <= lost[1] else MONTH_FIRST
