"""Read a column as dates because the recipe, or its role among events, requires it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from custpred.source._typing import date_text, epochs, families, time_spans
from custpred.source._typing.cells import cells_of

if TYPE_CHECKING:
    from collections.abc import Collection

    import pandas as pd

    from custpred.source._typing.cells import Cells

_NUMBER = re.compile(r"-?\d{8,19}(\.\d+)?", re.A)


@dataclass(frozen=True)
class Dated:
    """Dates (n_rows,), the number of unreadable values, the format, and whether zones occur."""

    values: np.ndarray
    lost: int
    written: str
    zoned: bool = False


def as_dates(series: pd.Series, name: str, written: str, missing: Collection[str]) -> Dated:
    """Read dates, texts or numbers as dates; unreadable values become missing, and are counted.

    Raises
    ------
    DataError
        CP2141 if the order of day and month is ambiguous.
    """
    family = families.family_of(series)
    if family == "date":
        values, zoned = families.dates(series)
        own = time_spans.PERIODS if time_spans.is_period(series) else date_text.ISO
        return Dated(values, 0, written or own, zoned)
    if written == time_spans.PERIODS:
        cells = cells_of(series, missing)
        return _of_texts(replace(cells, levels=time_spans.iso_starts(cells.levels)), name, "")
    if family == "number" and not families.beyond_float(series, families.floats(series)):
        return _of_numbers(families.floats(series), written)
    return _of_texts(cells_of(series, missing), name, written)


def _of_numbers(values: np.ndarray, written: str) -> Dated:
    form = written if written in epochs.FORMS else epochs.form_of(values)
    never = np.full(len(values), np.datetime64("NaT"), dtype=epochs.DTYPE)
    dates = never if form is None else epochs.dates_of(values, form)
    return Dated(dates, int((np.isnat(dates) & ~np.isnan(values)).sum()), form or written)


def _of_texts(cells: Cells, name: str, written: str) -> Dated:
    gone = cells.marks() | date_text.never(cells.levels)
    levels = cells.levels[~gone]
    dates, found = _of_levels(levels, name, written)
    values = np.full(len(gone), np.datetime64("NaT"), dtype=epochs.DTYPE)
    values[~gone] = dates
    zoned = found == date_text.ISO and date_text.has_zone(levels)
    return Dated(cells.spread(values, np.datetime64("NaT")), int(cells.counts[np.isnat(values)].sum()), found, zoned)


def _of_levels(levels: np.ndarray, name: str, written: str) -> tuple[np.ndarray, str]:
    """Read distinct texts: all as numbers in one form, all in one format, or each in any."""
    digits = np.array([bool(_NUMBER.fullmatch(text)) for text in levels[:1000]], dtype=bool)
    if written in epochs.FORMS or digits.sum() * 2 > len(digits):
        return _of_digits(levels, name, written)
    parsed = date_text.parse(levels, name, written or None)
    if parsed is not None:
        return parsed
    return date_text.read_loosely(levels, name, written)


def _of_digits(levels: np.ndarray, name: str, written: str) -> tuple[np.ndarray, str]:
    numbers = np.array([float(text) if _NUMBER.fullmatch(text) else np.nan for text in levels])
    read = _of_numbers(numbers, written)
    rest = np.isnat(read.values)
    if rest.any():
        read.values[rest] = date_text.read_loosely(levels[rest], name, "")[0]
    return read.values, read.written
