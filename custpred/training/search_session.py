"""The families in the search, the warm-up of their preparations, and the search itself."""

from __future__ import annotations

import math
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from custpred.engine._child import lower_priority
from custpred.errors import DataError, Interrupted, RunError
from custpred.lazy import preload
from custpred.models._target import log_first
from custpred.models._traits import MANY_CELLS
from custpred.models.base import Model
from custpred.recipe.preflight import preparation
from custpred.search._finished import finished
from custpred.search._trial import Entry, Limits, leading
from custpred.storage.run_folder import log
from custpred.task import suited as in_order
from custpred.text import describe
from custpred.training._fits.landmarks import ordered
from custpred.training._rows.limit import LIMITED
from custpred.training.fold import handed_over, warm_up

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from threading import Thread

    import numpy as np

    from custpred.budget import Clock
    from custpred.engine.base import Workers
    from custpred.results.progress import Callback
    from custpred.search._trial import Trial
    from custpred.search.base import Search
    from custpred.task import Task
    from custpred.training.plan import Plan
    from custpred.training.scorer import FoldScorer

CROWDED_CELLS = 100_000
"""Cells of all folds per second and core above which linear models come after boosters."""
MAX_SLOWDOWN = 1.2
"""Predictions may take this many times as long as measured on a sample."""
BLENDED, EXTRA_ROWS = 6, 2_000
"""Number of kinds whose best trial's speed counts, about as many as a blend has members; and rows
scored besides the test customers: for importances, attributions and latency."""
BACKGROUND_SECONDS = 5.0
"""Seconds of background work."""
LIBRARIES = ("custpred.columns.transformer", "sklearn.linear_model")
"""Libraries of every blend, loaded while workers load theirs; those of a model follow its score."""


class Searched(NamedTuple):
    """All trials, whether the search was completed, and the cost of its jobs."""

    trials: tuple[Trial, ...]
    whole: bool
    peak: int
    """Peak memory of all jobs together, in bytes."""
    seconds: dict[str, float]
    """Seconds that jobs ran, summed over all jobs, and seconds of jobs that were cut off."""


def entries(plan: Plan, task: Task, truth: np.ndarray) -> list[Entry]:
    """Return the families that take part: the baselines first, then the recipe's models.

    A family without options, no configuration of which suits these labels, is used if alone.
    """
    baselines, _ = in_order(Model.every(), lambda kind: kind.beside(plan.recipe.target))
    suitable = [each for each in baselines if task.kind in each.tasks]
    found = [Entry(each, (each,), frozenset(type(each).model_fields), beside=True) for each in suitable]
    suited: list[Entry] = []
    odd: list[Entry] = []
    outputs = task.classes if task.kind == "multiclass" else 1
    logs = task.kind == "regression" and log_first(truth)
    early = _quick_if_cheap(plan, len(truth) * len(plan.columns) * outputs)
    for model in plan.recipe.models:
        if isinstance(model, str) or task.kind not in model.tasks:
            continue
        fixed = frozenset(model.model_fields_set)
        special = type(model).for_metric(plan.recipe.metrics[0]) if plan.recipe.metrics != "auto" else []
        usual = type(model).initial_configurations(task, len(truth), len(plan.columns))
        starts = [] if fixed else [*special, *sorted(usual, key=lambda each: logs and not each.on_log)]
        starts = [each for each in starts if each.applies(truth)]
        base = special[0] if special and not fixed else model  # proposals keep its loss
        (suited if starts or fixed else odd).append(Entry(base, tuple(starts) or (model,), fixed, early=early))
    return list(plan.search.starting([*found, *(suited or odd)]))


def _quick_if_cheap(plan: Plan, cells: int) -> bool:
    """Return whether a linear model is quick for this many cells, times classes if several.

    With texts it always counts as quick: boosters of many words are slower, and seldom better.
    """
    if any(column.kind == "text" for column in plan.columns):
        return True
    budget, folds = plan.recipe.budget, plan.split.scored_folds or plan.split.parts
    crowded = budget.time is not None and cells * folds > CROWDED_CELLS * budget.time * budget.cores
    limited = any(each.key == LIMITED for each in plan.decisions)  # more cells than the time allows
    return cells <= MANY_CELLS and not crowded and not limited


def earlier(trials: Path, say: Callback) -> tuple[Trial, ...]:
    """Return the folder's finished trials; report those that cannot be used."""
    done, broken = finished(trials)
    for each in broken:
        log(trials.parent, "trial is run again", number=each.number, reason=each.reason)
        say("note", f"trial #{each.number} of the earlier run is damaged ({each.reason}) and is run again")
    return done


class _Scored:
    """The trials with a score, whose models' libraries load in this process meanwhile."""

    def __init__(self) -> None:
        self.trials: list[Trial] = []
        self._loading: dict[str, Thread] = {}

    def add(self, *trials: Trial) -> None:
        """Add those with a score, and begin to load libraries that are new."""
        new = [trial for trial in trials if trial.scored]
        self.trials += new
        names = {name for trial in new for name in trial.model.modules}
        self._loading.update({name: preload(name) for name in sorted(names - self._loading.keys())})

    def wait(self) -> None:
        """Wait until the libraries are loaded."""
        for each in self._loading.values():
            each.join()


@dataclass(frozen=True)
class SearchSession:
    """The workers' warm-up, and the search that follows."""

    scorer: FoldScorer
    clock: Clock
    families: Sequence[Entry]
    workers: Workers
    beside: Workers
    """Workers that do not fit models; they write the search for other tools at the end."""
    tickets: set[int]

    def search(self, tested: int, say: Callback) -> Searched:
        """Try models until the time is over or there is nothing left to try.

        Parameters
        ----------
        tested
            Number of rows that the blend will score afterwards, for which time is reserved.

        Raises
        ------
        DataError
            If the recipe requires something of a column that it lacks: every trial would fail.
        RunError
            If the temporary folder is full.
        """
        recipe = self.scorer.plan.recipe
        clock, workers, scorer = self.clock, self.workers, self.scorer
        limits = Limits(lambda: clock.left, recipe.budget.work, earlier(scorer.trials, say), recipe.seed)
        scored, prepared = _Scored(), 0.0
        scored.add(*limits.done)

        def notify(trial: Trial) -> None:
            scored.add(trial)
            clock.keep_also(seconds_after(scored.trials, prepared, tested))
            say("left", clock.left)
            say("trial", trial)

        try:
            with _stoppable(limits.done):
                prepared = self._seconds_per_1000()
                families = ordered(self.families, scorer, workers, limits.done)
            found, whole = self.scorer.plan.search.run(families, scorer, workers, limits, notify), True
        except Interrupted as stopped:
            if not any(trial.scored for trial in stopped.trials):
                raise
            found, whole = tuple(stopped.trials), False
        scored.wait()
        if whole and not clock.over:
            job = (self.scorer.plan.search, scorer.trials.parent, self.families, found)
            self.beside.submit(_store, job, seconds=BACKGROUND_SECONDS)
        return Searched(found, whole, workers.peak, {"jobs": workers.busy, "cut": workers.cut + sum(scorer.dropped)})

    def _seconds_per_1000(self) -> float:
        """Wait for the warm-up; return a blend's seconds per 1,000 rows for all preparations."""
        took, longest, waiting = 0.0, 0.0, set(self.tickets)
        folds = len(handed_over(len(self.scorer.held)))
        while waiting:
            for outcome in self.workers.wait(of=waiting):
                waiting.discard(outcome.ticket)
                if isinstance(outcome.value, DataError | RunError):
                    raise outcome.value
                took += folds * (outcome.value or 0.0)
                longest = max(longest, outcome.seconds)
        rounds = math.ceil((len(self.scorer.held) - 1) / self.workers.slots)  # one fold is prepared
        preparation(self.clock, rounds * longest)
        return took


@contextmanager
def _stoppable(done: Sequence[Trial]) -> Iterator[None]:
    """Turn Ctrl-C before the search into the error that the search raises, with earlier trials."""
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted.search(done) from None


def seconds_after(scored: Sequence[Trial], prepared: float, tested: int) -> float:
    """Return the estimated seconds of prediction after the search.

    Parameters
    ----------
    scored
        The trials with a score; the best of each kind represents the blend.
    prepared
        Seconds to prepare 1,000 rows for all folds.
    tested
        Number of test customers.
    """
    pace = prepared + sum(each.predict_seconds for each in leading(scored, BLENDED))
    return MAX_SLOWDOWN * (tested + EXTRA_ROWS) * pace / 1000


@contextmanager
def warmed_up(scorer: FoldScorer, clock: Clock, beside: Workers) -> Iterator[SearchSession]:
    """Open workers, and let them prepare one fold with each preparation, a different fold each.

    Trials share this work, and it is the first to reveal faults of the recipe.
    """
    budget = scorer.plan.recipe.budget
    families = entries(scorer.plan, scorer.task, scorer.truth)
    models = [entry.model for entry in families]
    preparations = enumerate({scorer.plan.preparation(model).key: model for model in models}.values())
    alone = not scorer.plan.recipe.engine.forks  # jobs in this process load libraries themselves
    loading = preload(*() if alone or clock.left == 0.0 else LIBRARIES)
    try:
        with scorer.plan.recipe.engine.open(budget.cores, budget.bytes) as workers:
            jobs = [scorer.job(0, model, i % len(scorer.held)) for i, model in preparations]
            tickets = {workers.submit(warm_up, job, seconds=clock.left) for job in jobs}
            yield SearchSession(replace(scorer, slots=workers.slots), clock, families, workers, beside, tickets)
    finally:
        loading.join()


def _store(job: tuple[Search, Path, Sequence[Entry], Sequence[Trial]]) -> None:
    search, folder, families, trials = job
    lower_priority()
    try:
        search.keep(folder, families, trials)
    except Exception as fault:  # the trials' own files are authoritative
        log(folder, "search not kept", reason=describe(fault))
