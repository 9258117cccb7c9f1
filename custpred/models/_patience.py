"""When a learner that works in rounds should stop: nothing is gained any more, or the time is spent."""

from __future__ import annotations

import math
import time


class Patience:
    """Early stopping that waits longer the longer the learning lasts.

    Parameters
    ----------
    learning_rate
        The floor is 2.5 / learning_rate rounds, between 50 and 100.  AutoGluon waits 300 rounds up to 10,000 rows;
        at a step of .05 the best round is near 100, so three quarters of such a fit would be waiting, which a budget
        of a minute cannot pay.  Below 50 rounds the loss of a few hundred validation rows is still noise.
    seconds
        Soft time limit; None for none.

    Notes
    -----
    Stops when more than ``max(floor, 0.3 * best round + 20)`` rounds passed since the best (AutoGluon's rule).
    """

    def __init__(self, learning_rate: float, seconds: float | None) -> None:
        self.floor = min(100.0, max(50.0, 2.5 / learning_rate))
        self.best, self.best_round, self.round = math.inf, 0, 0
        self._end = math.inf if seconds is None else time.monotonic() + seconds

    @property
    def spent(self) -> bool:
        """Tell whether the time is over."""
        return time.monotonic() >= self._end

    def stop(self, loss: float | None) -> bool:
        """Take one round's validation loss (None: there are no validation rows); tell whether to stop."""
        self.round += 1
        if loss is None:
            self.best_round = self.round
            return self.spent
        if loss < self.best:
            self.best, self.best_round = loss, self.round
        return self.round - self.best_round > max(self.floor, 0.3 * self.best_round + 20) or self.spent

    @property
    def rounds(self) -> int:
        """Return how many rounds to keep: up to the best, at least one."""
        return max(1, self.best_round)
