"""What a search is scored by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.engine.base import Job, Outcome
    from custpred.models.base import Model
    from custpred.search._bar import Bar
    from custpred.search._trial import Trial


class Scorer(Protocol):
    """How ``run`` scores a configuration; the search does not know what a fold is."""

    def bar(self, trials: Sequence[Trial]) -> Bar | None:
        """Return what a new trial must not fall behind, given those that have ended; None while there is nothing."""

    def jobs(self, number: int, model: Model, bar: Bar | None = None) -> list[Job]:
        """Return the trial's jobs as (function, item) pairs for the workers; a job may end early at the bar."""

    def hopeless(self, bar: Bar, outcomes: Sequence[Outcome]) -> bool:
        """Return whether the jobs that have ended well show that the trial does not need its other jobs."""

    def assess(self, number: int, model: Model, outcomes: Sequence[Outcome]) -> Trial:
        """Make a trial of the outcomes, in the jobs' order; after a failed one the others may be missing."""

    def drop(self, outcomes: Sequence[Outcome]) -> None:
        """Take note of a trial that was cut and is no trial."""
