"""The search for ratios and differences that predict the target better than their own columns.

A candidate is scored by cross-fitted means of the target in its quantile bins.  It must beat its
two columns and their two-dimensional grid by more than the best of all candidates would by chance.
The idea, tried on a sample of rows, is from the AutoML package mljar-supervised.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from custpred.columns.sampling import sampled
from custpred.features._means import binned, cross_fitted_r2, noise

if TYPE_CHECKING:
    import pandas as pd

ROWS, CANDIDATES, GRID = 5_000, 2_000, 6
"""Maximum of rows sampled, maximum of candidates, and bins on each side of a grid."""


def combined(sign: str, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the ratio or difference of two columns; NaN if it is not finite."""
    with np.errstate(all="ignore"):
        value: np.ndarray = first / second if sign == "/" else first - second
    value[~np.isfinite(value)] = np.nan
    return value


def search(X: pd.DataFrame, aims: np.ndarray, most: int, seed: int) -> list[list[str]]:
    """Return the best candidates as ``[sign, first, second]``; ``X`` holds numbers only."""
    rows = sampled(len(X), ROWS, seed)
    values = X.iloc[rows].to_numpy(dtype=float).T
    r2 = cross_fitted_r2(aims[:, rows], seed)
    alone = [r2(*binned(each)) for each in values]
    # Three candidates for each pair of columns: a / b, b / a, a - b.
    side = int((1 + (1 + 8 * CANDIDATES / 3) ** 0.5) / 2)
    ranked = np.argsort(-np.array(alone), kind="stable")[:side]
    scored: list[tuple[float, list[str]]] = []
    for a, b in combinations(sorted(int(place) for place in ranked), 2):
        floor = max(alone[a], alone[b], r2(*_grid(values[a], values[b])), 0.0)
        for sign, i, j in (("/", a, b), ("/", b, a), ("-", a, b)):
            bins = binned(combined(sign, values[i], values[j]))
            more = r2(*bins) - floor - noise(*bins, CANDIDATES)
            if more > 0:
                scored.append((more, [sign, str(X.columns[i]), str(X.columns[j])]))
    return [pair for _, pair in sorted(scored, key=lambda each: -each[0])[:most]]


def _grid(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, int]:
    (rows, row_count), (columns, column_count) = binned(first, GRID), binned(second, GRID)
    return rows * column_count + columns, row_count * column_count
