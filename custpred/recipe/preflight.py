"""Parts of a recipe that cannot run here: packages that are not installed, sequence networks without sequences."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from custpred.columns.sequence import NO_SEQUENCE, is_step
from custpred.errors import CustpredError, CustpredWarning, NotApplicable, RecipeError
from custpred.recipe.keys import resolved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from custpred.budget import Clock
    from custpred.models.base import Model
    from custpred.recipe.keys import Recipe
    from custpred.spec import Auto, Spec
    from custpred.table import Table

SOME = 200
"""Rows used to check whether columns make a sequence: their names and kinds decide."""
Skipped = tuple[tuple["Model", str], ...]
"""Models that cannot run, each with the reason."""


def available(recipe: Recipe, place: Callable[[tuple[str | int, ...]], str] | None = None) -> tuple[Recipe, Skipped]:
    """Return the recipe without the models whose packages are not installed, and those models, with a warning for each.

    Parameters
    ----------
    place
        Returns where in a file a value is.

    Raises
    ------
    RecipeError
        CP1107 if none of the models can run, or a feature cannot.
    """
    wrong = [_line(key, i, lack, place) for key, i, lack in _lacking(recipe) if key == "features"]
    lacking = {i: (key, lack) for key, i, lack in _lacking(recipe) if key == "models"}
    models = () if recipe.models == "auto" else recipe.models
    if wrong or (lacking and len(lacking) == len(models)):
        raise RecipeError([*wrong, *(_line(key, i, lack, place) for i, (key, lack) in lacking.items())], code="CP1107")
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


def _line(key: str, i: int, lack: CustpredError, place: Callable[[tuple[str | int, ...]], str] | None) -> str:
    return f"{place((key, i)) + ' ' if place else ''}{lack.code} {key}.{i}: {lack.message} {lack.remedy}"


def sequences(recipe: Recipe, table: Table) -> tuple[Recipe, Skipped]:
    """Return the recipe without the models that need sequences if there are none, and those; each with a warning.

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
    fault = NotApplicable(NO_SEQUENCE, code="CP4110")
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


def budget(spent: float, limit: float | None) -> None:
    """Warn where reading and planning alone have taken the whole time that a run may take."""
    if limit is not None and spent > limit:
        _warn(_too_small(f"reading the data and planning took {spent:.0f} s of {limit:g} s", 3 * spent))


def preparation(clock: Clock, took: float) -> None:
    """Warn where the warm-up shows that the time left is too short to prepare the rows of one model."""
    left = clock.left
    if left is not None and left < took:
        told = f"{left:.1f} s are left for models, and preparing the rows of one takes about {took:.1f} s"
        _warn(_too_small(told, max(clock.seconds or 0.0, clock.spent) + 3 * took))


def _too_small(why: str, enough: float) -> str:
    seconds = 10 * (int(enough) // 10 + 1)
    return f"CP4116 The budget may be too small for any model of the recipe: {why}. Give 'budget: {seconds}s' or more."


def _warn(text: str) -> None:
    warnings.warn(text, CustpredWarning, stacklevel=2)
