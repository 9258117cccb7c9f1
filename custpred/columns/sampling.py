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


def stratified(truth: np.ndarray, folds: int, generator: np.random.Generator) -> np.ndarray:
    """Return each row's fold, drawn at random with equal shares of each label, shape (n_rows,).

    >>> fold = stratified(np.repeat([0, 1], 4), 2, np.random.default_rng(0))
    >>> np.bincount(fold[:4]).tolist(), np.bincount(fold[4:]).tolist()
    ([2, 2], [2, 2])
    """
    order = generator.permutation(len(truth))
    order = order[np.argsort(truth[order], kind="stable")]
    fold = np.empty(len(truth), dtype=np.intp)
    fold[order] = np.arange(len(truth)) % folds
    return fold
