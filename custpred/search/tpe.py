"""Tree-structured Parzen estimators."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING

from custpred.search.base import Search

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from custpred.search._agenda import Proposer
    from custpred.search._trial import Entry, Limits, Trial


class TPE(Search):
    """Options drawn where good trials are dense and bad ones sparse, better families more often.

    References
    ----------
    Bergstra et al. (2011), Algorithms for Hyper-Parameter Optimization, NeurIPS 24, equation 11;
    Watanabe (2023), Tree-Structured Parzen Estimator, arXiv 2304.11127 (multivariate kernels).
    """

    synonyms = ("optuna", "bayes", "bayesian")

    def proposer(self, entries: Sequence[Entry], limits: Limits) -> Proposer:
        """Return an Optuna study per family, made when it is needed."""
        from custpred.search._lazy_studies import LazyStudies

        return LazyStudies(entries, limits)

    def keep(self, folder: Path, entries: Sequence[Entry], trials: Sequence[Trial]) -> None:
        """Write the trials as studies that Optuna's tools can read."""
        from custpred.search._optuna_journal import copy

        copy(folder, entries, trials)
