"""Recipe files: strict YAML 1.2 with positions, all errors together, changes with origins."""

from __future__ import annotations  # light: imports inside functions are deliberate

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from custpred.errors import RecipeError
from custpred.events.table import EventTable
from custpred.recipe.keys import Recipe
from custpred.recipe.parsing import parsed
from custpred.recipe.paths import beside, located
from custpred.recipe.question import contradictions
from custpred.spec import Spec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from custpred.recipe.parsing import Place
    from custpred.storage.plain import JSON

LARGEST, MANY_BITS = 1_000_000, 1000
"""Maximum bytes of a recipe and bits of its numbers; more is a mistake or an attack."""
_LONG = "the number has more than 300 digits."


@dataclass(frozen=True)
class Written:
    """A recipe's plain data, each value's origin: ``file:line:col``, ``--set`` or a keyword."""

    plain: JSON
    places: dict[Place, str] = field(default_factory=dict)
    name: str = "recipe"

    def place(self, path: Place) -> str:
        """Return the origin of a value, or of its nearest parent."""
        while path not in self.places and path:
            path = path[:-1]
        return self.places.get(path, self.name)

    def validated(self) -> Recipe:
        """Return the recipe with keys and contradictions checked; raises as ``shaped`` does."""
        recipe = self.shaped()
        wrong = [f"{self.place(at)} CP1114 {'.'.join(map(str, at))}: {text}" for at, text in contradictions(recipe)]
        if wrong:
            raise RecipeError(wrong, code="CP1114")
        return recipe

    def shaped(self) -> Recipe:
        """Return the recipe, with each key checked.

        Raises
        ------
        RecipeError
            With every mistake, each with its place, code and remedy.
        """
        long = [f"{self.place(at)} CP1104 {'.'.join(map(str, at))}: {_LONG}" for at in _long(self.plain)]
        if long:
            raise RecipeError(long)
        try:
            return Recipe.model_validate(self.plain)
        except ValidationError as error:
            from custpred.recipe.messages import explain

            rank = {place: i for i, place in enumerate(self.places.values())}
            found = sorted(error.errors(include_url=False), key=lambda each: rank.get(self.place(each["loc"]), -1))
            lines = [explain(each, self.plain, self.place) for each in found]
            raise RecipeError(list(dict.fromkeys(lines))) from None


def _long(value: object, path: Place = ()) -> Iterator[Place]:
    """Yield the places of integers that Python refuses to write: no message could show them."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _long(inner, (*path, key))
    elif isinstance(value, int) and value.bit_length() > MANY_BITS:
        yield path


def read(path: Path, changes: Mapping[str, object] | None = None) -> Recipe:
    """Read a recipe file and apply ``--set`` changes."""
    return written(path, changes).validated()


def from_keys(keys: Mapping[str, object]) -> Recipe:
    """Make a recipe from Python keywords; the keys are those of the YAML.

    >>> recipe = from_keys({"customers": {"sample": "telecom"}, "target": "churn", "budget": "60s"})
    >>> recipe.target.name(), recipe.budget.time
    ('churn', 60.0)
    """
    return Written(dict(keys), name="fit").validated()


def written(path: Path, changes: Mapping[str, object] | None = None) -> Written:
    """Read a recipe file without checking its keys.

    Raises
    ------
    RecipeError
        If the file is missing, no YAML, or has what recipes forbid: aliases, tags, duplicate keys.
    """
    path = located(path)
    text = text_of(path)
    plain, places = parsed(text, str(path))
    events = plain.get("events")
    for part in (plain.get("customers"), *(events.values() if isinstance(events, dict) else ())):
        if isinstance(part, dict) and isinstance(part.get("path"), str):
            part["path"] = beside(path, part["path"])
    made = Written(plain, places, str(path))
    for key, value in (changes or {}).items():
        _change(made, key, value)
    return made


def scalar(text: str) -> object:
    """Read the value of ``--set path=value`` as YAML.

    >>> scalar("60s"), scalar("3"), scalar("[logistic, lightgbm]")
    ('60s', 3, ['logistic', 'lightgbm'])
    """
    return parsed(f"value: {text}", "--set")[0]["value"]


def to_yaml(plain: Mapping[str, object], reasons: Mapping[str, str] | None = None) -> str:
    """Write plain data as a recipe; ``reasons`` become comments above their keys.

    >>> print(to_yaml({"target": "left"}, {"target": "a yes and a no"}), end="")
    # target: a yes and a no
    target: left
    """
    yaml = YAML()
    yaml.width, yaml.default_flow_style = 120, False
    document = CommentedMap(plain)
    for key, reason in (reasons or {}).items():
        if key in document:
            document.yaml_set_comment_before_after_key(key, before=f"{key}: {reason}")
    stream = io.StringIO()
    yaml.dump(document, stream)
    return stream.getvalue()


def text_of(path: Path) -> str:
    """Return the text of a recipe file; raises RecipeError if it is not UTF-8, or too large."""
    try:
        raw = path.read_bytes()
        if len(raw) > LARGEST:
            raise RecipeError([f"{path} CP1109 the file has {len(raw):,} bytes; a recipe has at most {LARGEST:,}."])
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise RecipeError([f"{path}:{line}:1 CP1101 the file is not UTF-8. Save it as UTF-8."]) from None
    except OSError as error:
        raise RecipeError([f"{path} CP1110 the recipe cannot be read: {error.strerror}. Correct the path."]) from None


def _change(made: Written, key: str, value: object) -> None:
    """Apply one ``--set path=value``; short forms (``missing: median``) are expanded first."""
    *words, last = key.split(".")
    at: Any = made.plain
    steps: list[str | int] = []
    for word in words:
        steps.append(_step(at, word))
        inner = at[steps[-1]] if _has(at, steps[-1]) else {}
        if isinstance(inner, str):
            inner = {{"target": "column", "budget": "time"}.get(".".join(map(str, steps)), "kind"): inner}
        _put(at, steps[-1], inner, key)
        at = inner
    changed = (*steps, _step(at, last))
    _put(at, changed[-1], value, key)
    for inside in [place for place in made.places if place[: len(changed)] == changed]:
        del made.places[inside]  # the earlier value is replaced
    made.places[changed] = f"--set {key}"


def _step(at: object, word: str) -> str | int:
    """Return a position in a list, or else a key: columns may be called 1, 2, ..."""
    return int(word) if isinstance(at, list) and word.isdecimal() else word


def _put(at: Any, step: str | int, value: object, key: str) -> None:
    try:
        at[step] = value
    except (IndexError, TypeError):
        raise RecipeError([f"--set {key} CP1111 there is no place {step!r} here."]) from None


def _has(at: Any, step: str | int) -> bool:
    return step in at if isinstance(at, dict) else isinstance(step, int) and step < len(at)


def effective(made: Written) -> Iterator[tuple[str, object, str]]:
    """Yield the dotted name, the value and the origin of every leaf of the checked recipe.

    The origin is where the value, or its short form, was written; otherwise ``default``.
    """
    recipe = made.shaped()
    whole = recipe.model_dump(mode="json", by_alias=True)
    for key in Recipe.model_fields:
        for path, value, usual in _leaves(getattr(recipe, key), whole[key], (key,), usual=False):
            stands, itself = _followed(made.plain, path)
            known = stands and (itself or not usual)
            yield ".".join(map(str, path)), value, made.place(stands) if known else "default"


def _leaves(value: object, shown: Any, path: Place, *, usual: bool) -> Iterator[tuple[Place, object, bool]]:
    """Yield each leaf's path, plain value and whether it is the default; plain lists are leaves."""
    if isinstance(value, BaseModel):
        yield from _fields(value, path, usual=usual)
    elif isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(inner, shown[key], (*path, str(key)), usual=usual)
    elif isinstance(value, tuple) and any(isinstance(each, BaseModel) for each in value):
        for i, inner in enumerate(value):
            yield from _leaves(inner, shown[i], (*path, i), usual=usual)
    else:
        yield path, shown, usual


def _fields(model: BaseModel, path: Place, *, usual: bool) -> Iterator[tuple[Place, object, bool]]:
    if isinstance(model, EventTable):
        yield from _fields(model.source, path, usual=usual)  # on the level of the table's keys
    if isinstance(model, Spec):
        yield (*path, "kind"), model.kind(), usual
    whole = model.model_dump(mode="json", by_alias=True)  # never holds a secret
    for name, option in type(model).model_fields.items():
        key, value = option.alias or name, getattr(model, name)
        if key in whole:
            same = usual or value == option.get_default(call_default_factory=True)
            yield from _leaves(value, whole[key], (*path, key), usual=same)


def _followed(plain: Any, path: Place) -> tuple[Place, bool]:
    """Return how far a path leads into the written recipe, and whether completely."""
    stands: Place = ()
    for step in path:
        if isinstance(step, int) and not isinstance(plain, list):
            continue  # a single kind needs no brackets
        if not _has(plain, step):
            return stands, False
        plain, stands = plain[step], (*stands, step)
    return stands, True
