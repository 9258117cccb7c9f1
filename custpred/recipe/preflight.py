"""Parts of a recipe that cannot run here: missing packages, networks without sequences."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING

from custpred.budget import available_memory
from custpred.columns.sequence import NO_SEQUENCE, is_step
from custpred.errors import BudgetSpent, CustpredError, CustpredWarning, NotApplicable, RecipeError
from custpred.recipe.keys import resolved
from custpred.source._reading.cost import Cost
from custpred.text import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pandas as pd

    from custpred.budget import Budget, Clock
    from custpred.models.base import Model
    from custpred.recipe.keys import Recipe
    from custpred.spec import Auto, Spec
    from custpred.table import Table
    from custpred.task import Task

BYTES_A_CELL = 28
"""Peak bytes per row and class, measured with 50,000 rows and 5,000 classes (5.0 GB)."""
CELLS_A_SECOND = 2.5e6
"""Rows times classes that a simple model predicts, writes and scores per second."""
TOLERANCE = 1.15
"""Allowed peak memory of a run as a multiple of ``budget.memory``."""
LIBRARIES, SAMPLED = 400e6, 0.5
"""Approximate bytes of a run's libraries, and share of the other memory at the peak of reading a
sample.  Nothing is measured, so that the same recipe reads the same sample."""
SOME = 200
"""Rows used to check whether columns make a sequence: their names and kinds decide."""
Skipped = tuple[tuple["Model", str], ...]
"""Models that cannot run, each with the reason."""


def available(recipe: Recipe, place: Callable[[tuple[str | int, ...]], str] | None = None) -> tuple[Recipe, Skipped]:
    """Return the recipe without models whose packages are missing, and these; warns about each.

    Parameters
    ----------
    place
        Function that returns the position of a value in its file.

    Raises
    ------
    RecipeError
        CP1107 if none of the models can run, or a feature or the engine cannot.
    """
    engine = recipe.engine.unavailable()
    wrong = [_line(("engine",), engine, place)] if engine else []
    wrong += [_line((key, i), lack, place) for key, i, lack in _lacking(recipe) if key == "features"]
    lacking = {i: (key, lack) for key, i, lack in _lacking(recipe) if key == "models"}
    models = () if recipe.models == "auto" else recipe.models
    if wrong or (lacking and len(lacking) == len(models)):
        wrong += [_line((key, i), lack, place) for i, (key, lack) in lacking.items()]
        raise RecipeError(wrong, code="CP1107")
    if not lacking:
        return recipe, ()
    skipped = tuple((models[i], str(lack)) for i, (_, lack) in lacking.items())
    for model, reason in skipped:
        _warn(f"CP4115 {model.kind()} is left out: {reason}")
    kept = tuple(model for i, model in enumerate(models) if i not in lacking)
    return recipe.model_copy(update={"models": kept}), skipped


def _lacking(recipe: Recipe) -> Iterable[tuple[str, int, CustpredError]]:
    for key in ("models", "features"):
        every: tuple[Spec, ...] | Auto = getattr(recipe, key)
        for i, spec in enumerate(() if every == "auto" else every):
            lack = spec.unavailable()
            if lack is not None:
                yield key, i, lack


def _line(
    path: tuple[str | int, ...], lack: CustpredError, place: Callable[[tuple[str | int, ...]], str] | None
) -> str:
    where = f"{place(path)} " if place else ""
    return f"{where}{lack.code} {'.'.join(map(str, path))}: {lack.message} {lack.remedy}"


def sequences(recipe: Recipe, table: Table) -> tuple[Recipe, Skipped]:
    """Return the recipe without models that lack sequences, and these; warns about each.

    Parameters
    ----------
    recipe
        With ``features`` and ``models`` resolved.
    table
        Training customers, the columns that models see.

    Raises
    ------
    RecipeError
        CP4110 if no other model is left.
    """
    models = resolved(recipe.models)
    reading = [model for model in models if "steps" in model.accepts]
    if not reading or _makes_steps(recipe, table):
        return recipe, ()
    fault = NotApplicable(_without_sequence(recipe, table), code="CP4110")
    if len(reading) == len(models):
        names = ", ".join(dict.fromkeys(model.kind() for model in reading))
        raise RecipeError([f"models {fault.code} {names}: {fault.message}"], code=fault.code)
    for model in reading:
        _warn(f"CP4115 {model.kind()} is left out: {fault}")
    kept = tuple(model for model in models if model not in reading)
    return recipe.model_copy(update={"models": kept}), tuple((model, str(fault)) for model in reading)


def _makes_steps(recipe: Recipe, table: Table) -> bool:
    if any(is_step(name) for name in table.names):
        return True
    features = resolved(recipe.features)
    rows, texts = table.frame.head(SOME), bool(table.of_kind("text"))
    return any(spec.makes_steps(rows, texts=texts) for spec in features)


def _without_sequence(recipe: Recipe, table: Table) -> str:
    """Return why no feature makes a sequence: the recipe has none that could, or no columns."""
    makers = [spec for spec in resolved(recipe.features) if spec.serves == "steps"]
    if not makers:
        return NO_SEQUENCE
    rows = table.frame.head(SOME)
    notes = ((spec.kind(), spec.learn(rows, None, None, 0).get("notes", ())) for spec in makers)
    reasons = [f"{kind!r} makes none: {note['text']}" for kind, every in notes for note in every]
    wordy = [name for name in table.of_kind("category") if _wordy(table.frame[name])]
    if wordy and any("text" in spec.reads for spec in makers):
        reasons.append(f"If {listed(wordy)} holds free text, write customers: {{types: {{{wordy[0]}: text}}}}.")
    return f"It needs sequences, and {' '.join(reasons)}"


def _wordy(levels: pd.Series) -> bool:
    """Return whether most levels of a category have several words, as repetitive texts do."""
    words = [len(str(level).split()) for level in levels.cat.categories[:SOME]]
    return 2 * sum(count > 1 for count in words) > len(words)


def classes(task: Task, rows: int, limits: Budget) -> None:
    """Refuse more classes than the budget allows: one probability per model, class and row.

    Raises
    ------
    BudgetSpent
        CP4117 if the probabilities of one model, with the copies that scoring needs, would not fit
        into the memory, or would take more than half of the time.
    """
    cells = rows * task.classes
    needed, seconds = BYTES_A_CELL * cells, cells / CELLS_A_SECOND
    memory = limits.memory or available_memory()
    if needed <= memory and seconds <= 0.5 * (limits.time or math.inf):
        return
    enough = [f"a budget of {10 * math.ceil(seconds / 5)}s"] if limits.time and seconds > 0.5 * limits.time else []
    enough += [f"memory of {math.ceil(needed / 1e9)}GB"] if needed > memory else []
    raise BudgetSpent(
        f"{task.target!r} has {task.classes:,} classes, and there are {rows:,} rows: the probabilities of"
        f" a single model would take about {needed / 1e9:.1f} GB and {seconds:.0f} s.",
        code="CP4117",
        remedy=f"Merge rare classes, pass fewer rows, or allow {' and '.join(enough)}.",
    )


def reading(recipe: Recipe) -> float:
    """Return the share of customers to read within the memory: all of them, or a sample.

    Raises
    ------
    BudgetSpent
        CP4120 if reading would use up the time; CP4108 if it would take more than the memory, and
        no sample can be read or fits.
    """
    cost, limits = recipe.customers.cost() if recipe.customers else Cost(), recipe.budget
    if limits.time and cost.seconds > limits.time:
        raise BudgetSpent(
            f"Reading the customers takes about {cost.seconds:.0f} s, and the budget is {limits.time:g} s.",
            code="CP4120",
            remedy=f"Set 'budget: {10 * math.ceil(cost.seconds / 2)}s' or more, or pass fewer rows or columns.",
        )
    memory = limits.memory or available_memory()
    if cost.memory <= TOLERANCE * memory:
        return 1.0
    share = SAMPLED * (memory - LIBRARIES) / cost.memory
    if cost.divisible and share > 0 and not recipe.events:
        return share
    raise BudgetSpent(
        f"Reading the customers takes about {cost.memory / 1e6:,.0f} MB of memory,"
        f" and the budget is {memory / 1e6:,.0f} MB.",
        code="CP4108",
        remedy=f"Set budget.memory: {math.ceil(1.5 * cost.memory / 1e6)}MB or more, or pass fewer rows or columns.",
    )


def budget(spent: float, limit: float | None) -> None:
    """Warn if reading and planning have used up the time of the run."""
    if limit is not None and spent > limit:
        _warn(_too_small(f"reading the data and planning took {spent:.0f} s of {limit:g} s", 3 * spent))


def preparation(clock: Clock, took: float) -> None:
    """Warn if, by the warm-up, the time left does not suffice to prepare one model's rows."""
    left = clock.left
    if left is not None and left < took:
        why = f"{left:.1f} s are left for models, and preparing the rows of one takes about {took:.1f} s"
        _warn(_too_small(why, max(clock.seconds or 0.0, clock.spent) + 3 * took))


def _too_small(why: str, enough: float) -> str:
    seconds = 10 * (int(enough) // 10 + 1)
    return f"CP4116 The budget may be too small for any model of the recipe: {why}. Set 'budget: {seconds}s' or more."


def _warn(text: str) -> None:
    warnings.warn(text, CustpredWarning, stacklevel=2)
