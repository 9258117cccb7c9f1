"""Float32 matrices: one allocation, filled a few thousand rows at a time to stay in the cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

ROWS, MEDIAN_ROWS = 16_384, 200_000
LARGEST = float(np.finfo(np.float32).max)


def kinds(X: pd.DataFrame) -> tuple[list[str], list[str], list[str]]:
    """Return the names of numbers (also booleans), of categories, and of everything else."""
    dtypes = list(zip(X.columns, X.dtypes, strict=True))
    numbers = [name for name, dtype in dtypes if pd.api.types.is_numeric_dtype(dtype)]
    categories = [name for name, dtype in dtypes if isinstance(dtype, pd.CategoricalDtype)]
    known = {*numbers, *categories}
    return numbers, categories, [name for name, _ in dtypes if name not in known]


def fills(X: pd.DataFrame, names: Sequence[str]) -> tuple[np.ndarray, list[int]]:
    """Return each column's median (0 for an empty one; of a sample of many rows), and which have missing values."""
    medians, flagged = np.zeros(len(names), dtype=np.float32), []
    for place, values in enumerate(float_matrix(X, names, None, [])):
        missing = np.isnan(values)
        present = values
        if missing.any():
            flagged.append(place)
            present = values[~missing]
        present = present[:: max(1, len(present) // MEDIAN_ROWS)]
        if len(present):
            medians[place] = np.median(present.astype(np.float64))
    return medians, flagged


@np.errstate(over="ignore")
def float_matrix(
    X: pd.DataFrame, names: Sequence[str], medians: np.ndarray | None, flagged: Sequence[int]
) -> np.ndarray:
    """Return columns and missing indicators as float32, shape (n_names + n_flagged, n_rows), filled with medians."""
    made = np.empty((len(names) + len(flagged), len(X)), dtype=np.float32)
    columns = [X[name].to_numpy() for name in names]
    flags = {place: len(names) + order for order, place in enumerate(flagged)}
    for start in range(0, len(X), ROWS):
        rows = slice(start, start + ROWS)
        for place, column in enumerate(columns):
            missing = _fill(made[place, rows], column[rows], None if medians is None else medians[place])
            if place in flags:
                made[flags[place], rows] = 0.0 if missing is None else missing
    return made


def _fill(target: np.ndarray, source: np.ndarray, median: float | None) -> np.ndarray | None:
    """Write numbers; return where they are missing, None for nowhere."""
    np.copyto(target, source, casting="unsafe")
    if np.isfinite(target).all():
        return None
    infinite = np.isinf(target)
    if infinite.any():
        exact = source[infinite].astype(np.float64)
        target[infinite] = np.where(np.isinf(exact), np.nan, np.clip(exact, -LARGEST, LARGEST))
    missing: np.ndarray = np.isnan(target)
    if median is not None:
        np.copyto(target, median, where=missing)
    return missing
