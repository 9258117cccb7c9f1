"""Cuts that divide numbers into bins or tiers."""

from __future__ import annotations

import numpy as np


def ordered(values: np.ndarray) -> np.ndarray:
    """Return the finite values in ascending order."""
    found: np.ndarray = np.sort(values[np.isfinite(values)])
    return found


def distinct(ascending: np.ndarray) -> int:
    """Return the number of distinct values of an ordered array."""
    return min(len(ascending), 1) + int(np.count_nonzero(np.diff(ascending)))


def quantile_cuts(ascending: np.ndarray, count: int) -> np.ndarray:
    """Return the cuts between ``count`` groups of about equal size, shape (count - 1,), or empty.

    Equal values stay together in the lower group, so cuts may repeat and groups may be empty.
    """
    if not len(ascending):
        return ascending
    edges = ascending[(len(ascending) - 1) * np.arange(1, count) // count]
    # ``placed`` puts a value equal to a cut above it: cut at the next number after a quantile.
    above: np.ndarray = np.nextafter(edges, np.inf)
    return above


def width_cuts(ascending: np.ndarray, count: int) -> np.ndarray:
    """Return the cuts between ``count`` groups of equal width, shape (count - 1,), or empty."""
    if not len(ascending):
        return ascending
    edges: np.ndarray = np.linspace(ascending[0], ascending[-1], count + 1)[1:-1]
    return edges


def placed(values: np.ndarray, cuts: np.ndarray) -> np.ndarray:
    """Return each value's group 0, 1, ... as int, -1 if missing; values at a cut are above it."""
    return np.where(np.isnan(values), -1, np.searchsorted(cuts, values, side="right"))
