"""Levels as arrays: the levels of columns, and the level index of each row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from custpred.columns.batch import Coded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MISSING, UNSEEN = -1, -2
"""Indices of missing values and of levels that training did not have."""


def counted(column: pd.Series) -> tuple[list[str] | np.ndarray, np.ndarray, int]:
    """Return the levels that occur (sorted, or in the column's order), counts, and missing rows."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        values = column.to_numpy(dtype=float)
        present = values[~np.isnan(values)]
        numbers, rows = np.unique(present, return_counts=True)
        return numbers, rows, len(values) - len(present)
    rows = np.bincount(column.cat.codes.to_numpy().astype(np.intp) + 1, minlength=len(column.cat.categories) + 1)
    names = column.cat.categories.astype(str).tolist()
    occurs = np.flatnonzero(rows[1:])
    return [names[place] for place in occurs], rows[1:][occurs], int(rows[0])


def common(column: pd.Series, least: int) -> list[str] | np.ndarray:
    """Return the levels with at least ``least`` rows; rarer levels are not stored, for privacy."""
    levels, rows, _ = counted(column)
    places = np.flatnonzero(rows >= least)
    return levels[places] if isinstance(levels, np.ndarray) else [levels[place] for place in places]


def finder(known: Sequence[object] | np.ndarray) -> Callable[[object], np.ndarray]:
    """Return a function from a column of a batch to the level index of each row, shape (n_rows,).

    The index is ``MISSING`` for a missing value and ``UNSEEN`` for an unknown level.
    """
    place = {level: number for number, level in enumerate(known)}

    def find(column: Any) -> np.ndarray:
        if not isinstance(column, Coded):
            values = column.astype(float, copy=False)
            return np.where(np.isnan(values), MISSING, places(values, np.asarray(known, dtype=float)))
        if len(column.codes) == 1:  # for one customer, a list is faster than an array
            code = int(column.codes[0])
            return np.array([MISSING if code < 0 else place.get(str(column.levels[code]), UNSEEN)])
        # Code -1, a missing value, indexes the last entry.
        table = np.array([*(place.get(str(level), UNSEEN) for level in column.levels), MISSING])
        return np.asarray(table[column.codes])

    return find


def of_levels(column: Coded, value: Callable[[str], float], missing: float, dtype: type[np.number]) -> np.ndarray:
    """Return the value of each row's level, shape (n_rows,); only levels that occur are read."""
    codes, rows = np.unique(column.codes, return_inverse=True)
    found = [missing if code < 0 else value(str(column.levels[code])) for code in codes]
    return np.asarray(np.array(found, dtype=dtype)[rows])


def places(values: np.ndarray, known: np.ndarray, absent: int = UNSEEN) -> np.ndarray:
    """Return each value's index in a sorted array, or ``absent``; shape of ``values``."""
    if not len(known):
        return np.full(len(values), absent)
    place = np.minimum(np.searchsorted(known, values), len(known) - 1)
    return np.where(known[place] == values, place, absent)
