"""Prepared frames as arrays for learners."""

from __future__ import annotations

import numpy as np
import pandas as pd

from custpred.columns.batch import PlainMatrix
from custpred.errors import DataError


def dense(X: pd.DataFrame | PlainMatrix, dtype: type[np.floating] = np.float32) -> np.ndarray:
    """Return the frame as one array in row order, shape (n_rows, n_columns)."""
    values = X.values if isinstance(X, PlainMatrix) else X.to_numpy(dtype=dtype)
    return np.ascontiguousarray(values, dtype=dtype)


def category_positions(X: pd.DataFrame | PlainMatrix) -> list[int]:
    """Return the positions of the ``category`` columns."""
    if isinstance(X, PlainMatrix):
        return list(X.positions)
    return [i for i, dtype in enumerate(X.dtypes) if isinstance(dtype, pd.CategoricalDtype)]


def coded(X: pd.DataFrame | PlainMatrix) -> tuple[np.ndarray, list[int]]:
    """Return float32 values, (n_rows, n_columns), and the positions of category columns.

    A category column becomes its integer codes, NaN if missing.  As libraries see no categoricals,
    nothing is aligned or renamed implicitly and no level name is stored in a model's text.
    """
    positions = category_positions(X)
    if isinstance(X, PlainMatrix) or not positions:
        return dense(X), positions
    values = np.empty(X.shape, dtype=np.float32)
    for i in range(X.shape[1]):
        column = X.iloc[:, i]
        values[:, i] = codes(column) if i in positions else column.to_numpy(dtype=np.float32)
    return values, positions


def codes(column: pd.Series) -> np.ndarray:
    """Return the codes of a category column as float32, NaN if missing, shape (n_rows,).

    Raises
    ------
    DataError
        If the categories are not integers from 0 up.
    """
    levels = column.cat.categories
    if len(levels) and not (pd.api.types.is_integer_dtype(levels.dtype) and levels.min() >= 0):
        raise DataError(
            f"Column {column.name} needs integer category codes from 0 up, got {levels.dtype} levels.",
            code="CP4101",
            column=str(column.name),
            remedy="Prepare the table first: custpred's own pipeline codes categories.",
        )
    values = np.append(levels.to_numpy(dtype=np.float32), np.float32("nan"))
    taken: np.ndarray = values[column.cat.codes.to_numpy()]
    return taken


def unknown(codes: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return the mask of codes not among the sorted known ones; missing values are not."""
    if not len(known):
        return np.asarray(~np.isnan(codes))
    place = np.minimum(np.searchsorted(known, codes), len(known) - 1)
    return np.asarray((known[place] != codes) & ~np.isnan(codes))
