"""When a trial is stopped: its first folds show that it can neither win nor help a blend.

A trial must stay within a margin of the best trial on the folds that both have done.  The margin is a
share of the distance between the worst and the best trial, and wider where folds are few or small, as
their scores are noisy.  See ``_race.py`` for the paper.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from custpred.search._trial import Trial

BEHIND = 0.06
"""Share of the way from the constant to the best trial: members that were further behind never got weight on the
development tables (docs/benchmarks.md)."""


@dataclass(frozen=True)
class Bar:
    """What a trial must not fall behind: the best trial's gains by fold, less a margin that noise widens.

    Parameters
    ----------
    folds
        The best trial's gain on each fold.
    spread
        How much better the best trial is than the worst, which is the constant as a rule.
    rows
        Held-out rows of one fold.
    seconds
        What one fold of the best trial took.
    """

    folds: tuple[float, ...]
    spread: float
    rows: int
    seconds: float = 0.0

    @classmethod
    def of(cls, trials: Sequence[Trial], rows: int) -> Self | None:
        """Return the bar that finished trials set; None while there is nothing to compare with."""
        scored = [trial for trial in trials if trial.scored]
        best = max(scored, key=lambda trial: trial.gain, default=None)
        if best is None or not best.folds or not all(math.isfinite(gain) for gain in best.folds):
            return None
        spread = best.gain - min(trial.gain for trial in scored)
        return cls(best.folds, spread, rows, best.fit_seconds / len(best.folds)) if spread > 0 else None

    def missed(self, gains: Mapping[int, float]) -> bool:
        """Return whether the folds done so far (number -> gain) are too far behind."""
        behind = sum(self.folds[fold] - gain for fold, gain in gains.items()) / len(gains)
        return behind > self.spread * (BEHIND + 1 / math.sqrt(self.rows * len(gains)))
