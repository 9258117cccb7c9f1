"""Groups of customers of equal size by score; customers with equal scores stay together."""

from __future__ import annotations

import numpy as np


def equal_counts(score: np.ndarray, bins: int, least: int = 1) -> np.ndarray:
    """Return the group of each customer, 0 for the lowest scores, shape (n,).

    Equal scores are in the group of their mean rank; a group below ``least`` joins a neighbour.
    """
    bins = max(1, min(bins, len(score) // max(least, 1)))
    _, place, counts = np.unique(score, return_inverse=True, return_counts=True)
    middle = (counts.cumsum() - counts / 2) / len(score)
    group = np.minimum((middle * bins).astype(int), bins - 1)
    sizes = np.bincount(group, weights=counts, minlength=bins)
    return np.asarray(merged(sizes, least)[group][place])


def merged(sizes: np.ndarray, least: int) -> np.ndarray:
    """Return each group's new number, merging neighbours until each has ``least`` customers."""
    numbers = np.zeros(len(sizes), dtype=int)
    current, held = 0, 0.0
    for place, size in enumerate(sizes):
        numbers[place] = current
        held += size
        if held >= least:
            current, held = current + 1, 0.0
    if held and current:
        numbers[numbers == current] = current - 1
    return numbers


def reliability(
    group: np.ndarray, prediction: np.ndarray, outcome: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return count, mean prediction and mean outcome of each group, each of shape (n_groups,)."""
    counts = np.bincount(group)
    return counts, np.bincount(group, weights=prediction) / counts, np.bincount(group, weights=outcome) / counts
