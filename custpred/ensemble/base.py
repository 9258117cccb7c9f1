"""The contract of ensembles: out-of-fold raw scores of the members in, one weight each out.

Models that err in different places are better together: the mean of their raw scores has less
noise.  Weights are chosen on out-of-fold rows by the recipe's metric.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from custpred.spec import Spec

if TYPE_CHECKING:
    import numpy as np

    from custpred.ensemble._library import Library
    from custpred.task import Setting


class Ensemble(Spec):
    """How members are combined: a weighted mean of raw scores (logits, log-probabilities, values).

    >>> Ensemble.kinds(), Ensemble.parse("greedy").kind()
    (('best', 'greedy'), 'greedy')
    """

    @classmethod
    def usual(cls, setting: Setting) -> tuple[Ensemble, str]:
        """Return the choice for ``auto`` and the reason."""
        return cls.parse("greedy"), "a weighted blend is rarely worse than its best member"

    @property
    def limit(self) -> float | None:
        """Return the latency limit for one customer, in seconds; None if there is no limit."""
        return getattr(self, "latency", None)

    @property
    def batch_limit(self) -> float | None:
        """Return the limit in seconds for a million rows on all cores; None without a limit."""
        return getattr(self, "seconds_per_million_rows", None)

    def weigh(self, library: Library, seed: int = 0) -> np.ndarray:
        """Return each member's weight, shape (n_members,); the blend is never worse than the best.

        Weights sum to 1; only stacking makes some of them negative.
        """
        raise NotImplementedError

    def lighter(self) -> Self:
        """Return a cheaper variant of the same method, used only to assess the method."""
        return self
