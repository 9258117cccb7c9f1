"""Early stopping of trials whose first folds show that they can neither win nor help a blend.

A trial must stay within a margin of the best trial on the folds that both have done.  The margin is
a share of the distance between the worst and the best trial, and wider where folds are few or
small, as their scores are noisy.  A trial further behind continues if its mixture with the best one
is better than the best alone, which is so if they err differently.  See ``_race.py`` for the paper.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np

    from custpred.search._trial import Trial

MARGIN = 0.06
"""Margin as a share of the distance from the constant to the best trial: members further behind
never got a weight on the development tables (docs/benchmarks.md)."""

MIXED = 0.25
"""Weight of a trial's scores in the mixture with the best trial's."""
LEAD, LEAD_NOISE = 0.003, 0.1
"""Lead of a mixture that lets a trial continue, as a share of the same distance; and how it grows
with the noise of few rows."""


def mixture(best: np.ndarray, raw: np.ndarray) -> np.ndarray:
    """Return the mixture of the best trial's raw scores and a trial's, of the same rows."""
    return (1 - MIXED) * best + MIXED * raw


@dataclass(frozen=True)
class Bar:
    """The bar for a trial: the best trial's gain on each fold minus a margin for noise.

    Parameters
    ----------
    folds
        The best trial's gain on each fold.
    spread
        Distance between the best trial and the worst, which is usually the constant.
    rows
        Held-out rows of one fold.
    seconds
        Duration of one fold of the best trial; infinite if that is no booster, whose time says
        nothing about what a booster needs.
    number
        Number of the best trial.
    """

    folds: tuple[float, ...]
    spread: float
    rows: int
    seconds: float = 0.0
    number: int = -1

    @classmethod
    def of(cls, trials: Sequence[Trial], rows: int) -> Self | None:
        """Return the bar set by the finished trials; None if there is nothing to compare."""
        scored = [trial for trial in trials if trial.scored]
        best = max(scored, key=lambda trial: trial.gain, default=None)
        if best is None or not best.folds or not all(math.isfinite(gain) for gain in best.folds):
            return None
        spread = best.gain - min(trial.gain for trial in scored)
        seconds = best.fit_seconds / len(best.folds) if best.model.halved else math.inf
        return cls(best.folds, spread, rows, seconds, best.number) if spread > 0 else None

    def missed(self, gains: Mapping[int, float], mixed: Callable[[int], float]) -> bool:
        """Return whether a trial is too far behind, and its mixture with the best no better.

        Parameters
        ----------
        gains
            The trial's gain on each fold so far.
        mixed
            Returns the gain of the mixture on a fold; called only for a trial that is behind.
        """
        return self.behind(gains) and not self.helped({fold: mixed(fold) for fold in gains})

    def behind(self, gains: Mapping[int, float]) -> bool:
        """Return whether a trial's gains on the folds so far are too far behind; nan is not."""
        return self._ahead(gains) < -self.spread * (MARGIN + self._noise(gains))

    def helped(self, mixed: Mapping[int, float]) -> bool:
        """Return whether mixtures with the best trial are better than it; nan is not."""
        return self._ahead(mixed) > self.spread * (LEAD + LEAD_NOISE * self._noise(mixed))

    def _noise(self, gains: Mapping[int, float]) -> float:
        return 1 / math.sqrt(self.rows * len(gains))

    def _ahead(self, gains: Mapping[int, float]) -> float:
        """Return the mean lead over the best trial on these folds."""
        return sum(gain - self.folds[fold] for fold, gain in gains.items()) / len(gains)
