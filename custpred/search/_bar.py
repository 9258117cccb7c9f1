"""Early stopping of trials whose first folds show that they can neither win nor help a blend.

A trial must stay within a margin of the best trial on the folds that both have done.  The margin is
a share of the distance between the worst and the best trial, and wider where folds are few or
small, as their scores are noisy.  See ``_race.py`` for the paper.
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
    """

    folds: tuple[float, ...]
    spread: float
    rows: int
    seconds: float = 0.0

    @classmethod
    def of(cls, trials: Sequence[Trial], rows: int) -> Self | None:
        """Return the bar set by the finished trials; None if there is nothing to compare."""
        scored = [trial for trial in trials if trial.scored]
        best = max(scored, key=lambda trial: trial.gain, default=None)
        if best is None or not best.folds or not all(math.isfinite(gain) for gain in best.folds):
            return None
        spread = best.gain - min(trial.gain for trial in scored)
        seconds = best.fit_seconds / len(best.folds) if best.model.halved else math.inf
        return cls(best.folds, spread, rows, seconds) if spread > 0 else None

    def missed(self, gains: Mapping[int, float]) -> bool:
        """Return whether the folds finished so far (number -> gain) are too far behind."""
        behind = sum(self.folds[fold] - gain for fold, gain in gains.items()) / len(gains)
        return behind > self.spread * (MARGIN + 1 / math.sqrt(self.rows * len(gains)))
