"""Early stopping of learners that work in rounds: no more improvement, or no more time."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class Patience:
    """Early stopping with a patience that grows with the best round.

    Parameters
    ----------
    learning_rate
        Minimum patience 2.5 / learning_rate rounds, clipped to 50 to 100.  AutoGluon waits 300
        rounds up to 10,000 rows: at a rate of .05 the best is near 100, so three quarters of a fit
        would be waiting, too long for a minute.  Below 50, noise in a small validation set would
        decide.
    seconds
        Soft time limit; None for no limit.

    Notes
    -----
    Stops ``max(minimum, 0.3 * best round + 20)`` rounds after the best (AutoGluon's rule).
    """

    def __init__(self, learning_rate: float, seconds: float | None) -> None:
        self.floor = min(100.0, max(50.0, 2.5 / learning_rate))
        self.round = 0
        self._best = [(math.inf, 0)]
        self._end = math.inf if seconds is None else time.monotonic() + seconds

    @property
    def spent(self) -> bool:
        """Return whether time is up."""
        return time.monotonic() >= self._end

    def stop(self, losses: Sequence[float]) -> bool:
        """Record a round's loss on the validation rows or their halves; return whether to stop.

        Without validation rows ``losses`` is empty, and only the time limit applies.
        """
        self.round += 1
        if not losses:
            self._best = [(0.0, self.round)]
            return self.spent
        found = [sum(losses) / len(losses), *(losses if len(losses) > 1 else ())]
        best = self._best if len(self._best) == len(found) else [(math.inf, 0)] * len(found)
        self._best = [(loss, self.round) if loss < old[0] else old for loss, old in zip(found, best, strict=True)]
        waited = self.round - self._best[0][1]
        return waited > max(self.floor, 0.3 * self._best[0][1] + 20) or self.spent

    @property
    def rounds(self) -> tuple[int, ...]:
        """Return the best number of rounds on all validation rows, then on each half."""
        return tuple(max(1, place) for _, place in self._best)
