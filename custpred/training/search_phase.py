"""The search of a run: the first model in this process, then the search in workers.

Worker processes, boosters and Optuna take seconds to start, on a busy machine maybe all the time
there is.  So the baseline and the first linear model do not wait for them.  They have the numbers
that the search would give them, and the search takes them as trials of an earlier run.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from custpred.engine.base import Outcome
from custpred.engine.inline import Inline
from custpred.engine.local import LOADING_SECONDS
from custpred.lazy import preload
from custpred.search._agenda import in_turn
from custpred.search._trial import has_model, identity
from custpred.storage.run_folder import still_claimed
from custpred.training.checkpoint import not_profiled, profile_in_worker, profile_results, without_rows
from custpred.training.fold import fit_folds
from custpred.training.search_session import Searched, earlier, entries, warmed_up

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from custpred.budget import Clock
    from custpred.engine.base import Workers
    from custpred.models.base import Model
    from custpred.profile.base import CheckResult
    from custpred.results.progress import Progress
    from custpred.results.record import Data
    from custpred.search._trial import Entry, Trial
    from custpred.target.base import Labelled
    from custpred.training.checkpoint import Checkpoint
    from custpred.training.scorer import FoldScorer

SHARE = 0.25
"""Share of the time for these fits; if they take more, workers distribute them."""
MIN_SECONDS = 3.0
"""CPU seconds for them however little time is left: a run needs a model."""
LEAST_SECONDS = 1.0
"""CPU seconds below which no further model is begun in this process."""
SAVING_SECONDS = 0.4
"""Approximate CPU seconds for assembling and saving the first model."""


class SideWorkers(NamedTuple):
    """Workers besides those that fit: for profile and test, and for the folder's model."""

    testing: Workers
    saving: Workers


class Found(NamedTuple):
    """The result of a search, the data, the profile, and the workers for later work."""

    searched: Searched
    data: Data
    profiled: Callable[[], Mapping[str, CheckResult]]
    """Waits for the profile, which workers may finish while the test customers are scored."""
    side_workers: SideWorkers


@dataclass(frozen=True)
class SearchPhase:
    """A run between its plan and its blend."""

    scorer: FoldScorer
    clock: Clock
    checkpoint: Checkpoint
    progress: Progress
    side_workers: SideWorkers
    warmed: bool = True
    """Whether workers have been loading their libraries since the start of the run."""
    aside: Callable[[Sequence[Trial]], float] = lambda trials: 0.0
    """Returns the estimated seconds of the fits after the test, for the trials so far."""

    def run(self, train: Labelled, describe: Callable[[], Data], tested: int) -> Found:
        """Search; if workers would be ready too late, only the first model is fitted.

        Parameters
        ----------
        train
            The training rows, which are profiled in parallel with the search.
        describe
            Returns the description of the data, and refuses trials of other rows.
        tested
            Number of rows that are scored after the search.
        """
        scorer, notify = self.scorer, self.progress.notify
        notify("metric", scorer.metric)
        families = entries(scorer.plan, scorer.task, scorer.truth)
        data, done = describe(), earlier(scorer.trials, notify)
        self.checkpoint.know(*done)
        waiting = LOADING_SECONDS if self.warmed and scorer.plan.recipe.engine.forks else None
        first = first_model(scorer, families, self.clock, done, lambda trial: notify("trial", trial), waiting)
        if self._too_late(first):
            here, known = Inline().open(1), (*done, *first.trials)
            more = more_models(scorer, families, self.clock, known, first.core, lambda trial: notify("trial", trial))
            searched = Searched((*known, *more), True, 0, {"jobs": 0.0, "cut": 0.0})
            self.progress.seconds |= searched.seconds
            return Found(searched, data, not_profiled, SideWorkers(here, here))
        left = self.clock.left
        if has_model(first.trials) and left is not None and left * first.core > SAVING_SECONDS:
            self.checkpoint.start(*first.trials)
        searched, profiled = self._with_workers(train, tested, [*done, *first.trials])
        self.progress.seconds |= searched.seconds
        return Found(searched, data, profiled, self.side_workers)

    def _too_late(self, first: FirstTrials) -> bool:
        """Return whether there is a model, and no worker before the search's deadline."""
        left = self.clock.left
        if left is None or not has_model(first.trials):
            return False
        if not self.scorer.plan.recipe.engine.forks:
            return left <= 0.0
        return not self.warmed or left <= max(0.0, LOADING_SECONDS / max(first.core, 0.01) - self.clock.spent)

    def _with_workers(
        self, train: Labelled, tested: int, trials: list[Trial]
    ) -> tuple[Searched, Callable[[], Mapping[str, CheckResult]]]:
        """Search with workers, after these ``trials``."""
        looking, check = self.side_workers.testing, still_claimed(self.scorer.trials.parent)

        def notify(event: str, what: Any) -> None:
            check()
            self.progress.notify(event, what)
            if event == "trial":
                self.checkpoint.add(what)
                trials.append(what)
                self.clock.set_aside(self.aside(trials))

        with warmed_up(self.scorer, self.clock, looking) as session:
            ticket = looking.submit(profile_in_worker, (self.scorer.data, without_rows(train)))
            searched = session.search(tested, notify)
        return searched, partial(profile_results, looking, ticket, self.clock, searched.whole)


class _Allowance:
    """The allowance of fits in this process: wall-clock seconds, and at least some CPU seconds."""

    def __init__(self, share: float, least: float = 0.0) -> None:
        self._wall, self._core, self._share, self._least = time.monotonic(), time.process_time(), share, least

    @property
    def wall(self) -> float:
        """Return the wall-clock seconds since the start."""
        return time.monotonic() - self._wall

    @property
    def core(self) -> float:
        """Return the CPU seconds of this process since the start."""
        return time.process_time() - self._core

    def over(self, times: float = 1.0) -> bool:
        """Return whether ``times`` the time spent exceeds the allowance."""
        return times * self.wall > self._share and times * self.core > self._least

    @property
    def left(self) -> float:
        """Return the estimated seconds left."""
        pace = self.core / self.wall if self.wall > 0.1 else 1.0
        return max(0.1, self._share - self.wall, (self._least - self.core) / max(pace, 0.01))


class FirstTrials(NamedTuple):
    """The finished trials, and this process's share of a core meanwhile, about 1 at most."""

    trials: tuple[Trial, ...]
    core: float


def first_model(
    scorer: FoldScorer,
    families: Sequence[Entry],
    clock: Clock,
    done: Sequence[Trial],
    notify: Callable[[Trial], None],
    waiting: float | None = None,
) -> FirstTrials:
    """Fit the constant and the first linear model of the recipe; nothing without a time limit.

    Parameters
    ----------
    done
        Trials of an earlier run of the same folder; if they include a model, nothing is fitted.
    notify
        Called with each trial as it ends.
    waiting
        Seconds until workers are ready, which then fit the folds in parallel; None without workers.
    """
    if clock.left is None or has_model(done):
        return FirstTrials((), 1.0)
    known = {identity(trial.model) for trial in done}
    used, made = {trial.number for trial in done}, []
    share = SHARE * clock.left
    allowance = _Allowance(share if waiting is None else min(share, waiting), MIN_SECONDS)
    large = waiting is not None and not all(family.early for family in families)
    for number, model in _simple(families):
        if number in used or identity(model) in known or (large and not model.baseline):
            continue
        trial = _fitted(scorer, number, model, allowance)
        if trial is None:
            break
        made.append(trial)
        notify(trial)
    return FirstTrials(tuple(made), min(1.0, allowance.core / allowance.wall) if made else 1.0)


def more_models(
    scorer: FoldScorer,
    families: Sequence[Entry],
    clock: Clock,
    done: Sequence[Trial],
    core: float,
    notify: Callable[[Trial], None],
) -> tuple[Trial, ...]:
    """Fit first configurations of boosters and networks in this process, while there is time.

    For a busy machine, where workers would be ready too late.

    Parameters
    ----------
    done
        Trials so far.
    core
        This process's share of a core.
    notify
        Called with each trial as it ends.
    """
    used, made = {trial.number for trial in done}, []
    turns = [(number, model) for number, (_, model, first) in enumerate(in_turn(families)) if first]
    for number, model in turns:
        if number in used or not model.stops_early or not _enough(clock, core):
            continue
        preload(*model.modules).join()  # seconds that say nothing about the folds
        trial = _fitted(scorer, number, model, _Allowance(clock.left or 0.0)) if _enough(clock, core) else None
        if trial is not None:
            made.append(trial)
            notify(trial)
    return tuple(made)


def _enough(clock: Clock, core: float) -> bool:
    """Return whether there is time to begin another model in this process."""
    return (clock.left or 0.0) * core >= LEAST_SECONDS


def _simple(families: Sequence[Entry]) -> list[tuple[int, Model]]:
    """Return the constant and the first linear model, with their numbers."""
    found: dict[bool, tuple[int, Model]] = {}
    for number, (_, model, first) in enumerate(in_turn(families)):
        if first and model.immediate:
            found.setdefault(model.baseline, (number, model))
    return [found[baseline] for baseline in (True, False) if baseline in found]


def _fitted(scorer: FoldScorer, number: int, model: Model, allowance: _Allowance) -> Trial | None:
    """Fit fold after fold; None if the folds would exceed the allowance.

    The first fold also loads libraries, so it does not show how long the others will take.
    """
    outcomes: list[Outcome] = []
    folds = len(scorer.held)
    with Inline().open(1) as workers:
        for fold in range(folds):
            workers.submit(fit_folds, scorer.job(number, model, fold, seconds=allowance.left / (folds - fold)))
            outcomes += workers.wait()
            if outcomes[-1].status != "ok" or allowance.over(folds / (fold + 1) if fold else 1.0):
                break
    if outcomes[-1].status == "ok" and len(outcomes) < folds:
        return None
    return scorer.assess(number, model, [_ordered(outcomes)] if outcomes[-1].status == "ok" else outcomes)


def _ordered(outcomes: Sequence[Outcome]) -> Outcome:
    """Return the folds' outcomes as the outcome of one job."""
    return Outcome(
        0, "ok", [done for each in outcomes for done in each.value], seconds=sum(e.seconds for e in outcomes)
    )
