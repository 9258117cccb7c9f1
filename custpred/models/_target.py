"""The transform of a regression target for learning, and back with an unbiased mean."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Self

import numpy as np

from custpred.errors import NotApplicable
from custpred.models._scores import through

if TYPE_CHECKING:
    from custpred.storage.plain import State

Transform = Literal["plain", "log", "ratio"]
LOG_FIRST = 2.5
"""Skewness of amounts above which models of their log come first."""


@dataclass(frozen=True)
class Link:
    """The link of a score f: ``start + slope f``, or ``scale exp(start + slope f) - shift``.

    Targets are centred and scaled, so penalties have no unit.  ``high`` caps the exponent just
    above training: a log model that extrapolates must not predict astronomical amounts.
    """

    start: float = 0.0
    slope: float = 1.0
    exponential: bool = False
    scale: float = 1.0
    shift: float = 0.0
    high: float = 700.0

    @classmethod
    def learn(cls, y: np.ndarray, weight: np.ndarray | None, transform: Transform) -> Self:
        """Fit to training targets: ``plain``, ``log`` (of 1 + y) or ``ratio`` (y over its mean)."""
        if transform == "plain":
            centre = float(np.average(y, weights=weight))
            return cls(centre, _spread(y, weight))
        if np.min(y) < 0:
            raise NotApplicable("A log target needs values of 0 or more; this target has negative ones.")
        if transform == "ratio":
            return cls(exponential=True, scale=max(float(np.average(y, weights=weight)), 1e-12), high=60.0)
        logs = np.log1p(y)
        centre, high = float(np.average(logs, weights=weight)), float(logs.max()) + 0.5
        return cls(centre, _spread(logs, weight), exponential=True, shift=1.0, high=high)

    def inner(self, y: np.ndarray) -> np.ndarray:
        """Return the target to fit, shape (n,); for a learner with its own log link, the ratio."""
        if not self.exponential:
            return np.asarray((y - self.start) / self.slope)
        return np.asarray((np.log1p(y) - self.start) / self.slope) if self.shift else np.asarray(y / self.scale)

    def value(self, score: np.ndarray) -> np.ndarray:
        """Return values from the learner's scores, shape (n,)."""
        inside = self.start + self.slope * np.asarray(score, dtype=float)
        return self._outer(inside) if self.exponential else inside

    def parts(self, parts: np.ndarray) -> np.ndarray:
        """Convert contributions to the score, shape (n, p + 1), to contributions to the value."""
        inside = parts.astype(float) * self.slope
        inside[:, -1] += self.start
        return through(inside, self._outer, self._slope) if self.exponential else inside

    def smeared(self, y: np.ndarray, score: np.ndarray, weight: np.ndarray | None) -> Link:
        """Return the link with Duan's smearing factor, the mean of exp(residual): an unbiased mean.

        References
        ----------
        Duan (1983), Smearing estimate: a nonparametric retransformation method, JASA 78, eq. 2.2.
        """
        if not (self.exponential and self.shift):
            return self
        inside = np.minimum(self.start + self.slope * np.asarray(score, dtype=float), self.high)
        factor = float(np.average(np.exp(np.log1p(y) - inside), weights=weight))
        return replace(self, scale=factor)

    def dump(self) -> State:
        """Return plain data; ``Link(**data)`` reads it back."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def _outer(self, inside: np.ndarray) -> np.ndarray:
        return np.asarray(self.scale * np.exp(np.minimum(inside, self.high)) - self.shift)

    def _slope(self, inside: np.ndarray) -> np.ndarray:
        return np.where(inside < self.high, self.scale * np.exp(np.minimum(inside, self.high)), 0.0)


def transform_of(y: np.ndarray, asked: str) -> Transform:
    """Resolve ``auto``: log if y is not negative and skewed (over 1.5), and log halves that."""
    if asked != "auto":
        return "log" if asked == "log" else "plain"
    if np.min(y) < 0 or np.ptp(y) == 0:
        return "plain"
    before, after = skewness(y), abs(skewness(np.log1p(y)))
    return "log" if before > 1.5 and after < before / 2 else "plain"


def log_first(y: np.ndarray) -> bool:
    """Return whether amounts are so skewed that their log is usually easier to predict.

    The log had the smaller squared error on all tables tried above this skewness
    (docs/benchmarks.md); below it was as often the larger one.
    """
    return not often_nothing(y) and transform_of(y, "auto") == "log" and bool(skewness(y) > LOG_FIRST)


def often_nothing(y: np.ndarray) -> bool:
    """Return whether no amount is negative and at least 10 % are 0."""
    return bool(np.min(y) >= 0 and np.mean(y == 0) >= 0.1)


def skewness(y: np.ndarray) -> np.ndarray:
    """Return the third standardised moment over the last axis; 0 for constants."""
    apart = y - y.mean(axis=-1, keepdims=True)
    spread = apart.std(axis=-1, keepdims=True)
    unit = np.divide(apart, spread, out=np.zeros_like(apart), where=spread > 0)
    return np.asarray((unit * unit * unit).mean(axis=-1))  # np.power takes three times as long


def _spread(y: np.ndarray, weight: np.ndarray | None) -> float:
    spread = float(np.sqrt(np.average((y - np.average(y, weights=weight)) ** 2, weights=weight)))
    return spread if spread > 1e-12 * float(np.max(np.abs(y), initial=0.0)) else 1.0
