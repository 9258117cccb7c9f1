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
    from collections.abc import Mapping, Sequence

    from custpred.search._trial import Trial

MARGIN = 0.06
"""Margin as a share of the distance from the constant to the best trial: members further behind
never got a weight on the development tables (docs/benchmarks.md)."""

MIXED = 0.25
"""Weight of a trial's scores in the mixture with the best trial's."""
LEAD, LEAD_NOISE = 0.003, 0.1
"""Lead of a mixture that lets a trial continue, as a share of the same distance; and how it grows
with the noise of few rows."""


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

    def missed(self, gains: Mapping[int, float], mixed: Mapping[int, float]) -> bool:
        """Return whether the folds finished so far are too far behind, and no help for a blend.

        Parameters
        ----------
        gains
            The trial's gain on each of these folds.
        mixed
            The gains of its mixtures with the best trial; nan if unknown, which is no help.
        """
        noise = 1 / math.sqrt(self.rows * len(gains))
        behind = self._ahead(gains) < -self.spread * (MARGIN + noise)  # nan is not behind
        helps = self._ahead(mixed) > self.spread * (LEAD + LEAD_NOISE * noise)
        return behind and not helps

    def _ahead(self, gains: Mapping[int, float]) -> float:
        """Return the mean lead over the best trial on these folds."""
        return sum(gain - self.folds[fold] for fold, gain in gains.items()) / len(gains)
