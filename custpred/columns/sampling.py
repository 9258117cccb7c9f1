"""Random samples of rows."""

from __future__ import annotations

import numpy as np


def sampled(rows: int, most: int, seed: int) -> np.ndarray:
    """Return at most ``most`` row positions of ``rows``, drawn at random, in ascending order.

    >>> sampled(3, 5, seed=0).tolist(), len(sampled(100, 5, seed=0))
    ([0, 1, 2], 5)
    """
    if rows <= most:
        return np.arange(rows)
    return np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))
