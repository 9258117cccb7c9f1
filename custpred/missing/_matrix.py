"""Numeric columns as a matrix, and their scaling."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from custpred.columns.dtypes import finite_values, numbers

if TYPE_CHECKING:
    import pandas as pd

    from custpred.columns.batch import ColumnBatch


def scaling(X: pd.DataFrame) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Return the numeric columns with a value, their means and deviations (1 if constant)."""
    found = {name: values for name in numbers(X) if len(values := finite_values(X[name]))}
    centre = np.array([values.mean() for values in found.values()])
    spread = np.array([values.std() for values in found.values()])
    return list(found), centre, np.where(spread > 0, spread, 1.0)


def matrix(batch: ColumnBatch, names: list[str], rows: np.ndarray) -> np.ndarray:
    """Return numeric columns as floats, shape (n_rows, n_names); infinities become missing."""
    out = np.empty((len(rows), len(names)))
    for i, name in enumerate(names):
        out[:, i] = batch[name][rows]
    out[np.isinf(out)] = np.nan
    return out


def rows_with_missing(batch: ColumnBatch, names: list[str]) -> tuple[list[str], np.ndarray]:
    """Return the columns among ``names`` with missing values, and the positions of such rows."""
    missing = {name: mask for name in names if (mask := np.isnan(batch[name])).any()}
    some = np.zeros(len(batch), dtype=bool)
    for mask in missing.values():
        some |= mask
    return list(missing), np.flatnonzero(some)
