"""Totals of the best-scored customers: sums over the top of a ranking, with bootstrap."""

from __future__ import annotations

import numpy as np

DRAWS = 200
MOST_NUMBERS = 20_000_000
"""Maximum of rows x draws; larger data get fewer draws, but at least 50."""


class Ranking:
    """Customers from the highest score down; customers with equal scores share their amounts.

    Parameters
    ----------
    score : ndarray of shape (n,)
    amount : ndarray of shape (n,)
        Amount of each customer: 1 for a positive, or money.
    """

    def __init__(self, score: np.ndarray, amount: np.ndarray) -> None:
        order = np.argsort(-score, kind="stable")
        self._amount = amount[order].astype(float)
        self._ends = last_of_ties(score[order])

    def __len__(self) -> int:
        return len(self._amount)

    @property
    def amounts(self) -> np.ndarray:
        """Return the amount of each customer, the highest score first, shape (n,)."""
        return self._amount

    def held(self, sizes: np.ndarray, weight: np.ndarray | None = None) -> np.ndarray:
        """Return the total amount of the top ``sizes`` customers, shape (n_sizes,)."""
        weight = np.ones(len(self)) if weight is None else weight
        count = np.r_[0.0, np.cumsum(weight)[self._ends]]
        held = np.r_[0.0, np.cumsum(weight * self._amount)[self._ends]]
        return np.asarray(np.interp(sizes, count, held))

    def drawn(self, sizes: np.ndarray, seed: int) -> np.ndarray:
        """Return bootstrap replicates of ``held``, shape (n_draws, n_sizes)."""
        rng, n = np.random.default_rng(seed), len(self)
        draws = max(50, min(DRAWS, MOST_NUMBERS // n))
        return np.array([self.held(sizes, np.bincount(rng.integers(n, size=n), minlength=n)) for _ in range(draws)])


def last_of_ties(ordered: np.ndarray) -> np.ndarray:
    """Return the positions of the last of each run of equal values."""
    return np.flatnonzero(np.r_[np.diff(ordered) != 0, True])


def band(drawn: np.ndarray, value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the 95 % interval of draws, widened to include the value; each of shape (n_sizes,)."""
    low, high = np.nanquantile(drawn, [0.025, 0.975], axis=0)
    return np.minimum(low, value), np.maximum(high, value)
