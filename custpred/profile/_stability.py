"""The population stability index of two halves of a table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from custpred.columns.drift import stability as of_bins
from custpred.profile._after import words
from custpred.profile._own import has_order
from custpred.profile._signal import midranks, spearman

if TYPE_CHECKING:
    from custpred.columns.drift import Stability
    from custpred.profile._survey import Survey

MIN_ROWS = 40
"""Minimum number of rows to compare two halves."""
_BINS, _CLOCK = 10, 0.9
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


def stability(codes: np.ndarray, late: np.ndarray) -> Stability:
    """Return the stability index of ``late`` rows; adjacent codes share about ten bins."""
    after = np.bincount(codes[late], minlength=int(codes.max(initial=0)) + 1).astype(np.float64)
    before = np.bincount(codes, minlength=len(after)) - after
    both = after + before
    place = ((np.cumsum(both) - both / 2) * _BINS / both.sum()).astype(np.intp)
    group = np.cumsum(np.r_[0, np.diff(place) != 0])
    return of_bins(np.bincount(group, before), np.bincount(group, after))
