"""The recipe that a caller in Python passes: the path of a file, or a ``Recipe``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from custpred.errors import RecipeError
from custpred.recipe.file import read
from custpred.recipe.keys import Recipe

if TYPE_CHECKING:
    from collections.abc import Mapping


def recipe_of(given: object, changes: Mapping[str, object] | None = None) -> Recipe:
    """Return the recipe of a path, with the changes, or a ``Recipe`` as it is.

    Raises
    ------
    RecipeError
        As ``read`` does; CP1110 for any other object; CP1114 for changes of a ``Recipe``, which
        would have no effect.
    """
    if isinstance(given, str | Path):
        return read(Path(given), changes or {})
    if not isinstance(given, Recipe):
        remedy = "Make one with custpred.Recipe.model_validate, or pass keys to custpred.fit."
        found = type(given).__name__
        raise RecipeError([f"recipe CP1110 expected the path of a recipe file, or a Recipe, got {found}. {remedy}"])
    if changes:
        remedy = "Give the Recipe these values when it is made."
        raise RecipeError([f"set CP1114 changes are made to recipe files, not to a Recipe. {remedy}"], code="CP1114")
    return given
