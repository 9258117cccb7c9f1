"""Rules on a binned column (Holte 1993, Very simple classification rules perform well, ML 11)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from custpred.models._frame import category_positions, codes
from custpred.models._scores import of_probabilities, shares_of

if TYPE_CHECKING:
    import pandas as pd

    from custpred.storage.plain import State
    from custpred.task import Fit, Rows

_ROWS = 50_000  # enough to compare columns; the chosen one is then fitted to all rows


@dataclass(frozen=True)
class Rule:
    """Bins of one column: 0 for missing values and unknown levels, then one per interval or level.

    Parameters
    ----------
    column
        Position of the column.
    edges : ndarray of shape (n_edges,)
        Inner bounds of the intervals, or the known category codes in order.
    category
        Whether the column holds category codes.
    scores : ndarray of shape (n_bins,) or (n_bins, k)
        Raw score of each bin.
    start : ndarray of shape () or (k,)
        Raw score over all rows.
    """

    column: int
    edges: np.ndarray
    category: bool
    scores: np.ndarray
    start: np.ndarray

    def bins_of(self, X: pd.DataFrame) -> np.ndarray:
        """Return the bin of each row, shape (n_rows,)."""
        return _bins(_values(X, self.column, self.category), self.edges, self.category)

    def dump(self) -> State:
        """Return plain data; ``Rule(**data)`` reads it back."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def learn(rows: Rows, bins: int, smoothing: float, fit: Fit) -> Rule:
    """Return the rule for the column with the smallest leave-one-out loss."""
    classes = 0 if fit.task.kind == "regression" else fit.task.classes
    weight = np.ones(len(rows.y)) if rows.weight is None else np.asarray(rows.weight, dtype=float)
    drawn = np.random.default_rng(fit.seed).permutation(len(weight))[:_ROWS]
    some, marks = rows.X.iloc[drawn], set(category_positions(rows.X))
    losses = []
    for i in range(rows.X.shape[1]):
        values = _values(some, i, i in marks)
        found = _bins(values, _edges(values, bins, i in marks), i in marks)
        losses.append(_loss(found, rows.y[drawn], weight[drawn], smoothing, classes))
    column = int(np.argmin(losses))
    values = _values(rows.X, column, column in marks)
    edges = _edges(values, bins, column in marks)
    found = _bins(values, edges, column in marks)
    means, prior = _means(found, rows.y, weight, smoothing, (len(edges) + 2, classes))
    if fit.task.kind == "regression":
        return Rule(column, edges, column in marks, means[:, 0], np.asarray(prior[0]))
    overall = shares_of(rows.y, rows.weight, fit.task.classes)[None]
    least = 0.5 / (len(weight) + 1)
    start = np.asarray(of_probabilities(overall, least)[0])
    return Rule(column, edges, column in marks, of_probabilities(means, least), start)


def _values(X: pd.DataFrame, column: int, category: bool) -> np.ndarray:
    return codes(X.iloc[:, column]) if category else X.iloc[:, column].to_numpy(np.float32)


def _edges(values: np.ndarray, bins: int, category: bool) -> np.ndarray:
    known = values[~np.isnan(values)]
    if category or not len(known):
        return np.unique(known)
    return np.unique(np.quantile(known, np.linspace(0, 1, bins + 1)[1:-1], method="lower"))


def _bins(values: np.ndarray, edges: np.ndarray, category: bool) -> np.ndarray:
    place = np.searchsorted(edges, values)
    known = ~np.isnan(values)
    if category:
        known &= np.isin(values, edges)
    return np.where(known, place + 1, 0)


def _sums(
    bins: np.ndarray, y: np.ndarray, weight: np.ndarray, count: int, classes: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return each bin's weight, (count,), and its weight by class or sum of values, (count, k)."""
    total = np.bincount(bins, weights=weight, minlength=count)
    if not classes:
        return total, np.bincount(bins, weights=weight * y, minlength=count)[:, None]
    sums = np.bincount(bins * classes + y, weights=weight, minlength=count * classes)
    return total, sums.reshape(count, classes)


def _prior(y: np.ndarray, weight: np.ndarray, classes: int) -> np.ndarray:
    """Return the class shares, or the mean, over all rows, shape (k,)."""
    if not classes:
        return np.asarray([np.average(y, weights=weight)])
    shares: np.ndarray = np.bincount(y, weights=weight, minlength=classes) / weight.sum()
    return shares


def _means(
    bins: np.ndarray, y: np.ndarray, weight: np.ndarray, smoothing: float, shape: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Return smoothed means, per bin (count, k) and of all rows (k,); ``shape``: count, classes."""
    total, sums = _sums(bins, y, weight, *shape)
    prior = _prior(y, weight, shape[1])
    return (sums + smoothing * prior) / (total + smoothing)[:, None], prior


def _loss(bins: np.ndarray, y: np.ndarray, weight: np.ndarray, smoothing: float, classes: int) -> float:
    """Return the weighted squared error or Brier score, leaving each row out of its bin's mean.

    This avoids an array of rows by classes: with the bin's smoothed sums ``a`` and weight ``d``
    without the row, it is ``(sum(a**2) - a_y**2 + (a_y - w)**2) / d**2 - 2 (a_y - w) / d + 1``.
    """
    total, sums = _sums(bins, y, weight, int(bins.max()) + 1, classes)
    smoothed = sums + smoothing * _prior(y, weight, classes)
    rest = total[bins] - weight + smoothing
    if not classes:
        return float(np.average(((smoothed[bins, 0] - weight * y) / rest - y) ** 2, weights=weight))
    own = smoothed[bins, y]
    squares = (smoothed**2).sum(axis=1)[bins] - own**2 + (own - weight) ** 2
    return float(np.average(squares / rest**2 - 2 * (own - weight) / rest + 1, weights=weight))
