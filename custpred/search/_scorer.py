"""The interface that scores configurations for a search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.engine.base import Job, Outcome
    from custpred.models.base import Model
    from custpred.search._bar import Bar
    from custpred.search._trial import Trial


class Scorer(Protocol):
    """Scores configurations for a search, which need not know about folds."""

    def bar(self, trials: Sequence[Trial]) -> Bar | None:
        """Return the bar for a new trial from the finished ones; None while there are none."""

    def jobs(self, number: int, model: Model, bar: Bar | None = None) -> list[Job]:
        """Return the trial's jobs as (function, item) pairs; a job may stop early at the bar."""

    def hopeless(self, bar: Bar, number: int, outcomes: Sequence[Outcome]) -> bool:
        """Return whether a trial's successful jobs already make its other jobs unnecessary."""

    def assess(self, number: int, model: Model, outcomes: Sequence[Outcome]) -> Trial:
        """Make a trial from the outcomes by job; after a failed one others may be missing."""

    def drop(self, outcomes: Sequence[Outcome]) -> None:
        """Discard the outcomes of a trial that was cut off and does not count."""
