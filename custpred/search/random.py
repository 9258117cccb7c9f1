"""Random search."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING

from custpred.search.base import Search

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.search._agenda import Proposer
    from custpred.search._trial import Entry, Limits


class Random(Search):
    """Options drawn at random from their ranges; hard to beat in the first twenty trials.

    References
    ----------
    Bergstra and Bengio (2012), Random Search for Hyper-Parameter Optimization, JMLR 13.
    """

    synonyms = ("randomizedsearchcv", "random_search")

    def proposer(self, entries: Sequence[Entry], limits: Limits) -> Proposer:
        """Return random draws."""
        from custpred.search._random_sampler import RandomSampler

        return RandomSampler(entries, limits.seed)
