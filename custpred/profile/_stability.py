"""The population stability index of two halves of a table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from custpred.profile._after import words
from custpred.profile._own import has_order
from custpred.profile._signal import midranks, spearman

if TYPE_CHECKING:
    from custpred.profile._survey import Survey

MIN_ROWS = 40
"""Minimum number of rows to compare two halves."""
_BINS, _CLOCK, _SELDOM = 10, 0.9, 3.09  # the last: standard normal quantile of .999
_BEGINNING = re.compile(
    r"\b(join(ed|ing)?|sign(ed)? ?up|birth|birthday|born|dob|start(ed)?|first|open(ed|ing)?|regist(er|ered|ration)"
    r"|enrol(l|led|ment|lment)?|created|creation|since|activation|activated|onboard(ed|ing)?|acquired|inception)\b"
)
ROW_ORDER = "row order"


def halves(found: Survey) -> tuple[str, np.ndarray | None]:
    """Return what separates early from late rows, and the mask of late rows in the random sample.

    The mask is None for too few rows, or for rows without a date that are sorted by a column.
    """
    rows, chance = found.sample
    rows = rows[:chance]
    if len(rows) < MIN_ROWS:
        return ROW_ORDER, None
    for name in found.of_kind("date"):
        if begins(name):
            continue
        values = found.values(name, rows)
        middle = float(np.nanmedian(values)) if not np.isnan(values).all() else float("nan")
        late = values > middle
        if 0.2 <= late.mean() <= 0.8 and not np.isnan(values).any():
            return name, late
    return ROW_ORDER, rows >= len(found.table) // 2 if has_order(found.table) else None


def begins(name: str) -> bool:
    """Return whether a date is the start of a customer's history, separating old and new.

    >>> begins("joined_on"), begins("snapshot_date")
    (True, False)
    """
    return bool(_BEGINNING.search(words(name)))


def clocks(found: Survey, by: str) -> set[str]:
    """Return numeric columns that measure time, such as days since the date of the split."""
    rows, chance = found.sample
    if by == ROW_ORDER:
        return set()
    date = midranks(found.values(by, rows[:chance]))
    numbers = found.of_kind("number", "code")
    return {name for name in numbers if spearman(midranks(found.values(name, rows[:chance])), date) >= _CLOCK}


class Stability(NamedTuple):
    """The index ``psi``; without drift its mean, and what it exceeds in 1 of 1,000 columns."""

    psi: float
    noise: float
    limit: float


def stability(codes: np.ndarray, late: np.ndarray) -> Stability:
    """Return the index of ``late`` rows; without drift it is chi-squared, up to a factor.

    Adjacent codes share about ten bins, each with half a row more: none is empty.  The quantile is
    that of Wilson and Hilferty (1931).
    """
    after = np.bincount(codes[late], minlength=int(codes.max(initial=0)) + 1).astype(np.float64)
    before = np.bincount(codes, minlength=len(after)) - after
    both = after + before
    place = ((np.cumsum(both) - both / 2) * _BINS / both.sum()).astype(np.intp)
    group = np.cumsum(np.r_[0, np.diff(place) != 0])
    late_rows, early_rows = np.bincount(group, after) + 0.5, np.bincount(group, before) + 0.5
    noise = (len(late_rows) - 1) * (1 / late_rows.sum() + 1 / early_rows.sum())
    ninth = 2 / (9 * max(len(late_rows) - 1, 1))
    limit = noise * (1 - ninth + _SELDOM * np.sqrt(ninth)) ** 3
    now, then = late_rows / late_rows.sum(), early_rows / early_rows.sum()
    return Stability(float((now - then) @ np.log(now / then)), float(noise), float(limit))
