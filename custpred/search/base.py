"""The contract of searches: configurations are proposed, scored fold by fold, and kept on a board."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Protocol

from pydantic import Field

from custpred.spec import Spec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from custpred.engine.base import Outcome, Workers
    from custpred.models.base import Model
    from custpred.search._trial import Entry, Limits, Trial


class Scorer(Protocol):
    """How ``run`` scores a configuration; the search does not know what a fold is."""

    def bar(self, trials: Sequence[Trial]) -> Any:
        """Return what a new trial must not fall behind, given those that have ended; None while there is nothing."""

    def jobs(self, number: int, model: Model, bar: Any = None) -> list[tuple[Callable[[Any], Any], Any]]:
        """Return the trial's jobs as (function, item) pairs for the workers; a job may end early at the bar."""

    def hopeless(self, bar: Any, outcomes: Sequence[Outcome]) -> bool:
        """Tell whether the jobs that have ended well show that the trial is not worth its other jobs."""

    def judge(self, number: int, model: Model, outcomes: Sequence[Outcome]) -> Trial:
        """Make a trial of the outcomes, in the jobs' order; after a failed one the others may be missing."""

    def drop(self, outcomes: Sequence[Outcome]) -> None:
        """Take note of a trial that was cut and is no trial."""


class Search(Spec):
    """How configurations are chosen."""

    trials: Annotated[int | None, Field(ge=1, description="Number of trials at most.")] = None

    def run(
        self,
        entries: Sequence[Entry],
        scorer: Scorer,
        workers: Workers,
        limits: Limits,
        tell: Callable[[Trial], None] = lambda trial: None,
    ) -> tuple[Trial, ...]:
        """Return all trials by number: each entry's starts in turn, then what the search proposes, until a limit.

        Where ``limits.left()`` is None, work is counted: trials do not depend on the number of workers, nor on a cut.

        Raises
        ------
        Interrupted
            On Ctrl-C, with the finished trials in ``trials``.
        """
        raise NotImplementedError

    def keep(self, folder: Path, entries: Sequence[Entry], trials: Sequence[Trial]) -> None:
        """Leave in the run folder what other tools read of this search; nothing, if they know none of its kind."""
