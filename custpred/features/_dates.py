"""Parts of dates: computed once for each day that occurs, then looked up for each row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DAY = 86_400_000.0
_PARTS: dict[str, Callable[[pd.DatetimeIndex], Any]] = {
    "year": lambda days: days.year,
    "quarter": lambda days: days.quarter,
    "month": lambda days: days.month,
    "day": lambda days: days.day,
    "weekday": lambda days: days.day_of_week,
    "day of year": lambda days: days.day_of_year,
    "weekend": lambda days: np.where(days.isna(), np.nan, days.day_of_week >= 5),
    "month sine": lambda days: np.sin(2 * np.pi * days.month.to_numpy(dtype=float) / 12),
    "month cosine": lambda days: np.cos(2 * np.pi * days.month.to_numpy(dtype=float) / 12),
}


def latest(column: pd.Series) -> float:
    """Return the latest date in days since 1970, 0 where the column is empty."""
    days = _days(_stamps(column))
    return float(np.nanmax(days)) if not np.isnan(days).all() else 0.0


def block(X: pd.DataFrame, outputs: Sequence[Sequence[Any]], latest: dict[str, float]) -> np.ndarray:
    """Return the outputs ``[name, inputs, part]`` as float32, shape (n_outputs, n_rows)."""
    made = np.empty((len(outputs), len(X)), dtype=np.float32)
    stamps = {name: _stamps(X[name]) for name in latest}
    days = {name: _days(each) for name, each in stamps.items()}
    calendars: dict[str, tuple[np.ndarray, pd.DatetimeIndex]] = {}
    for row, (_, inputs, part) in zip(made, outputs, strict=True):
        first = inputs[0]
        if part == "age in days":
            row[:] = latest[first] - days[first]
        elif part == "days":
            row[:] = days[first] - days[inputs[1]]
        else:
            codes, index = calendars[first] = calendars.get(first) or _calendar(stamps[first])
            row[:] = np.asarray(_PARTS[part](index), dtype=np.float32)[codes]
    return made


def varies(block: np.ndarray) -> list[bool]:
    """Tell which rows of a block hold two different numbers."""
    low, high = np.fmin.reduce(block, axis=1), np.fmax.reduce(block, axis=1)
    return [bool(each) for each in low < high]


def _stamps(column: pd.Series) -> np.ndarray:
    """Return milliseconds of local wall time, ``NaT`` where missing."""
    local = column.dt.tz_localize(None) if isinstance(column.dtype, pd.DatetimeTZDtype) else column
    stamps: np.ndarray = local.to_numpy().astype("datetime64[ms]")
    return stamps


def _days(stamps: np.ndarray) -> np.ndarray:
    days = stamps.astype(np.int64) / DAY
    days[np.isnat(stamps)] = np.nan
    return days


def _calendar(stamps: np.ndarray) -> tuple[np.ndarray, pd.DatetimeIndex]:
    """Return each row's place in an index of the days that occur; NaT is one of them."""
    codes, days = pd.factorize(stamps.astype("datetime64[D]").astype(np.int64))
    return codes, pd.DatetimeIndex(days.astype("datetime64[D]").astype("datetime64[s]"))
