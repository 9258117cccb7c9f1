"""Stability indices with intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from custpred.columns.drift import FAR, shifted, stability

DRAWS = 200


class Stability:
    """A stability index ``psi``, its mean by chance ``noise`` and its ``limit``: fields below."""

    psi: float
    noise: float
    limit: float

    @property
    def moved(self) -> bool:
        """Return whether the shift is more than slight and more than chance explains."""
        return shifted(self.psi, self.limit)

    @property
    def far(self) -> bool:
        """Return whether the shift is large."""
        return self.moved and self.psi > FAR


@dataclass(frozen=True)
class Index(Stability):
    """The stability index of a column or of scores, its 95 % interval, and what chance gives."""

    name: str
    psi: float
    low: float
    high: float
    noise: float
    limit: float


def index_of(name: str, then: np.ndarray, now: np.ndarray) -> Index:
    """Return the stability index of two arrays of counts by bin, with a bootstrap interval.

    >>> found = index_of("age", np.array([500, 300, 200]), np.array([200, 300, 500]))
    >>> round(found.psi, 2), found.low < found.psi < found.high
    (0.55, True)
    """
    draw = np.random.default_rng(0)
    psi, noise, limit = stability(then, now)
    pairs = zip(*(draw.multinomial(round(each.sum()), each / each.sum(), DRAWS) for each in (then, now)), strict=True)
    drawn = np.array([stability(*map(np.asarray, pair)).psi for pair in pairs])
    low, high = psi + np.quantile(drawn - drawn.mean(), [0.025, 0.975])
    return Index(name, psi, float(np.clip(low, 0.0, psi)), float(max(high, psi)), noise, limit)
