"""A run: read, label, split, profile, plan, search, blend, test once, refit, write."""

from __future__ import annotations  # light: imports inside functions are deliberate

import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from custpred.budget import Clock
from custpred.engine._deferred import deferred
from custpred.engine.base import Engine
from custpred.errors import DataError
from custpred.recipe.keys import resolved
from custpred.recipe.preflight import classes as check_classes
from custpred.recipe.preflight import reading as check_reading
from custpred.recipe.question import ask
from custpred.results.out_of_fold import OutOfFold
from custpred.results.progress import Progress
from custpred.storage.files import write
from custpred.storage.scratch import scratch as scratch_folder
from custpred.target._weights import with_weights
from custpred.training._figures.nested import nested, nothing, start
from custpred.training._rows.limit import last, limited, scorable
from custpred.training._rows.resumed import refuse_others
from custpred.training._rows.sampled import kept_share, noted, read_part
from custpred.training.blend import combine
from custpred.training.checkpoint import Checkpoint, first_refresh
from custpred.training.holdout import HoldoutEvaluation, data_of, versions
from custpred.training.plan import resolve, resolve_split
from custpred.training.refit import Refit
from custpred.training.scorer import precompute, scorer_on_disk
from custpred.training.search_phase import SearchPhase, SideWorkers

INTERRUPTED_ROWS = 10_000
"""Approximate number of rows for the rest of an interrupted run, as the user is waiting."""

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import numpy as np

    from custpred.inference.predictor import Predictor
    from custpred.recipe.keys import Recipe
    from custpred.results.held_out import HeldOut
    from custpred.results.record import Data, Record
    from custpred.search._trial import Trial
    from custpred.split.base import Folds
    from custpred.storage.plain import JSON
    from custpred.table import Table
    from custpred.target.base import Labelled
    from custpred.training.blend import Blend
    from custpred.training.plan import Plan
    from custpred.training.scorer import FoldScorer
    from custpred.training.search_phase import Found


@dataclass(frozen=True)
class Done:
    """A run's record and predictor; ``whole`` is false after Ctrl-C: then the best so far."""

    record: Record
    predictor: Predictor
    whole: bool
    blended: Sequence[Trial]
    held_out: HeldOut
    out_of_fold: OutOfFold

    @property
    def members(self) -> frozenset[int]:
        """Return the numbers of the trials in the blend."""
        return frozenset(trial.number for trial in self.blended)


def run(recipe: Recipe, folder: Path, *, progress: Progress | None = None) -> Done:
    """Run a recipe up to its record and predictor; trials are saved in ``folder`` as they finish.

    Parameters
    ----------
    recipe
        With or without ``auto``.
    folder
        The run folder, already claimed.  Finished trials in it are not repeated.

    Raises
    ------
    RecipeError, DataError
        If the recipe or the data are invalid.
    BudgetSpent
        If no model was ready in time.
    """
    clock, progress = Clock(recipe.budget), progress or Progress()
    warmed = recipe.engine.warm(recipe.budget.time)
    with progress.stage("read"):
        labelled = read_labelled(recipe, folder)
        recipe, decided = resolve_split(recipe, labelled.table, labelled.task.classes)
        folds = split_rows(recipe, labelled)
        labelled = labelled.bounded(folds.train)
        clock.keep_for(len(labelled.table), labelled.task.classes)
    with progress.stage("plan"):
        known = labelled.take(folds.train)
        plan = resolve(recipe, known.table, known.task, (*noted(labelled.table, folder), *decided))
        plan, folds, train, ahead = _in_time(plan, labelled, known, folds, clock, folder / "trials")
    with scratch_folder(wait=False) as scratch, _side_workers(recipe, clock) as side_workers:
        scorer = scorer_on_disk(plan, train, folds, scratch, folder / "trials", clock)
        refit = Refit(plan, labelled, folds, clock, folder, scratch, limited=ahead is not labelled)
        refresh = first_refresh(plan, scorer, labelled, folds)
        # From here on the folder has a model: the constant, or that of an earlier run.
        checkpoint = Checkpoint.begin(refresh, train, side_workers.saving, lambda: clock.left)
        precompute(plan, ahead.table, scratch)
        with progress.stage("search"):
            found = SearchPhase(scorer, clock, checkpoint, progress, side_workers, warmed, refit.seconds).run(
                train, partial(_described, labelled, folds, scorer), len(folds.test)
            )
            trials, whole, peak, _ = found.searched
        with progress.stage("blend"):
            assessor = scorer if whole else scorer.thinned(INTERRUPTED_ROWS)
            blend, weights = _blended(plan, assessor, trials, found, tested=len(folds.test) > 0)
            most = scorable(blend.predictor, labelled, folds, clock)
            assessed = checkpoint.assess(assessor, trials, blend, weights(), found.side_workers.saving)
        with progress.stage("test"):
            evaluation = HoldoutEvaluation(
                plan=plan,
                labelled=labelled,
                folds=folds,
                data=found.data,
                profiled=found.profiled,
                trials=trials,
                blend=blend,
                assessed=assessed,
                peak=peak,
                whole=whole,
                late=clock.over,
                networks=_diagnosed(assessor, trials, blend, folder),
                scorer=assessor,
                submit=partial(deferred, found.side_workers.testing),
                most=most,
            )
            record = evaluation.record(clock, progress.seconds)
        return Done(*refit.finish(blend, record, progress, whole=whole), *_kept(evaluation, assessor, blend))


def _in_time(
    plan: Plan, labelled: Labelled, every: Labelled, folds: Folds, clock: Clock, trials: Path
) -> tuple[Plan, Folds, Labelled, Labelled]:
    """Return plan and folds with the training rows that fit into the time, and rows to prepare.

    All rows are prepared ahead, or only the training rows if the time is too short.

    Parameters
    ----------
    every
        All training rows.
    """
    plan, part = limited(plan, every, folds, clock, trials / "training_rows")
    if part is folds:
        return plan, folds, every, labelled
    train = labelled.take(part.train)
    return plan, part, train, train


def _blended(
    plan: Plan, scorer: FoldScorer, trials: Sequence[Trial], found: Found, *, tested: bool
) -> tuple[Blend, Callable[[], np.ndarray | None]]:
    """Return the blend, and a function that waits for the weights without each fold.

    They are learned beside the blend.  Without test rows the blend's predictions are nested here,
    as they are the ones that are shown.
    """
    submit = partial(deferred, found.side_workers.testing)
    waiting = start(plan, scorer, trials, submit) if found.searched.whole else nothing
    blend = combine(plan, scorer, trials)
    if tested:
        return blend, partial(waiting, blend)
    return nested(scorer, blend, waiting(blend)), partial(nothing, blend)


def _kept(
    evaluation: HoldoutEvaluation, scorer: FoldScorer, blend: Blend
) -> tuple[Sequence[Trial], HeldOut, OutOfFold]:
    """Return what the run folder keeps of the blend, its held-out rows, and its members."""
    raws = [scorer.raw(trial.number) for trial in blend.trials]
    held, _ = scorer.predictions(raws[0])
    how = (scorer.plan.ensemble, scorer.metric, scorer.plan.recipe.seed)
    members = OutOfFold.of([trial.name for trial in blend.trials], raws, held, how)
    return blend.trials, evaluation.held_out(), members


def _diagnosed(scorer: FoldScorer, trials: Sequence[Trial], blend: Blend, folder: Path) -> tuple[JSON, ...]:
    """Return the diagnostics of sequence networks; save those with gates outside the blend."""
    if all(trial.model.studied is None for trial in trials):
        return ()
    from custpred.training._figures.network_diagnostics import diagnose
    from custpred.training._figures.network_gates import keep, outside

    found = diagnose(scorer, trials)
    keep(outside(scorer, found, trials, blend.predictor), folder, versions())
    return found


def read_labelled(recipe: Recipe, folder: Path | None = None) -> Labelled:
    """Return labelled customers; refuse a value column without numbers before any fit."""
    labelled = _read(recipe, folder)
    check_classes(labelled.task, len(labelled.table), recipe.budget)
    if labelled.task.kind == "binary":
        recipe.business.amounts(labelled.table)
    return labelled


def _read(recipe: Recipe, folder: Path | None) -> Labelled:
    """Return the rows of a table, or gathered from events, with their SQL in a folder."""
    share = check_reading(recipe)
    if not recipe.events:
        return with_weights(recipe.target.label(_customers(recipe, folder, share)), recipe.weight)
    labelled = ask(recipe)
    if folder is not None:
        write(folder / "features.sql", labelled.table.facts["sql"])
    named = (name for place, name in recipe.columns().items() if place[0] != "customers")
    DataError.require_columns(named, labelled.table.names)
    return with_weights(labelled, recipe.weight)


def split_rows(recipe: Recipe, labelled: Labelled) -> Folds:
    """Split rows according to the recipe, in which ``split`` is resolved."""
    split = resolved(recipe.split)
    return last(split.split(labelled.table, labelled.truth, labelled.task, recipe.seed), split.scored_folds)


def _customers(recipe: Recipe, folder: Path | None, share: float) -> Table:
    """Read the customers, or a sample of them, after checking the recipe's columns."""
    source = recipe.customers
    assert source is not None  # a recipe without events has customers
    if recipe.weight:
        source = source.with_(types={recipe.weight: "number", **source.types})
    table = read_part(source, kept_share(folder, share), recipe.target.name())
    DataError.require_columns(recipe.columns().values(), table.names)
    return table


@contextmanager
def _side_workers(recipe: Recipe, clock: Clock) -> Iterator[SideWorkers]:
    """Open workers besides those that fit: for profile, test, and the folder's model."""
    recipe.budget.check_memory(clock.peak)
    memory = recipe.budget.bytes
    engine = Engine.usual() if recipe.engine.remote else recipe.engine
    # one for the profile and one for the copy of the search, which must not delay the measures
    slots = min(4, 2 + recipe.budget.cores)
    with engine.open(slots, memory) as testing, engine.open(1, memory) as saving:
        yield SideWorkers(testing, saving)
        while testing.wait():  # the copy of the search is written during the test
            pass


def _described(labelled: Labelled, folds: Folds, scorer: FoldScorer) -> Data:
    """Describe the customers; refuse to resume with trials of other customers."""
    data = data_of(labelled.table, labelled, folds)
    refuse_others(scorer.trials / "rows.sha256", data.sha256, labelled, [folds.test, *scorer.held])
    return data


def tidy(trials: Path, members: frozenset[int]) -> None:
    """Keep the results of all trials, but no folds outside the blend of a complete run."""
    kept = {str(number) for number in members}
    for path in trials.glob("*/*"):
        if path.parent.name not in kept and path.name != "result.json":
            path.unlink() if path.is_file() else shutil.rmtree(path)
