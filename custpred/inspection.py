"""Answers about recipes and kinds without a run: check, list, schema, the meaning of a code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from custpred.errors import RecipeError, did_you_mean
from custpred.recipe import Recipe
from custpred.spec import OneOf, Plugins

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from custpred.spec import Spec


def check(path: Path, changes: Mapping[str, Any], *, plugins: bool = False) -> Recipe:
    """Report every mistake of a recipe at once: keys, values, and columns that the file's header does not have.

    Raises
    ------
    RecipeError
        With all mistakes.
    """
    from custpred.recipe_file import written

    Plugins.allowed = plugins or Plugins.allowed
    made = written(path, changes)
    recipe = made.validated()
    header = recipe.customers.header()
    if header is None:
        return recipe
    wanted = {("target",): recipe.target.name(), ("customers", "key"): recipe.customers.key}
    wrong = [
        f"{made.place(place)} CP2102 {'.'.join(place)}: the table has no column {name!r}.{did_you_mean(name, header)}"
        for place, name in wanted.items()
        if name and name not in header
    ]
    if wrong:
        raise RecipeError(wrong, code="CP2102")
    return recipe


def families() -> dict[str, type[Spec]]:
    """Return the recipe keys that take a kind, with their folders."""
    fields = Recipe.model_fields.items()
    return {key: mark.family for key, field in fields for mark in field.metadata if isinstance(mark, OneOf)}


def kinds(key: str | None) -> Iterator[str]:
    """Yield lines for ``custpred list``: the keys, or the kinds of one key with their options."""
    known = families()
    if key is None:
        for name, family in known.items():
            yield f"{name}: {', '.join(family.kinds())}"
        return
    if key not in known:
        hint = f"{did_you_mean(key, known)} Known: {', '.join(known)}."
        raise RecipeError([f"list {key} CP1105 {key!r} takes no kind.{hint}"])
    for kind in known[key].kinds():
        spec = known[key].find(kind)
        yield f"{kind}: {spec.summary()}"
        for name, default, text in spec.options():
            yield f"    {name} = {default}: {text}"


def schema() -> dict[str, Any]:
    """Return the JSON Schema of recipes."""
    made = Recipe.model_json_schema()
    made["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    made["properties"]["target"] = {"anyOf": [{"type": "string"}, made["properties"]["target"]]}
    return made


def meaning(code: str) -> str:
    """Return what a code means."""
    from custpred.mistakes import MEANING

    if code.upper() not in MEANING:
        raise RecipeError([f"{code} is not a code of custpred.{did_you_mean(code.upper(), MEANING)}"])
    return MEANING[code.upper()]
