"""Parts of dates: computed once for each distinct day, then looked up for each row."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from custpred.columns.batch import ColumnBatch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from custpred.sql.rows import SqlRows

DAY, HOUR = 86_400_000.0, 3_600_000
_PARTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "year": lambda days: days.astype("datetime64[Y]").astype(np.int64) + 1970,
    "quarter": lambda days: (_month(days) + 2) // 3,
    "month": lambda days: _month(days),
    "day": lambda days: (days - days.astype("datetime64[M]")).astype(np.int64) + 1,
    "weekday": lambda days: _weekday(days),
    "day of year": lambda days: (days - days.astype("datetime64[Y]")).astype(np.int64) + 1,
    "weekend": lambda days: _weekday(days) >= 5,
    "month sine": lambda days: np.sin(2 * np.pi * _month(days) / 12),
    "month cosine": lambda days: np.cos(2 * np.pi * _month(days) / 12),
}
"""Functions from days (datetime64[D], none missing) to numbers; pandas is slow for one row."""


def latest(column: pd.Series) -> float:
    """Return the latest date in days since 1970, 0 if the column is empty."""
    days = _days(_stamps(column))
    return float(np.nanmax(days)) if not np.isnan(days).all() else 0.0


def timed(column: pd.Series) -> bool:
    """Return whether some dates have a time of day."""
    stamps = _stamps(column)
    return bool((stamps[~np.isnat(stamps)].astype(np.int64) % int(DAY)).any())


def matrix(X: pd.DataFrame | ColumnBatch, outputs: Sequence[Sequence[Any]], latest: dict[str, float]) -> np.ndarray:
    """Return the outputs ``[name, inputs, part]`` as float32, shape (n_outputs, n_rows).

    What does not depend on the fold is computed once for all folds of a batch.
    """
    made = np.empty((len(outputs), len(X)), dtype=np.float32)
    own = X if isinstance(X, ColumnBatch) else ColumnBatch(len(X), {name: X[name] for name in latest})
    calendars: dict[str, tuple[np.ndarray, np.ndarray]] = {}

    def days(name: str) -> np.ndarray:
        return own.once((name, "days"), own[name], lambda: _days(_stamps(own[name])))

    def hours(name: str) -> np.ndarray:
        return _hours(_stamps(own[name]))

    def of_calendar(name: str, part: str) -> np.ndarray:
        codes, different = calendars[name] = calendars.get(name) or _calendar(_stamps(own[name]))
        found: np.ndarray = np.append(_PARTS[part](different).astype(np.float32), np.float32(np.nan))[codes]
        return found

    for row, (_, inputs, part) in zip(made, outputs, strict=True):
        first = inputs[0]
        if part == "age in days":
            row[:] = latest[first] - days(first)
        elif part == "days":
            row[:] = days(first) - days(inputs[1])
        elif part == "hour":
            row[:] = own.once((first, part), own[first], partial(hours, first))
        else:
            row[:] = own.once((first, part), own[first], partial(of_calendar, first, part))
    return made


def part_sql(rows: SqlRows, inputs: Sequence[str], part: str, latest: dict[str, float]) -> str:
    """Return one output of ``matrix`` as an SQL expression."""
    write, made, x = rows.dialect, rows.statement, rows[inputs[0]].sql
    days = [made.name(write.of("days", rows[name].sql)) for name in inputs]
    if part == "age in days":
        return write.rounded(made.name(f"{write.literal(latest[inputs[0]])} - {days[0]}"))
    if part == "days":
        return write.rounded(made.name(f"{days[0]} - {days[1]}"))
    if part in {"weekday", "weekend"}:  # day 0 of 1970 was a Thursday
        day, week = made.name(f"FLOOR({days[0]}) + {write.literal(3)}"), write.literal(7)
        weekday = made.name(f"({day} - {week} * FLOOR({day} / {week}))")
        return weekday if part == "weekday" else f"CASE WHEN {weekday} >= 5 THEN 1 WHEN {weekday} < 5 THEN 0 END"
    if part == "day of year":
        return f"CAST({write.of('of_year', x)} AS {write.double})"
    if part.startswith("month "):
        waves = _PARTS[part](np.arange(12).astype("datetime64[M]").astype("datetime64[D]")).astype(np.float32)
        whens = [f"WHEN {month} THEN {write.literal(wave)}" for month, wave in enumerate(waves, 1)]
        return f"CASE EXTRACT(MONTH FROM {x}) {' '.join(whens)} END"
    return f"CAST(EXTRACT({part.upper()} FROM {x}) AS {write.double})"


def varies(matrix: np.ndarray) -> list[bool]:
    """Return the mask of rows of a matrix that are not constant."""
    low, high = np.fmin.reduce(matrix, axis=1), np.fmax.reduce(matrix, axis=1)
    return [bool(each) for each in low < high]


def _stamps(column: pd.Series) -> np.ndarray:
    """Return dates as milliseconds of local wall time, ``NaT`` if missing."""
    local = column.dt.tz_localize(None) if isinstance(column.dtype, pd.DatetimeTZDtype) else column
    stamps: np.ndarray = local.to_numpy().astype("datetime64[ms]")
    return stamps


def _days(stamps: np.ndarray) -> np.ndarray:
    days = stamps.astype(np.int64) / DAY
    days[np.isnat(stamps)] = np.nan
    return days


def _hours(stamps: np.ndarray) -> np.ndarray:
    """Return the hour of the day, 0 to 23, NaN if missing."""
    return np.where(np.isnat(stamps), np.nan, stamps.astype(np.int64) // HOUR % 24)


def _calendar(stamps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the index of each row among the distinct days, -1 if missing, and these days."""
    days = stamps.astype("datetime64[D]")
    gone = np.isnat(days)
    if len(days) == 1:
        return np.where(gone, -1, 0), days[~gone]
    codes, different = pd.factorize(days.astype(np.int64))
    lost = np.flatnonzero(different == np.iinfo(np.int64).min)
    kept = np.delete(different, lost).astype("datetime64[D]")
    return np.where(gone, -1, codes - (codes > lost[0]) if len(lost) else codes), kept


def _month(days: np.ndarray) -> np.ndarray:
    return np.asarray(days.astype("datetime64[M]").astype(np.int64) % 12 + 1)


def _weekday(days: np.ndarray) -> np.ndarray:
    """Return 0 for Monday: day 0 of 1970 was a Thursday."""
    return np.asarray((days.astype(np.int64) + 3) % 7)
