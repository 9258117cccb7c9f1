"""Float32 matrices: allocated once and filled in blocks of rows, which stay in the cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custpred.columns.batch import ColumnBatch

if TYPE_CHECKING:
    from collections.abc import Sequence

CELLS, MEDIAN_ROWS = 262_144, 200_000
LARGEST = float(np.finfo(np.float32).max)


def kinds(X: pd.DataFrame) -> tuple[list[str], list[str], list[str]]:
    """Return the names of numeric columns (with booleans), of categories, and of all others."""
    dtypes = list(zip(X.columns, X.dtypes, strict=True))
    numbers = [name for name, dtype in dtypes if pd.api.types.is_numeric_dtype(dtype)]
    categories = [name for name, dtype in dtypes if isinstance(dtype, pd.CategoricalDtype)]
    known = {*numbers, *categories}
    return numbers, categories, [name for name, _ in dtypes if name not in known]


def fills(X: pd.DataFrame, names: Sequence[str]) -> tuple[np.ndarray, dict[int, int]]:
    """Return each column's median (0 if empty; sampled if large) and count of missing values."""
    columns = ColumnBatch.of(X)
    values = float_matrix([columns[name] for name in names], (len(names), len(X)), None, [])
    medians, flagged = np.zeros(len(names), dtype=np.float32), {}
    step = max(1, CELLS // max(1, len(X)))
    for start in range(0, len(names), step):
        part = values[start : start + step]
        missing = np.isnan(part)
        some = missing.any(axis=1)
        medians[start + np.flatnonzero(~some)] = _medians(part[~some])
        for place in np.flatnonzero(some).tolist():
            medians[start + place] = _medians(part[place, ~missing[place]])
            flagged[start + place] = int(missing[place].sum())
    return medians, flagged


def _medians(present: np.ndarray) -> np.ndarray:
    """Return the median of each row, from a sample if there are many values."""
    rows = present.shape[-1]
    sample = present[..., :: max(1, rows // MEDIAN_ROWS)].astype(np.float64)
    return np.median(sample, axis=-1) if rows else np.zeros(present.shape[:-1])


@np.errstate(over="ignore")
def float_matrix(
    sources: Sequence[np.ndarray], shape: tuple[int, int], medians: np.ndarray | None, flagged: Sequence[int]
) -> np.ndarray:
    """Return columns as float32, missing values as medians, followed by missing indicators.

    Infinite numbers become missing values; numbers too large for float32 become its largest number.

    Parameters
    ----------
    sources
        The columns, each of shape (n_rows,).
    shape
        (n_made, n_rows) of the result; the caller fills the rows after columns and indicators.
    medians : ndarray of shape (n_columns,)
        NaN for columns that keep their missing values; None if all keep them.
    flagged
        Positions of the columns with an indicator.
    """
    made, count = np.empty(shape, dtype=np.float32), len(sources)
    step = max(1, CELLS // max(count, 1))
    for start in range(0, shape[1], step):
        rows = slice(start, start + step)
        numbers = made[:count, rows]
        if shape[1] == 1:  # for one customer, a single call is faster than one per column
            numbers[:] = np.array(sources, dtype=float).reshape(count, 1)
        else:
            for target, source in zip(numbers, sources, strict=True):
                np.copyto(target, source[rows], casting="unsafe")
        _finite(numbers, sources, start)
        missing = np.isnan(numbers)
        made[count : count + len(flagged), rows] = missing[flagged]
        if medians is not None:
            np.copyto(numbers, medians[:, None], where=missing)
    return made


def _finite(made: np.ndarray, sources: Sequence[np.ndarray], start: int) -> None:
    """Replace infinite numbers in place, for the rows of the sources from ``start`` on."""
    for place in np.flatnonzero(np.isinf(made).any(axis=1)):
        infinite = np.isinf(made[place])
        exact = sources[int(place)][start : start + made.shape[1]][infinite].astype(float)
        made[place, infinite] = np.where(np.isinf(exact), np.nan, np.clip(exact, -LARGEST, LARGEST))
