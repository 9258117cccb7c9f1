"""Times as numbers: seconds since 1970 and their fractions, YYYYMMDD, with or without time."""

from __future__ import annotations

import numpy as np

DTYPE = "datetime64[us]"
DIGITS, MINUTES, SECONDS = "YYYYMMDD", "YYYYMMDDHHMM", "YYYYMMDDHHMMSS"
EPOCHS = {
    "epoch seconds": 1e-6,
    "epoch milliseconds": 1e-3,
    "epoch microseconds": 1.0,
    "epoch nanoseconds": 1e3,
}
"""Microseconds per unit of each form."""
_TAILS = {DIGITS: 1, MINUTES: 10**4, SECONDS: 10**6}
"""Factor of the date before the time of day."""
_FIRST, _LAST = 631_152_000e6, 4_102_444_800e6
"""1990 and 2100 in microseconds since 1970: numbers in this range are read as epochs."""
_LEAST, _MOST = -62_135_596_800e6, 253_402_300_800e6
"""Years 1 and 10,000, the limits of dates."""
FORMS = (*_TAILS, *EPOCHS)


def form_of(values: np.ndarray) -> str | None:
    """Return the form of more than half of the numbers; the forms do not overlap.

    >>> form_of(np.array([1709600000.0, 1709700000.0])), form_of(np.array([20240305152000.0]))
    ('epoch seconds', 'YYYYMMDDHHMMSS')
    """
    filled = values[np.isfinite(values)]
    for form in FORMS:
        if 2 * int(_within(filled, form).sum()) > len(filled):
            return form
    return None


def _within(values: np.ndarray, form: str) -> np.ndarray:
    if form in EPOCHS:
        return np.asarray((values >= _FIRST * EPOCHS[form]) & (values < _LAST * EPOCHS[form]))
    tail = _TAILS[form]
    return np.asarray((values >= 19_000_101 * tail) & (values < 21_000_101 * tail) & (values == np.floor(values)))


def dates_of(values: np.ndarray, form: str) -> np.ndarray:
    """Return numbers in one form as dates in UTC; NaT for invalid numbers, shape (n_rows,)."""
    return _epoch(values / EPOCHS[form]) if form in EPOCHS else _digits(values, _TAILS[form])


def _epoch(micros: np.ndarray) -> np.ndarray:
    known = np.isfinite(micros) & (micros >= _LEAST) & (micros < _MOST)
    whole = np.where(known, np.round(micros), 0).astype(np.int64)
    return np.where(known, whole.astype(DTYPE), np.datetime64("NaT"))


def _digits(values: np.ndarray, tail: int) -> np.ndarray:
    known = (
        np.isfinite(values) & (values >= 10_101 * tail) & (values < 100_000_000 * tail) & (values == np.floor(values))
    )
    date, clock = np.divmod(np.where(known, values, 19_700_101 * tail).astype(np.int64), tail)
    year, rest = np.divmod(date, 10_000)
    month, day = np.divmod(rest, 100)
    hours, rest = np.divmod(clock * (10**6 // tail if tail > 1 else 1), 10_000)
    minutes, seconds = np.divmod(rest, 100)
    known &= (month >= 1) & (month <= 12) & (day >= 1) & (hours < 24) & (minutes < 60) & (seconds < 60)
    months = (12 * (year - 1970) + np.where(known, month, 1) - 1).astype("datetime64[M]")
    days = months.astype("datetime64[D]") + (np.where(known, day, 1) - 1)
    known &= days.astype("datetime64[M]") == months
    passed = (3600 * hours + 60 * minutes + seconds).astype("timedelta64[s]")
    return np.where(known, days.astype(DTYPE) + passed, np.datetime64("NaT"))
