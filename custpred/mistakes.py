"""Mistakes in a recipe, in words: the place, a stable code, what was wanted, what came, what was meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from custpred.errors import did_you_mean
from custpred.recipe import Recipe
from custpred.spec import OneOf
from custpred.text import plain

if TYPE_CHECKING:
    from collections.abc import Callable

CODES = {
    "extra_forbidden": "CP1103",
    "missing": "CP1106",
    "unknown_kind": "CP1105",
    "no_kind": "CP1105",
    "not_a_spec": "CP1105",
}
MEANING = {
    "CP1101": "The file is not readable YAML 1.2. Look at the named line: a missing colon, a tab, or a wrong indent.",
    "CP1102": "A key stands twice in the same map. YAML would keep one silently; custpred asks you to choose.",
    "CP1103": "A key is not known here. 'custpred schema' and docs/recipe.md list all keys.",
    "CP1104": "A value has the wrong type or is outside its limits. docs/recipe.md gives the limits of every option.",
    "CP1105": "A kind is not known. 'custpred list FOLDER' shows the kinds of a key. Your own module needs --plugins.",
    "CP1106": "A key that has no default is missing. Every recipe needs 'customers' and 'target'.",
    "CP1107": "An optional package is not installed. The message gives the pip command.",
    "CP1108": "The recipe was written for a newer grammar. Update custpred.",
    "CP1109": "Recipes are small plain data: no aliases, anchors, tags, and no absurd size or nesting.",
    "CP1110": "The recipe file cannot be opened. Check the path and the rights.",
    "CP1111": "--set names an item that the list does not have.",
    "CP2102": "A column that the recipe or the model needs is not in the table.",
    "CP3000": "A step declined; the report shows why. The run went on without it.",
    "CP4101": "The run folder is in use or not empty.",
    "CP4102": "A file could not be written: the disk is full or the folder is read-only.",
    "CP4104": "The budget ended before any model was ready. Give more time, fewer rows or lighter models.",
    "CP4130": "The run was interrupted. The best model so far is in the folder; 'custpred resume' goes on.",
    "CP5200": "The folder holds no finished run.",
    "CP5201": "The model was saved by a newer custpred.",
    "CP5202": "A file of the model folder is missing or was changed since it was saved.",
    "CP5203": "The saved model answers differently here, mostly because of other package versions.",
}
"""What 'custpred explain-code' says."""


def explain(error: Any, data: dict[str, Any], place: Callable[[tuple[str | int, ...]], str]) -> str:
    """Turn one of pydantic's errors into a line such as ``x.yaml:8:5 CP1103 target.horizn: unknown key. ...``."""
    path = tuple(step for step in error["loc"] if isinstance(step, int) or not step.startswith("function-"))
    kind = error["type"]
    code = CODES.get(kind, "CP1104")
    if path == ("recipe",) and isinstance(error["input"], int) and error["input"] > 1:
        code = "CP1108"
    dotted = ".".join(str(step) for step in path) or "recipe"
    return f"{place(path)} {code} {dotted}: {_words(error, path, data)}"


def _words(error: Any, path: tuple[str | int, ...], data: dict[str, Any]) -> str:
    kind = error["type"]
    if kind == "extra_forbidden":
        return f"unknown key.{did_you_mean(str(path[-1]), known_keys(data, path))}"
    if kind == "missing":
        return "this key is missing and has no default."
    text = str(error["msg"]).removeprefix("Value error, ").replace("Input should be", "must be")
    if kind in CODES or kind == "value_error" or "url" in path:
        return text
    came = error["input"]
    shown = type(came).__name__ if isinstance(came, dict | list) else repr(came)
    return f"{text}, got {plain(shown, 60)}."


def known_keys(data: dict[str, Any], path: tuple[str | int, ...]) -> list[str]:
    """Return the keys that are legal where ``path`` points."""
    model: type[BaseModel] | None = Recipe
    at: Any = data
    for step in path[:-1]:
        at = _inside(at, step)
        if isinstance(step, str) and model is not None:
            model = _model_at(model, step, at)
            family = model
        elif isinstance(step, int) and model is not None:
            model = _kind_at(family, at)
    return [*(model.model_fields if model else ()), "kind"]


def _inside(at: Any, step: str | int) -> Any:
    if isinstance(at, dict):
        return at.get(step)
    return at[step] if isinstance(at, list) and isinstance(step, int) and step < len(at) else None


def _model_at(model: type[BaseModel], name: str, at: Any) -> type[BaseModel] | None:
    field = model.model_fields.get(name)
    if field is None:
        return None
    marks = [mark for mark in field.metadata if isinstance(mark, OneOf)]
    if marks:
        return _kind_at(marks[0].family, at)
    annotation = field.annotation
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _kind_at(family: Any, at: Any) -> type[BaseModel] | None:
    """Return the spec that the data at a place asks for; the family itself where that is not clear."""
    kind = at if isinstance(at, str) else at.get("kind") or family._kind_of(at) if isinstance(at, dict) else None
    if kind is None:
        return family  # type: ignore[no-any-return]
    return family.find(str(kind)) if str(kind) in family.kinds() else None
