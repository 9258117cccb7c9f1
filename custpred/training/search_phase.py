"""The search of a run: the first model in this process, then the search by workers if they are ready in time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from custpred.engine.inline import Inline
from custpred.engine.local import LOADING
from custpred.search._trial import has_model
from custpred.storage.run_folder import still_claimed
from custpred.training.checkpoint import not_profiled, profile_in_worker, profile_results, without_rows
from custpred.training.first_model import first_model
from custpred.training.search_session import Searched, earlier, entries, warmed_up

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from custpred.budget import Clock
    from custpred.engine.base import Workers
    from custpred.profile.base import CheckResult
    from custpred.progress import Progress
    from custpred.results.record import Data
    from custpred.search._trial import Trial
    from custpred.target.base import Labelled
    from custpred.training.checkpoint import Checkpoint
    from custpred.training.first_model import Begun
    from custpred.training.scorer import FoldScorer

SAVING = 0.4
"""Seconds of a core, about, in which the first model is put together and saved."""


class Found(NamedTuple):
    """What a search has found, a description of the data, the profile, and the workers for what comes after."""

    searched: Searched
    data: Data
    profiled: Mapping[str, CheckResult]
    workers: tuple[Workers, Workers]


@dataclass(frozen=True)
class SearchPhase:
    """A run between its plan and its blend; ``workers`` are those that profile and test, and that refresh."""

    scorer: FoldScorer
    clock: Clock
    checkpoint: Checkpoint
    progress: Progress
    workers: tuple[Workers, Workers]
    warmed: bool = True
    """Whether workers have been loading their libraries since the run began."""
    aside: Callable[[Sequence[Trial]], float] = lambda trials: 0.0
    """Seconds that the fits after the test will take, given the trials so far."""

    def run(self, train: Labelled, describe: Callable[[], Data], tested: int) -> Found:
        """Search; with the first model alone where workers would be ready too late.

        Parameters
        ----------
        train
            The training rows, which are profiled beside the search.
        describe
            Gives the description of the data, and refuses trials of other rows.
        tested
            Rows that are scored after the search.
        """
        scorer, tell = self.scorer, self.progress.tell
        tell("metric", scorer.metric)
        families = entries(scorer.plan, scorer.task, scorer.truth)
        data, done = describe(), earlier(scorer.trials, tell)
        begun = first_model(scorer, families, self.clock, done, lambda trial: tell("trial", trial))
        if self._too_late(begun):
            here = Inline().open(1)
            searched = Searched((*done, *begun.trials), True, 0, {"jobs": 0.0, "cut": 0.0})
            return Found(searched, data, not_profiled(), (here, here))
        left = self.clock.left
        if has_model(begun.trials) and left is not None and left * begun.core > SAVING:
            self.checkpoint.start(*begun.trials)
        searched, profiled = self._with_workers(train, tested, [*done, *begun.trials])
        return Found(searched, data, profiled, self.workers)

    def _too_late(self, begun: Begun) -> bool:
        """Return whether there is a model, and no worker would be ready before the time of the search is over."""
        left = self.clock.left
        if left is None or not has_model(begun.trials):
            return False
        if not self.scorer.plan.recipe.engine.forks:
            return left <= 0.0
        loaded = self.clock.spent if self.warmed else 0.0
        return left <= max(0.0, LOADING / max(begun.core, 0.01) - loaded)

    def _with_workers(
        self, train: Labelled, tested: int, trials: list[Trial]
    ) -> tuple[Searched, Mapping[str, CheckResult]]:
        """Search with workers, after these ``trials``."""
        looking, check = self.workers[0], still_claimed(self.scorer.trials.parent)

        def tell(event: str, what: Any) -> None:
            check()
            self.progress.tell(event, what)
            if event == "trial":
                self.checkpoint.add(what)
                trials.append(what)
                self.clock.set_aside(self.aside(trials))

        with warmed_up(self.scorer, self.clock, looking) as session:
            ticket = looking.submit(profile_in_worker, (self.scorer.data, without_rows(train)))
            searched = session.search(tested, tell)
        return searched, profile_results(looking, ticket, self.clock, searched.whole)
