"""Frames and levels as arrays: indices of rows among learned levels, and frames joined without needless copies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

GAP, UNSEEN = -1, -2
"""Slots of rows without a value, and of levels that training did not have."""


def counted(column: pd.Series) -> tuple[list[str] | np.ndarray, np.ndarray, int]:
    """Return the levels that occur (text in the column's order, or sorted numbers), their counts, and missing ones."""
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
    """Return the levels of at least ``least`` rows: rarer levels are not stored, for privacy."""
    levels, rows, _ = counted(column)
    places = np.flatnonzero(rows >= least)
    return levels[places] if isinstance(levels, np.ndarray) else [levels[place] for place in places]


def slots(column: pd.Series, known: list[str] | np.ndarray) -> np.ndarray:
    """Return each row's index among known levels; ``GAP`` or ``UNSEEN`` where it has none; shape (n_rows,)."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        values = column.to_numpy(dtype=float)
        return np.where(np.isnan(values), GAP, places(values, np.asarray(known, dtype=float)))
    place = {level: number for number, level in enumerate(known)}
    # Code -1 stands for a missing value and so takes the last entry.
    table = np.array([*(place.get(str(level), UNSEEN) for level in column.cat.categories), GAP])
    taken: np.ndarray = table[column.cat.codes.to_numpy()]
    return taken


def places(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return each value's index in a sorted array, ``UNSEEN`` where it is not in it; shape of ``values``."""
    if not len(known):
        return np.full(len(values), UNSEEN)
    place = np.minimum(np.searchsorted(known, values), len(known) - 1)
    return np.where(known[place] == values, place, UNSEEN)


def framed(matrix: np.ndarray, names: Sequence[str], index: pd.Index) -> pd.DataFrame:
    """Return a frame over ``matrix`` of shape (n_columns, n_rows), which is not copied."""
    return pd.DataFrame(matrix.T, columns=list(names), index=index, copy=False)


def joined(X: pd.DataFrame, new: pd.DataFrame, drop: Sequence[str] = ()) -> pd.DataFrame:
    """Return ``X`` without some columns, and with the new ones appended."""
    kept = X.drop(columns=list(drop)) if drop else X
    return pd.concat([kept, new], axis=1) if len(new.columns) else kept


def sampled(rows: int, most: int, seed: int) -> np.ndarray | slice:
    """Return at most ``most`` row positions drawn by chance, in order; all rows where there are no more."""
    if rows <= most:
        return slice(None)
    return np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))
