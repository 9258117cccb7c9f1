"""Information on recipes and kinds without a run: check, show, list, schema, codes."""

from __future__ import annotations  # light: imports inside functions are deliberate

import json
import re
from typing import TYPE_CHECKING, Any

from custpred.errors import RecipeError, did_you_mean
from custpred.recipe.file import effective, written
from custpred.recipe.keys import Recipe
from custpred.recipe.preflight import available, reading
from custpred.source.base import Source
from custpred.spec import OneOf, Plugins
from custpred.text import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from custpred.spec import Spec
    from custpred.storage.plain import JSON

_LONGEST = 100_000
_BARE = re.compile(r"[^\W\d][\w.-]*(?:[ /][\w.-]+)*")
_FINDING = re.compile("[A-Z][0-9]{3}")
_NO_TEXT = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}


def check(path: Path, changes: Mapping[str, object], *, plugins: bool = False) -> Recipe:
    """Report all errors of a recipe: keys, values, and columns that the header does not have.

    A missing package is an error if nothing else can run, otherwise a warning.

    Raises
    ------
    RecipeError
        With all mistakes.
    """
    made = written(path, changes)
    with Plugins.may(plugins):
        recipe = made.validated()
        available(recipe, made.place)
        reading(recipe)
        wrong = [
            f"{made.place(place)} CP2102 {'.'.join(map(str, place))}: "
            f"the table has no column {name!r}.{did_you_mean(name, header)}"
            for header, columns in _headers(recipe)
            for place, name in columns.items()
            if name not in header
        ]
    if wrong:
        raise RecipeError(wrong, code="CP2102")
    return recipe


def _headers(recipe: Recipe) -> Iterator[tuple[list[str], dict[tuple[str | int, ...], str]]]:
    """Yield each readable table's header, and the column names in the recipe by place."""
    named = recipe.columns()
    if recipe.events:  # other names refer to gathered columns
        named = {place: name for place, name in named.items() if place[0] == "customers"}
    if recipe.customers is not None and (header := recipe.customers.header()) is not None:
        dropped = {("customers", "drop", i): name for i, name in enumerate(recipe.customers.drop)}
        yield header, named | dropped | {("customers", "types", name): name for name in recipe.customers.types}
    for name, table in recipe.events.items():
        if (header := table.source.header()) is not None:
            typed = {("events", name, "types", column): column for column in table.source.types}
            yield header, typed | {("events", name, *place): column for place, column in table.columns().items()}


def show(values: Iterable[JSON]) -> list[str]:
    """Return ``shown`` as YAML, a value per line, with its origin: ``seed: 7  # default``."""
    return [plain(f"{_yaml(each['key'])}: {_yaml(each['value'])}  # {each['origin']}", _LONGEST) for each in values]


def shown(path: Path, changes: Mapping[str, object], *, plugins: bool = False) -> list[JSON]:
    """Return the effective recipe: ``key``, ``value`` and ``origin`` of each value."""
    with Plugins.may(plugins):
        leaves = list(effective(written(path, changes)))
    return [{"key": name, "value": value, "origin": origin} for name, value, origin in leaves]


def _yaml(value: object) -> str:
    """Return a plain value as YAML on one line, without quotes where the text is unambiguous.

    >>> _yaml({"a b": ["yes", None, 0.5]})
    '{a b: ["yes", null, 0.5]}'
    """
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_yaml(key)}: {_yaml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_yaml, value)) + "]"
    if isinstance(value, str) and _BARE.fullmatch(value) and value.casefold() not in _NO_TEXT:
        return value
    return json.dumps(value, ensure_ascii=False)


def families() -> dict[str, type[Spec]]:
    """Return the recipe keys that take a kind, with their folders.

    >>> sorted(families())[:3]
    ['calibrate', 'customers', 'engine']
    """
    fields = Recipe.model_fields.items()
    return {key: mark.family for key, field in fields for mark in field.metadata if isinstance(mark, OneOf)}


def listed(key: str | None) -> JSON:
    """Return the keys with their kinds, or the kinds of one key with their options, as plain data.

    >>> sorted(listed("calibrate")["kinds"]), listed("calibrate")["kinds"]["none"]["options"]
    (['isotonic', 'none', 'sigmoid'], [])

    Raises
    ------
    RecipeError
        CP1105 if the key takes no kind.
    """
    known = families()
    if key is None:
        return {"keys": {name: list(family.kinds()) for name, family in known.items()}}
    if key not in known:
        hint = f"{did_you_mean(key, known)} Known: {', '.join(known)}."
        raise RecipeError([f"list {key} CP1105 {key!r} takes no kind.{hint}"])
    return {"key": key, "kinds": {each.kind(): _listed(each) for each in known[key].every()}}


def _listed(spec: type[Spec]) -> JSON:
    options = [{"name": name, "default": default, "means": text} for name, default, text in spec.options()]
    return {"summary": spec.summary(), "options": options}


def kinds(key: str | None) -> Iterator[str]:
    """Yield lines for ``custpred list``: the keys, or the kinds of one key with their options.

    >>> print(next(iter(kinds("calibrate"))).partition(":")[0])
    isotonic
    """
    found = listed(key)
    for name, names in found.get("keys", {}).items():
        yield f"{name}: {', '.join(names)}"
    for kind, own in found.get("kinds", {}).items():
        yield f"{kind}: {own['summary']}"
        for option in own["options"]:
            yield f"    {option['name']} = {option['default']}: {option['means']}"


def schema() -> JSON:
    """Return the JSON Schema of recipes; every folder is a definition, so that kinds can nest."""
    made = Recipe.model_json_schema()
    definitions: JSON = made.setdefault("$defs", {})
    for family in families().values():
        kinds = family.kinds()
        folder = family.__module__.split(".")[-2]
        definitions[folder] = {"anyOf": [{"enum": list(kinds)}, *(_kind(family, kind, definitions) for kind in kinds)]}
    _allow_short(made["properties"], "target", "string")
    _allow_short(made["properties"], "budget", "string", "number")
    _allow_short(made["properties"], "cutoffs", "string", "array")
    _beside(definitions["EventTable"])
    made["required"] = [name for name in made["required"] if name != "customers"]
    made["anyOf"] = [{"required": ["customers"]}, {"required": ["events"]}]
    _allow_short(definitions["Business"]["properties"], "value", "string", "number")
    resolved: JSON = _without_examples(_resolved(made))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **resolved}


def _without_examples(schema: object) -> Any:
    """Return a schema whose descriptions, which are docstrings, end before their examples."""
    if isinstance(schema, list):
        return [_without_examples(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: _without_examples(each) for key, each in schema.items()}
    if isinstance(kept.get("description"), str) and ">>> " in kept["description"]:
        kept["description"] = kept["description"].partition(">>> ")[0].removesuffix("Examples\n--------\n").rstrip()
    return kept


def _beside(table: JSON) -> None:
    """Allow a source's options next to those of its table, none of them required."""
    del table["properties"]["source"], table["required"]
    for kind in Source.kinds():
        for name, option in Source.find(kind).model_fields.items():
            table["properties"].setdefault(option.alias or name, {"description": option.description})
    table["properties"]["kind"] = {"enum": list(Source.kinds())}


def _allow_short(properties: JSON, name: str, *types: str) -> None:
    """Let a key also take the short form that its model reads, such as ``budget: 60s``."""
    properties[name] = {"anyOf": [{"type": list(types)}, properties[name]]}


def _kind(family: type[Spec], kind: str, definitions: JSON) -> JSON:
    """Return the schema of one kind; its definitions go to ``definitions`` under unique names."""
    spec = family.find(kind)
    own = spec.model_json_schema()
    prefix = f"{family.__module__.split('.')[-2]}.{kind}."
    for name, inner in own.pop("$defs", {}).items():
        definitions[prefix + name] = _moved(inner, prefix)
    given = spec._kind_of(dict.fromkeys(spec.model_fields, "x")) is not None
    own["properties"] = {"kind": {"const": kind, "description": spec.summary()}, **own.get("properties", {})}
    own["required"] = [*(() if given else ("kind",)), *own.get("required", [])]
    moved: JSON = _moved(own, prefix)
    return moved


def _moved(schema: object, prefix: str) -> Any:
    """Return a schema with its references moved below ``prefix``."""
    if isinstance(schema, dict):
        return {
            key: each.replace("#/$defs/", f"#/$defs/{prefix}") if key == "$ref" else _moved(each, prefix)
            for key, each in schema.items()
        }
    return [_moved(each, prefix) for each in schema] if isinstance(schema, list) else schema


def _resolved(schema: object) -> object:
    """Replace the markers of ``OneOf`` and ``ManyOf`` with references to their folders."""
    if isinstance(schema, list):
        return [_resolved(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "x-kinds" not in schema:
        return {key: _resolved(each) for key, each in schema.items()}
    one = {"$ref": f"#/$defs/{schema['x-kinds']}"}
    choices: list[object] = [one, *([{"const": "auto"}] if schema["x-auto"] else [])]
    if schema["x-many"]:
        choices.append({"type": "array", "items": one})
    rest = {key: each for key, each in schema.items() if not key.startswith("x-")}
    return {"anyOf": choices, **rest}


def meaning(code: str) -> str:
    """Return the explanation of a code.

    >>> meaning("cp4104").split(".")[0]
    'The budget ended before any model was ready'
    """
    from custpred.recipe.messages import MEANING

    if _FINDING.fullmatch(code.upper()):
        return "A finding, not an error. Its text says what was found; docs/scoring.md and docs/events.md say when."
    if code.upper() not in MEANING:
        raise RecipeError([f"{code} is not a code of custpred.{did_you_mean(code.upper(), MEANING)}"])
    return MEANING[code.upper()]
