"""Cross-fitted means of the target: values of ``target_mean`` and a measure of strength.

References
----------
Micci-Barreca, D. (2001), A preprocessing scheme for high-cardinality categorical attributes in
classification and prediction problems, SIGKDD Explorations 3(1), doi:10.1145/507533.507538:
equation (3), with the weight ``n / (n + smoothing)`` of equation (7).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from custpred.task import Task

BINS, FOLDS, SMOOTHING = 16, 5, 10.0


def goals(y: np.ndarray, task: Task | None) -> np.ndarray:
    """Return the quantities to average, (n_goals, n_rows): a 0/1 row per class, or values."""
    if task is None or task.kind != "multiclass":
        return np.asarray(y, dtype=float)[None, :]
    hits: np.ndarray = np.arange(task.classes)[:, None] == np.asarray(y)[None, :]
    return hits.astype(float)


def assigned(rows: int, folds: int, seed: int) -> np.ndarray:
    """Return a random fold for each row, independent of the target, shape (n_rows,)."""
    return np.random.default_rng(seed).permutation(rows) % folds


def shrunk(sums: np.ndarray, rows: np.ndarray, prior: np.ndarray | float, smoothing: float) -> np.ndarray:
    """Return level means shrunk to the prior, which is also the mean of levels without rows."""
    weight = rows + smoothing
    full = np.broadcast_to(np.asarray(prior, dtype=float), weight.shape)
    drawn: np.ndarray = np.divide(sums + smoothing * full, weight, out=full.copy(), where=(rows > 0) & (weight > 0))
    return drawn


def means(slots: np.ndarray, levels: int, goal: np.ndarray, smoothing: float) -> np.ndarray:
    """Return one goal's mean by level, shape (levels,); negative slots are ignored."""
    known = slots >= 0
    rows = np.bincount(slots[known], minlength=levels)
    sums = np.bincount(slots[known], weights=goal[known], minlength=levels)
    return shrunk(sums, rows, goal.mean(), smoothing)


def out_of_fold(slots: np.ndarray, levels: int, goal: np.ndarray, fold: np.ndarray, smoothing: float) -> np.ndarray:
    """Return each row's level mean over the rows of the other folds, shape (n_rows,).

    A row's own label does not enter its own value, neither through its level nor through the prior.
    """
    folds = int(fold.max()) + 1
    place = np.where(slots < 0, levels, slots)
    cell = fold * (levels + 1) + place
    shape = (folds, levels + 1)
    own_rows = np.bincount(cell, minlength=folds * (levels + 1)).reshape(shape)
    own_sums = np.bincount(cell, weights=goal, minlength=folds * (levels + 1)).reshape(shape)
    # Summed over the other folds: subtracting from the total would leak the label by rounding.
    others = 1.0 - np.eye(folds)
    rows, sums = others @ own_rows, others @ own_sums
    all_rows = rows.sum(axis=1, keepdims=True)
    prior = np.divide(sums.sum(axis=1, keepdims=True), all_rows, out=np.full((folds, 1), np.nan), where=all_rows > 0)
    rows[:, levels] = 0.0
    value: np.ndarray = shrunk(sums, rows, prior, smoothing)[fold, place]
    return value


def cross_fitted_r2(aims: np.ndarray, seed: int) -> Callable[[np.ndarray, int], float]:
    """Return a function from a grouping to the R squared of its cross-fitted means.

    It may be negative.  The function takes the group of each row, shape (n_rows,), negative if it
    has none, and the number of groups.

    Parameters
    ----------
    aims : ndarray of shape (n_goals, n_rows)
        The result of ``goals``.
    """
    fold = assigned(aims.shape[1], FOLDS, seed)

    def error(slots: np.ndarray, levels: int) -> float:
        own = [np.square(goal - out_of_fold(slots, levels, goal, fold, SMOOTHING)).sum() for goal in aims]
        return sum(map(float, own))

    of_mean = error(np.full(fold.shape, -1), 0)
    return lambda slots, levels: 1.0 - error(slots, levels) / of_mean if of_mean > 0 else 0.0


def noise(slots: np.ndarray, levels: int, tries: int) -> float:
    """Return the largest R squared to expect by chance of ``tries`` uninformative groupings.

    By chance it has the standard deviation ``2 sqrt(levels) / rows`` (less for levels with few
    rows, which are shrunk), and the largest of many is ``sqrt(2 log(tries))`` of these.
    """
    rows = np.bincount(slots[slots >= 0], minlength=levels)
    weight = np.square(rows / (rows + SMOOTHING)).sum()
    return float(2 * np.sqrt(weight * 2 * np.log(tries + 2)) / max(len(slots), 1))


def binned(values: np.ndarray, count: int = BINS) -> tuple[np.ndarray, int]:
    """Return each row's quantile bin (missing values: the first) and their number."""
    finite = np.isfinite(values)
    ordered = np.sort(values[finite])
    edges = np.unique(ordered[np.arange(1, count) * len(ordered) // count]) if len(ordered) else ordered
    return np.where(finite, np.searchsorted(edges, values) + 1, 0), len(edges) + 2
