"""Conversion of recipes to the current grammar: only renamed keys change, comments stay."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING

from custpred.errors import CustpredWarning, RecipeError
from custpred.recipe.file import Written, text_of
from custpred.recipe.keys import Recipe
from custpred.recipe.parsing import parsed
from custpred.spec import OneOf, Plugins

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pydantic import BaseModel

    from custpred.recipe.parsing import Place
    from custpred.spec import Spec
    from custpred.storage.plain import JSON


def migrated(path: Path, *, plugins: bool = False) -> tuple[str, list[JSON]]:
    """Return a recipe's text in the current grammar, and changes: ``place, key, found, now``.

    A recipe without a grammar version gets the key ``recipe``.

    Raises
    ------
    RecipeError
        With every mistake of the recipe, as ``custpred check`` reports them; CP1115 if an option
        must be renamed by hand.
    """
    text, name = text_of(path), str(path)
    made = Written(*parsed(text, name), name)
    with Plugins.may(plugins):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CustpredWarning)  # reported as changes
            meant = made.validated()
        found = list(_earlier(Recipe, made.plain, ()))
        changes = [_change(made, place, place[-1], new) for place, new in found]
        for place, new in sorted(found, key=lambda each: _at(made, each[0]), reverse=True):
            text = _renamed(text, made.place(place), str(place[-1]), new)
        if "recipe" not in made.plain:
            line, column = min(_at(made, (key,)) for key in made.plain)
            before = _offset(text, line, column)
            text = f"{text[:before]}recipe: {meant.recipe}{', ' if column > 1 else _newline(text)}{text[before:]}"
            changes.insert(0, _change(made, ("recipe",), None, meant.recipe))
        if Written(*parsed(text, name), name).validated() != meant:
            raise RecipeError([f"{name} CP1115 the rewritten recipe would mean something else. Rename by hand."])
    return text, changes


def _earlier(model: type[BaseModel], given: JSON, at: Place) -> Iterator[tuple[Place, str]]:
    """Yield the place and the current name of each option that is written with an earlier name."""
    for name, option in model.model_fields.items():
        key = option.alias or name
        for mark in option.metadata:
            if isinstance(mark, OneOf) and key in given:
                yield from _of_kinds(mark.family, given[key], (*at, key))


def _of_kinds(family: type[Spec], value: object, at: Place) -> Iterator[tuple[Place, str]]:
    if isinstance(value, list):
        for i, each in enumerate(value):
            yield from _of_kinds(family, each, (*at, i))
    elif isinstance(value, dict) and (kind := value.get("kind") or family._kind_of(value)):
        spec = family.find(str(kind))
        yield from (((*at, old), new) for old, new in spec.renamed.items() if old in value and new not in value)
        yield from _earlier(spec, value, at)


def _change(made: Written, place: Place, found: object, now: object) -> JSON:
    return {"place": made.place(place), "key": ".".join(map(str, place)), "found": found, "now": now}


def _at(made: Written, place: Place) -> tuple[int, int]:
    """Return line and column, both counted from 1."""
    _, line, column = made.place(place).rsplit(":", 2)
    return int(line), int(column)


def _offset(text: str, line: int, column: int) -> int:
    starts = [0, *(match.end() for match in re.finditer(r"\r\n|\r|\n", text))]
    return starts[line - 1] + column - 1


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _renamed(text: str, where: str, old: str, new: str) -> str:
    """Replace the name at ``file:line:column``; its quotes stay."""
    _, line, column = where.rsplit(":", 2)
    at = _offset(text, int(line), int(column))
    match = re.compile(rf"([\"']?){re.escape(old)}(?=\1\s*:)").match(text, at)
    if match is None:
        raise RecipeError([f"{where} CP1115 expected '{old}:', the usual form. Rename it to {new} by hand."])
    return f"{text[: match.start()]}{match[1]}{new}{text[match.end() :]}"
