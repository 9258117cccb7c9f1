"""Other dtypes: durations become days, periods their first day, intervals ordered categories."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from pandas.api import types as is_

DAYS, PERIODS = "days", "periods"
"""Formats of such columns; stored in ``Column.written`` to read new values alike."""
_DURATION = re.compile(r"-?\d+ days?(?:,? [+-]?\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?", re.A)
_QUARTER = re.compile(r"(\d{4})-?Q([1-4])", re.A)
_YEAR = re.compile(r"\d{4}", re.A)
_DAY = np.timedelta64(1, "D")


def is_duration(series: pd.Series) -> bool:
    """Return whether the cells are durations, by dtype or by value."""
    dtype = series.dtype
    if is_.is_timedelta64_dtype(dtype):
        return True
    if isinstance(dtype, pd.ArrowDtype):
        return str(dtype).startswith("duration")
    return is_.is_object_dtype(dtype) and is_.infer_dtype(series, skipna=True) in {"timedelta", "timedelta64"}


def is_period(series: pd.Series) -> bool:
    """Return whether the cells are periods such as months, by dtype or by value."""
    if is_.is_object_dtype(series.dtype):
        return bool(is_.infer_dtype(series, skipna=True) == "period")
    return isinstance(series.dtype, pd.PeriodDtype)


def days(series: pd.Series) -> np.ndarray:
    """Return durations as numbers of days, NaN where missing, shape (n_rows,)."""
    values = pd.to_timedelta(series.astype(object)) if not is_.is_timedelta64_dtype(series.dtype) else series
    return np.asarray(values.to_numpy() / _DAY, dtype=np.float64)


def first_days(series: pd.Series) -> pd.Series:
    """Return the start of each period, as datetimes."""
    if isinstance(series.dtype, pd.PeriodDtype):
        return series.dt.start_time
    return series.map(lambda value: value.start_time, na_action="ignore").astype("datetime64[ns]")


def ordered(series: pd.Series) -> pd.Series:
    """Return intervals as ordered category, Arrow dictionaries as category, others unchanged."""
    dtype = series.dtype
    if isinstance(dtype, pd.IntervalDtype):
        return series.astype(_by_edge(series.array.unique().dropna()))
    if isinstance(dtype, pd.ArrowDtype) and str(dtype).startswith("dictionary"):
        return series.astype(object).astype("category")
    if is_.is_object_dtype(dtype) and is_.infer_dtype(series, skipna=True) == "interval":
        return series.astype(_by_edge(pd.Index(series.dropna().unique())))
    return series


def _by_edge(intervals: pd.Index) -> pd.CategoricalDtype:
    return pd.CategoricalDtype(sorted(intervals, key=lambda each: (each.left, each.right)), ordered=True)


def are_durations(levels: np.ndarray) -> bool:
    """Return whether all texts are durations as pandas writes them.

    >>> are_durations(np.array(["5 days", "1 days 12:00:00"])), are_durations(np.array(["5"]))
    (True, False)
    """
    return len(levels) > 0 and all(map(_DURATION.fullmatch, levels))


def read_durations(levels: np.ndarray) -> np.ndarray:
    """Return durations such as ``5 days 12:00:00`` or ``P5D`` as days; NaN for others."""
    return np.asarray(pd.to_timedelta(pd.Series(levels, dtype=object), errors="coerce").to_numpy() / _DAY)


def iso_starts(levels: np.ndarray) -> np.ndarray:
    """Return quarters, years and weeks in texts as the date of their first day.

    >>> iso_starts(np.array(["2024Q2", "2023", "2024-01-01/2024-01-07"], dtype=object)).tolist()
    ['2024-04-01', '2023-01-01', '2024-01-01']
    """
    found = np.empty(len(levels), dtype=object)
    found[:] = [_start(text) for text in levels]
    return found


def _start(text: str) -> str:
    if quarter := _QUARTER.fullmatch(text):
        return f"{quarter[1]}-{3 * int(quarter[2]) - 2:02d}-01"
    return f"{text}-01-01" if _YEAR.fullmatch(text) else text.partition("/")[0] if text.count("/") == 1 else text
