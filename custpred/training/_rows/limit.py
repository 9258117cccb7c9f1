"""The numbers of folds and of training rows within the time limit.

A model trained on some of the rows is better than no model.  The first requested model is measured,
from raw rows to predictions, on rows drawn at random.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from custpred.preparation import transform
from custpred.results.record import Decision
from custpred.split._count import scored
from custpred.storage.files import write
from custpred.task import Fit, Rows

if TYPE_CHECKING:
    from pathlib import Path

    from custpred.budget import Clock
    from custpred.inference.predictor import Predictor
    from custpred.models.base import Model
    from custpred.recipe.keys import Recipe
    from custpred.split.base import Folds, Split
    from custpred.table import Table
    from custpred.target.base import Labelled
    from custpred.training.plan import Plan

LIMITED = "training rows"
"""Key of the decision to use some of the training rows."""
CELLS = 500_000
"""Cells of all folds per second and core up to which nothing is measured, as it takes seconds."""
FEW_ROWS = 5_000
"""Rows up to which none is left out: if these have many columns, each counts, and boosters stop."""
MEASURED_ROWS = (50, 250, 1_250)
"""Numbers of rows measured: the first fit loads libraries, others show the cost per row."""
SHARE = 0.4
"""Share of the remaining time for preparing, fitting and predicting the folds of one model."""
MAX_FIT_SECONDS = 0.0
"""Seconds of a measured fit: it takes its first step, as one with too little time does."""
TIMED_ROWS = (20, 200)
"""Numbers of test rows for measuring speed; the first call is a warm-up."""
MIN_SECONDS, MIN_ROWS = 2.0, 500
"""Minimum number of rows, however little time is left."""


def scored_in_time(recipe: Recipe, split: Split, table: Table, classes: int) -> tuple[Split, tuple[Decision, ...]]:
    """Return the split with the number of folds to score if the recipe names none, and why."""
    given = None if recipe.split == "auto" else recipe.split.folds or recipe.split.scored_folds
    most = None if given else scored(table, recipe.budget.time, recipe.budget.cores, classes)
    if most is None or most >= split.parts:
        return split, ()
    why = "with this many rows and columns, more models improve the blend more than more folds"
    return split.with_(scored_folds=most), (Decision("scored folds", f"{most} of {split.parts} folds", why),)


def last(folds: Folds, count: int | None) -> Folds:
    """Return the folds with only the last ``count`` of them, the latest of folds in time."""
    return folds if count is None else replace(folds, held=folds.held[-count:])


def limited(plan: Plan, train: Labelled, folds: Folds, clock: Clock, kept: Path) -> tuple[Plan, Folds]:
    """Return the folds with the training rows that fit into the time, and the plan with it.

    Parameters
    ----------
    kept
        File that stores the number, so that a resumed run uses the same rows.
    """
    rows = len(folds.train)
    most = int(kept.read_text()) if kept.exists() else _max_rows(plan, train, folds, clock)
    if most >= rows:
        return plan, folds
    write(kept, str(most))
    recipe = plan.recipe
    why = "that many can be prepared and fitted in the time; a larger budget uses them all"
    decision = Decision(LIMITED, f"{most:,} of {rows:,} rows", why)
    plan = replace(plan, decisions=(*plan.decisions, decision))
    return plan, thinned(folds, train.truth, most, recipe.seed)


def _max_rows(plan: Plan, train: Labelled, folds: Folds, clock: Clock) -> int:
    """Return the number of training rows within the time limit."""
    recipe = plan.recipe
    rows, left = len(folds.train), clock.left
    texts = any(column.kind == "text" for column in plan.columns)
    if left is None or rows <= MIN_ROWS:
        return rows
    few = CELLS * max(MIN_SECONDS, left) * recipe.budget.cores / len(folds.held)
    if not texts and (rows <= FEW_ROWS or rows * len(plan.columns) <= few):
        return rows
    cost = seconds_a_row(plan, train) * len(folds.held) / recipe.budget.cores
    seconds = max(MIN_SECONDS, SHARE * left)
    return rows if cost * rows <= seconds else max(MIN_ROWS, int(seconds / cost))


def seconds_a_row(plan: Plan, train: Labelled) -> float:
    """Return the seconds per row in one fold to prepare, fit and predict."""
    recipe = plan.recipe
    model = next((each for each in plan.models if each.immediate and not each.baseline), plan.models[0])
    order = np.random.default_rng(recipe.seed).permutation(len(train.truth))[: sum(MEASURED_ROWS)]
    parts = np.split(order, np.cumsum(MEASURED_ROWS)[:-1])
    took = [_seconds(plan, train.take(part), model) for part in parts if len(part)]
    if len(took) < len(MEASURED_ROWS):
        return 0.0
    return max(0.0, took[2] - took[1]) / (MEASURED_ROWS[2] - MEASURED_ROWS[1])


def _seconds(plan: Plan, train: Labelled, model: Model) -> float:
    recipe = plan.recipe
    began = time.perf_counter()
    preparation = plan.preparation(model)
    frame = train.table.frame[list(preparation.columns)]
    made = preparation.fit(frame, train.truth, train.task, recipe.seed)
    if model.immediate and not model.baseline:
        fit = Fit(train.task, recipe.seed, seconds=MAX_FIT_SECONDS)
        model.raw(model.train(Rows(made.X, made.y), None, fit), transform(made.steps, frame), fit)
    return time.perf_counter() - began


def scorable(predictor: Predictor, labelled: Labelled, folds: Folds, clock: Clock) -> int | None:
    """Return the number of test rows that can be scored in time, None for all.

    It is estimated from some of them; nothing is decided by their predictions.
    """
    rows = folds.test
    if clock.rest is None or len(rows) <= sum(TIMED_ROWS):
        return None
    names = [column.name for column in predictor.columns]
    first, some = rows[: TIMED_ROWS[0]], rows[TIMED_ROWS[0] : sum(TIMED_ROWS)]
    predictor.predict(labelled.table.take(first).frame[names])
    began = time.perf_counter()
    predictor.predict(labelled.table.take(some).frame[names])
    cost = (time.perf_counter() - began) / len(some)
    seconds = max(MIN_SECONDS, SHARE * clock.rest)
    return None if cost * len(rows) <= seconds else max(MIN_ROWS, int(seconds / cost))


def thinned(folds: Folds, truth: np.ndarray, most: int, seed: int) -> Folds:
    """Return the folds with ``most`` training rows, a stratified random sample."""
    order = np.lexsort((np.random.default_rng(seed).random(len(truth)), truth))
    mask = np.zeros(len(truth), dtype=bool)
    mask[order[np.linspace(0, len(truth) - 1, most).astype(np.intp)]] = True
    place = np.cumsum(mask) - 1
    held = tuple((place[fit[mask[fit]]], place[held[mask[held]]]) for fit, held in folds.held)
    return replace(folds, train=folds.train[mask], held=held)
