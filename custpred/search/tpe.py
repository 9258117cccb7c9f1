"""Tree-structured Parzen estimators."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING

from custpred.search.base import Search

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from custpred.engine.base import Workers
    from custpred.search._scorer import Scorer
    from custpred.search._trial import Entry, Limits, Trial


class TPE(Search):
    """Options drawn where good trials are dense and bad ones sparse, better families more often.

    References
    ----------
    Bergstra et al. (2011), Algorithms for Hyper-Parameter Optimization, NeurIPS 24, equation 11;
    Watanabe (2023), Tree-Structured Parzen Estimator, arXiv 2304.11127 (multivariate kernels).
    """

    def run(
        self,
        entries: Sequence[Entry],
        scorer: Scorer,
        workers: Workers,
        limits: Limits,
        notify: Callable[[Trial], None] = lambda trial: None,
    ) -> tuple[Trial, ...]:
        """Try every entry's initial configurations in turn, then an Optuna study per family."""
        from custpred.search._late import LateStudies
        from custpred.search._race import race

        return race(self, entries, LateStudies(entries, limits), (scorer, workers, limits), notify)

    def keep(self, folder: Path, entries: Sequence[Entry], trials: Sequence[Trial]) -> None:
        """Write the trials as studies that Optuna's tools can read."""
        from custpred.search._copy import copy

        copy(folder, entries, trials)
