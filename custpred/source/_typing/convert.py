"""Convert values to the dtype of a known kind, in training and in scoring."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custpred.errors import DataError
from custpred.source._typing import amounts, families, number_text, time_spans
from custpred.source._typing.as_dates import as_dates
from custpred.source._typing.cells import Cells, cells_of
from custpred.source._typing.forms import PLAIN

if TYPE_CHECKING:
    from custpred.table import Column

_FEW = 2


def category(cells: Cells) -> pd.Series:
    """Return texts as a category with sorted levels; spellings of true and false are unified.

    An ordered category stays ordered, with its levels in their order.
    """
    names = np.array([_truth(text) for text in cells.levels], dtype=object)
    if cells.ordered:
        again, levels = pd.factorize(names)
        codes = cells.spread(np.asarray(again, dtype=np.intp), -1)
        dtype = pd.CategoricalDtype(pd.Index(levels, dtype=object), ordered=True)
        return pd.Series(pd.Categorical.from_codes(codes, dtype=dtype))
    levels, again = np.unique(names.astype(object), return_inverse=True) if len(names) else (names, names)
    codes = cells.spread(np.asarray(again, dtype=np.intp), -1)
    dtype = _known(tuple(levels)) if len(levels) <= _FEW else _dtype(levels)
    return pd.Series(pd.Categorical.from_codes(codes, dtype=dtype, validate=False))


def one_level(text: str) -> pd.Categorical:
    """Return the category of a single customer with a known level, as ``category`` returns it."""
    return pd.Categorical.from_codes(np.zeros(1, dtype=np.int8), dtype=_known((text,)), validate=False)


def _dtype(levels: tuple[str, ...] | np.ndarray) -> pd.CategoricalDtype:
    return pd.CategoricalDtype(pd.Index(levels, dtype=object))


_known = lru_cache(maxsize=10_000)(_dtype)
"""Cached: single customers have the same levels, and making the dtype takes time."""


def _truth(text: str) -> str:
    return text.capitalize() if len(text) <= 5 and text.casefold() in {"true", "false"} else text


def convert(series: pd.Series, column: Column, missing: tuple[str, ...], decimal: str | None) -> tuple[pd.Series, int]:
    """Convert a column to the dtype of a known kind; count the unreadable values."""
    if column.kind in {"number", "code"}:
        return _to_numbers(series, column, missing, decimal)
    if column.kind == "date":
        found = as_dates(series, column.name, column.written, missing)
        return pd.Series(found.values), found.lost
    cells = cells_of(series, missing)
    if column.kind == "category":
        return category(cells), 0
    return pd.Series(cells.texts(), dtype=object), 0


def _to_numbers(
    series: pd.Series, column: Column, missing: tuple[str, ...], decimal: str | None
) -> tuple[pd.Series, int]:
    if series.dtype == np.float64 and not missing and not np.isinf(series.to_numpy()).any():
        return series, 0
    family = families.family_of(series)
    if family == "date":
        raise DataError(
            f"Expected numbers in column {column.name!r}, but it holds dates.", code="CP2126", column=column.name
        )
    if family == "number":
        values = families.floats(series)
        gone = np.isin(values, [float(text) for text in missing if _is_number(text)]) | np.isinf(values)
        return pd.Series(np.where(gone, np.nan, values) if gone.any() else values), int(np.isinf(values).sum())
    cells = cells_of(series, missing)
    way = column.written or number_text.written(cells.levels[~cells.marks()], decimal) or PLAIN
    read = parsed(cells.levels, way)
    flags = np.array([{"True": 1.0, "False": 0.0}.get(_truth(text), np.nan) for text in cells.levels])
    read = np.where(np.isnan(read), flags, read)
    read[np.isinf(read)] = np.nan
    return pd.Series(cells.spread(read, np.nan)), int(cells.counts[np.isnan(read)].sum())


def _is_number(text: str) -> bool:
    return number_text.written(np.array([text], dtype=object), ".") == PLAIN


def parsed(levels: np.ndarray, way: str) -> np.ndarray:
    """Return texts as numbers in a known format, NaN for other texts.

    Plain numbers may have a currency in new files; a percent sign would change the value.
    """
    if way == time_spans.DAYS:
        values = number_text.parse(levels, PLAIN)
    else:
        values = np.full(len(levels), np.nan) if amounts.is_style(way) else number_text.read_loosely(levels, way)
    lost = np.isnan(values)
    if lost.any():
        values[lost] = _read_rest(levels[lost], way)
    return values


def _read_rest(levels: np.ndarray, way: str) -> np.ndarray:
    if way == time_spans.DAYS:
        return time_spans.read_durations(levels)
    if way == PLAIN:
        return amounts.parse_any(levels)
    return amounts.parse(levels, way if amounts.is_style(way) else f"{amounts.AMOUNT} {way}")
