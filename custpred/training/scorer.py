"""How a configuration is scored: folds are jobs for workers, scored out of fold."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custpred.errors import RunError
from custpred.metrics._checked import FAULT, gain_of, gain_or_nan
from custpred.metrics._keys import metric_keys
from custpred.search._bar import Bar, mixture
from custpred.search._finished import keep
from custpred.search._trial import Trial
from custpred.storage.files import write
from custpred.storage.frames import save_frame
from custpred.storage.scratch import coded
from custpred.task import Predictions
from custpred.text import plain, plural
from custpred.training.fold import FoldDone, FoldJob, fit_folds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from custpred.budget import Clock
    from custpred.engine.base import Job, Outcome
    from custpred.metrics.base import Metric
    from custpred.models.base import Model
    from custpred.split.base import Folds
    from custpred.storage.plain import JSON
    from custpred.table import Table
    from custpred.target.base import Labelled
    from custpred.task import Task
    from custpred.training.plan import Plan

SHARE = 0.6
"""Share of the remaining time for one trial: it stops by itself, with a usable model."""
LAST_SHARE = 0.75
"""The share if otherwise a fold would get less time than one of the best trial took."""
FIRST_SHARE, FIRST_SECONDS, SHORT_SECONDS = 0.9, 1.5, 5.0
"""The share while there is no booster, but at least some seconds, as the race waits for it a little
(``search/_race.py``); and the seconds below which no other trial would end."""
MAX_SLOWDOWN, MIN_SHARE = 2.0, 0.1
"""A fold's maximum time, in folds of the best trial or share of the time, if longer."""
ONE_PROCESS, ONE_PER_SLOT = (20_000, 400_000), (100_000, 1_000_000)
"""Training rows and cells up to which one process, or one per slot, fits a trial's folds."""


def within(limits: tuple[int, int], rows: int, columns: int) -> bool:
    """Return whether a table is within limits of rows and of cells.

    >>> [within(ONE_PROCESS, *size) for size in ((20_000, 20), (2_000, 700), (30_000, 2))]
    [True, False, False]
    """
    return rows <= limits[0] and rows * columns <= limits[1]


def endless() -> None:
    """Return the seconds left without a time limit: None."""


@dataclass(frozen=True)
class FoldScorer:
    """Scores configurations on the folds of one run; implements ``custpred.search.base.Scorer``."""

    plan: Plan
    task: Task
    metric: Metric
    truth: np.ndarray
    held: Sequence[np.ndarray]
    data: Path
    trials: Path
    left: Callable[[], float | None] = endless
    """Returns the seconds left for the search; no fold may plan for more than its share of them."""
    deadline: float = math.inf
    """The ``time.monotonic()`` after which a run does only work that its result needs."""
    slots: int = 1
    """Number of parallel jobs."""
    threads: int = 1
    thin: int = 1
    """Only every n-th held-out row is used."""
    others: dict[str, Metric] = field(default_factory=dict)
    """The metrics that are only reported."""
    weight: np.ndarray | None = None
    """Weight of each training row; None: equal weights."""
    dropped: list[float] = field(default_factory=list)
    """Seconds of fits that are in no trial: those cut off at the deadline, and landmarks."""

    def thinned(self, most: int) -> FoldScorer:
        """Return a scorer that uses ``most`` to twice as many evenly spaced held-out rows."""
        return replace(self, thin=self.thin * max(1, len(self.truth) // self.thin // most))

    def job(self, number: int, model: Model, *folds: int, seconds: float | None = None) -> FoldJob:
        """Return folds of one trial as a job."""
        out = self.trials / str(number)
        preparation = self.plan.preparation(model)
        seed = self.plan.recipe.seed
        parts = len(self.held)
        return FoldJob(model, preparation, self.task, folds, self.data, out, seed, self.threads, seconds, parts)

    def bar(self, trials: Sequence[Trial]) -> Bar | None:
        """Return the bar for a new trial."""
        return Bar.of(trials, sum(map(len, self.held)) // len(self.held))

    def hopeless(self, bar: Bar, number: int, outcomes: Sequence[Outcome]) -> bool:
        """Return whether the finished folds of a trial fall behind the bar."""
        gains = {each.fold: each.gain for each in _folds_done(outcomes)}
        return bar.missed(gains, lambda fold: self._mixed_gain(bar.number, number, fold))

    def _mixed_gain(self, best: int, number: int, fold: int) -> float:
        """Return the gain of a mixture of two trials on a fold."""
        raws = [np.load(self.trials / str(each) / f"held{fold}.npy") for each in (best, number)]
        return gain_or_nan(self.metric, self._predictions(mixture(*raws), self.held[fold]))

    def jobs(self, number: int, model: Model, bar: Bar | None = None) -> list[Job]:
        """Return the trial as jobs: one per fold, or several folds if a process costs more."""
        every, size = range(len(self.held)), (len(self.truth), len(self.plan.columns))
        count = self.slots if within(ONE_PER_SLOT, *size) else len(every)
        count = 1 if (within(ONE_PROCESS, *size) and not self._hurried(bar)) or model.baseline else count
        seconds = self._seconds(model, math.ceil(len(every) / min(count, self.slots)), bar)
        parts = [tuple(every[i::count]) for i in range(min(count, len(every)))]
        jobs = [self.job(number, model, *part, seconds=seconds) for part in parts]
        return [(fit_folds, replace(job, metric=self.metric, bar=bar)) for job in jobs]

    def _seconds(self, model: Model, rounds: int, bar: Bar | None) -> float | None:
        """Return the seconds for one fold; far more expensive boosters get less."""
        left = self.left()
        if left is None:
            return None
        usual = (max(FIRST_SHARE * left, FIRST_SECONDS) if self._hurried(bar) else SHARE * left) / rounds
        if bar is None or not model.halved:
            return usual
        if usual < bar.seconds < math.inf:
            usual = LAST_SHARE * left / rounds
        return min(usual, max(MAX_SLOWDOWN * bar.seconds, MIN_SHARE * left))

    def _hurried(self, bar: Bar | None) -> bool:
        """Return whether there is no booster yet, and hardly time for more than one trial."""
        left = self.left()
        return left is not None and left < SHORT_SECONDS and (bar is None or bar.seconds == math.inf)

    def assess(self, number: int, model: Model, outcomes: Sequence[Outcome]) -> Trial:
        """Score the out-of-fold predictions; the trial's files are on disk when this returns."""
        bad = next((each for each in outcomes if each.status != "ok"), None)
        done = sorted(_folds_done(outcomes), key=lambda each: each.fold)  # jobs deal folds out in turn
        spent = sum(each.fit_seconds for each in done)
        if bad is not None:
            status = "timeout" if bad.status == "cancelled" else bad.status
            trial = Trial(number, model, status, fit_seconds=spent, reason=bad.reason)
        elif len(done) < len(self.held):
            reason = f"{plural(len(done), 'fold')} of {len(self.held)} showed it too far behind the best to help"
            trial = Trial(number, model, "pruned", fit_seconds=spent, reason=reason)
        else:
            trial = replace(self._scored(number, model, done), fit_seconds=spent)
        keep(trial, self.trials / str(number), {name: sha for each in done for name, sha in each.files.items()})
        return trial

    def _scored(self, number: int, model: Model, done: Sequence[FoldDone]) -> Trial:
        """Score a trial whose folds are all done; it fails if the metric is not finite."""
        predictions, rows = self.predictions(self.raw(number))
        try:
            gain = gain_of(self.metric, predictions)
        except RunError as fault:
            return Trial(number, model, "failed", reason=plain(fault))
        if not math.isfinite(gain):
            name = self.metric.name()
            reason = f"{FAULT} The metric {name!r} is {gain} on the held-out rows; put another one first in 'metrics'."
            return Trial(number, model, "failed", reason=reason)
        parts = [predictions.take(rows == fold) for fold in range(len(self.held))]
        folds = tuple(gain_or_nan(self.metric, part) for part in parts)
        write(self.trials / str(number) / "shifts.json", json.dumps([each.shift for each in done]))
        speed = sum(each.predict_seconds for each in done)
        return Trial(number, model, "ok", gain=gain, folds=folds, predict_seconds=speed)

    def drop(self, outcomes: Sequence[Outcome]) -> None:
        """Add the cost of a trial that was cut off and is not listed."""
        self.dropped.append(sum(each.fit_seconds for each in _folds_done(outcomes)))

    def raw(self, number: int) -> np.ndarray:
        """Return a trial's out-of-fold raw scores, in the order of ``predictions``."""
        folds = [np.load(self.trials / str(number) / f"held{k}.npy") for k in range(len(self.held))]
        return np.concatenate(folds)[:: self.thin]

    def predictions(self, raw: np.ndarray) -> tuple[Predictions, np.ndarray]:
        """Return out-of-fold predictions with true labels, and the fold of each row."""
        rows = np.concatenate(self.held)[:: self.thin]
        fold = np.repeat(np.arange(len(self.held)), [len(each) for each in self.held])[:: self.thin]
        return self._predictions(raw, rows), fold

    def _predictions(self, raw: np.ndarray, rows: np.ndarray) -> Predictions:
        weight = None if self.weight is None else self.weight[rows]
        return Predictions(self.task, self.truth[rows], self.task.inverse_link(raw), weight)


def _folds_done(outcomes: Sequence[Outcome]) -> list[FoldDone]:
    """Return the finished folds of successful jobs."""
    return [fold for each in outcomes if each.status == "ok" for fold in each.value]


@coded()
def scorer_on_disk(plan: Plan, train: Labelled, folds: Folds, scratch: Path, trials: Path, clock: Clock) -> FoldScorer:
    """Save rows and folds for the workers; return the scorer that uses them."""
    recipe = plan.recipe
    save_frame(scratch / "train", train.table.frame)
    np.save(scratch / "truth.npy", train.truth)
    if train.weight is not None:
        np.save(scratch / "weight.npy", train.weight)
    pairs: JSON = {f"fit{k}": fit for k, (fit, _) in enumerate(folds.held)}
    pairs |= {f"held{k}": held for k, (_, held) in enumerate(folds.held)}
    if train.table.key and plan.split.several:
        pairs["unit"] = pd.factorize(train.table.frame[train.table.key])[0]
    np.savez(scratch / "folds.npz", **pairs)
    held = [each for _, each in folds.held]
    first, *rest = plan.metrics
    keys = metric_keys(plan.metrics)
    others = {keys[each.name()]: each for each in rest}
    own = (plan, train.task, first, train.truth, held, scratch, trials)
    return FoldScorer(
        *own,
        left=lambda: clock.left,
        deadline=clock.deadline,
        slots=recipe.budget.cores,
        others=others,
        weight=train.weight,
    )


@coded()
def precompute(plan: Plan, table: Table, scratch: Path) -> None:
    """Do expensive work that involves no learning once for all rows."""
    recipe = plan.recipe
    for spec in plan.features:
        spec.precompute(table.frame[plan.names], scratch, recipe.budget.cores)
