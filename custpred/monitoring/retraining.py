"""Run a recipe on new data, and compare on rows that neither run was trained on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from custpred.api import load
from custpred.api import run as run_recipe
from custpred.events.assembly import CUTOFF
from custpred.inference.at_cutoff import like, with_events
from custpred.inference.incoming import batch
from custpred.monitoring.comparison import Ahead, RunComparison, compared, same_question
from custpred.monitoring.registry import champion_of, promote
from custpred.recipe.keys import Recipe
from custpred.results.held_out import HeldOut
from custpred.spec import Plugins
from custpred.split.base import Split
from custpred.storage.run_folder import fresh
from custpred.task import Predictions
from custpred.training.plan import resolve_split
from custpred.training.run import read_labelled, split_rows

if TYPE_CHECKING:
    import pandas as pd

    from custpred.results.progress import Progress
    from custpred.results.record import Record
    from custpred.results.result import Result
    from custpred.storage.plain import JSON
    from custpred.table import Table
    from custpred.task import Task


@dataclass(frozen=True)
class Retrained:
    """The new run, its comparison with the run in use, and whether it was promoted."""

    result: Result
    comparison: RunComparison
    promoted: bool


def retrain(
    run: str | Path,
    data: object,
    *,
    out: str | Path | None = None,
    plugins: bool = False,
    progress: Progress | None = None,
) -> Retrained:
    """Run the recipe of a run on new data; promote the new run if better than the champion.

    The champion is that of the recipe's name, or ``run`` if there is none.  Both are scored on the
    new test rows, without those that the champion has seen.  If the new run is not significantly
    better, it becomes the challenger.

    Parameters
    ----------
    run
        The folder of a run of the recipe.
    data
        New labelled customers, a path or a frame; with events: a folder, a file, a map by table.
    out
        Folder of the new run; None: next to the old one, whose registry lists it in any case.

    Raises
    ------
    ModelFileError, RecipeError, DataError
        As ``load`` and ``run``; DataError CP2412 if the target of the new data differs.
    """
    old = load(run, plugins=plugins)
    home = old.folder.resolve().parent
    champion = champion_of(home, old.record.name)
    used = load(champion, plugins=plugins) if champion else old
    folder = Path(out) if out is not None else fresh(old.record.name, home)
    with Plugins.may(plugins):
        recipe = _on(old, data)
        scored, facts = _scored(used, recipe)
        new = run_recipe(recipe, out=folder, plugins=plugins, progress=progress)
        found = replace(compared(used, new, _pair(scored, new)), **facts)
    better = found.verdict == "take the new" and not new.record.fallback
    if not new.record.fallback:
        promote(folder, "champion" if better else "challenger", home)
    return Retrained(new, found, better)


def _on(old: Result, data: object) -> Recipe:
    """Return the recipe of a run with its data replaced."""
    recipe = Recipe.model_validate(old.record.recipe)
    if recipe.events:
        return with_events(recipe, data)
    assert recipe.customers is not None  # a recipe without events has customers
    return recipe.model_copy(update={"customers": like(recipe.customers, data)})


def _scored(old: Result, recipe: Recipe) -> tuple[HeldOut | None, JSON]:
    """Return the old run's predictions for the new test rows that it has not seen.

    This is before the new run: other labels are refused before hours of fits, and the table need
    not be kept.  Second come fields of the comparison: columns that the old run cannot read, as
    then there are no predictions, and outcomes that it learned too late.

    Raises
    ------
    DataError
        CP2412 for other labels, which could not be compared.
    """
    labelled = read_labelled(recipe)
    same_question(old.record.task, labelled.task, (old.record.name, "the new data"))
    split, _ = resolve_split(recipe, labelled.table, labelled.task.classes)
    folds = split_rows(split, labelled)
    test = labelled.take(folds.test)
    if not len(folds.test):
        return None, {}
    if lost := _lost(old, test.table.frame):
        return None, {"lost": lost}
    frame, _ = old.predictor.conform(test.table.frame)
    predicted = _in_order(old, labelled.task, old.predictor.predict(frame))
    scored = Predictions(labelled.task, test.truth, predicted, test.weight)
    other = HeldOut.of(labelled, folds.test, scored, folds)
    known = HeldOut.load(old.folder, old.record.task)
    if known is not None:
        seen = np.concatenate([known.trained, known.rows, known.unscored])  # the final model may be refitted
        other = other.take(np.flatnonzero(~np.isin(other.rows, seen)))
    return other, {"ahead": _ahead(old.record, test.table)}


def _pair(scored: HeldOut | None, new: Result) -> tuple[HeldOut, HeldOut] | None:
    """Return the predictions of both runs for the rows that both have; None without any."""
    own = HeldOut.load(new.folder, new.record.task)
    if own is None or scored is None:
        return None
    _, first, second = np.intersect1d(scored.rows, own.rows, return_indices=True)
    return (scored.take(first), own.take(second)) if len(first) else None


def _ahead(old: Record, test: Table) -> Ahead | None:
    """Return until when a run learned outcomes, if the windows of the test's labels overlap."""
    windows = test.facts.get("events", {}).get("cutoffs", ())
    fitted_before = not (old.final and old.final.refitted) and Split.parse(old.lock["split"]).by_time
    learned = max((each.get("ends", "") for each in old.data.events.get("cutoffs", ())), default="")
    if not windows or fitted_before:
        return None
    first = f"{test.frame[CUTOFF].min():%Y-%m-%d}"
    starts = next(each["starts"] for each in windows if each["cutoff"] == first)
    return Ahead(learned, starts) if learned > starts else None


def _lost(run: Result, rows: pd.DataFrame) -> tuple[str, ...]:
    """Return the columns that are missing, or hold no value or level that the run knows."""
    absent = tuple(each.name for each in run.predictor.columns if each.usable and each.name not in rows)
    notes = () if absent else batch(run.predictor, rows).notes
    return absent or tuple(str(note.column) for note in notes if note.severity == "alarm")


def _in_order(old: Result, task: Task, predicted: np.ndarray) -> np.ndarray:
    """Return the old run's probabilities with the classes in the order of the new rows' task."""
    labels = old.record.task.labels
    return predicted[:, [labels.index(label) for label in task.labels]] if labels else predicted
