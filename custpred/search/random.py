"""Random search."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING

from custpred.search.base import Search

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from custpred.engine.base import Workers
    from custpred.search._scorer import Scorer
    from custpred.search._trial import Entry, Limits, Trial


class Random(Search):
    """Options drawn at random from their ranges; hard to beat in the first twenty trials.

    References
    ----------
    Bergstra and Bengio (2012), Random Search for Hyper-Parameter Optimization, JMLR 13.
    """

    def run(
        self,
        entries: Sequence[Entry],
        scorer: Scorer,
        workers: Workers,
        limits: Limits,
        notify: Callable[[Trial], None] = lambda trial: None,
    ) -> tuple[Trial, ...]:
        """Try every entry's initial configurations in turn, then random draws."""
        from custpred.search._chance import Chance
        from custpred.search._race import race

        return race(self, entries, Chance(entries, limits.seed), (scorer, workers, limits), notify)
