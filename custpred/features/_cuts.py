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
    """Return the cuts between ``count`` groups of about equal size, shape (count - 1,); empty without values.

    Equal values stay together in the lower group, so cuts may repeat and groups may be empty.
    """
    if not len(ascending):
        return ascending
    edges = ascending[(len(ascending) - 1) * np.arange(1, count) // count]
    # ``placed`` puts a value that equals a cut above it; the next number keeps a quantile's own rows below.
    above: np.ndarray = np.nextafter(edges, np.inf)
    return above


def width_cuts(ascending: np.ndarray, count: int) -> np.ndarray:
    """Return the cuts between ``count`` groups of equal width, shape (count - 1,); empty without values."""
    if not len(ascending):
        return ascending
    edges: np.ndarray = np.linspace(ascending[0], ascending[-1], count + 1)[1:-1]
    return edges


def placed(values: np.ndarray, cuts: np.ndarray) -> np.ndarray:
    """Return the group 0, 1, ... of each value as int, -1 if missing; a value equal to a cut is in the group above."""
    return np.where(np.isnan(values), -1, np.searchsorted(cuts, values, side="right"))
