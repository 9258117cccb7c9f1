"""docs/recipe.md, generated from the code: every key, every kind, every option."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from custpred.recipe.inspect import families
from custpred.recipe.keys import Recipe
from custpred.spec import Choices, Range

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

HEAD = """# The recipe, key by key

Generated from the code by `custpred schema --markdown`; do not edit. Every kind is a file: `missing: median` is
`custpred/missing/median.py`. A bare name is short for `{kind: name}`; *search* is the range for hyperparameter search.
"""


def markdown() -> str:
    """Return the whole reference as Markdown."""
    return "\n".join([HEAD, *_keys(), ""])


def _keys() -> Iterator[str]:
    folders = families()
    for name, field in Recipe.model_fields.items():
        yield f"## {name}\n"
        yield f"{field.description} Default: {_default(field)}.\n"
        if name in folders:
            for kind in folders[name].kinds():
                yield from _kind(folders[name].find(kind))
        elif isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _options(field.annotation)


def _kind(spec: Any) -> Iterator[str]:
    yield f"### {spec.kind()}\n"
    yield f"{spec.summary()}\n"
    yield from _options(spec)


def _options(model: type[BaseModel]) -> Iterator[str]:
    if not model.model_fields:
        return
    yield "| option | default | means | search |\n|---|---|---|---|"
    for name, field in model.model_fields.items():
        cells = (f"`{field.alias or name}`", _default(field), field.description or "", _search(field))
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
    yield ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "none, it is required"
    value = field.get_default(call_default_factory=True)
    plain = value.dump() if hasattr(value, "dump") else value
    plain = plain.model_dump(mode="json", exclude_none=True) if isinstance(plain, BaseModel) else plain
    return f"`{json.dumps(plain, ensure_ascii=False, default=list)}`"


def _search(field: FieldInfo) -> str:
    for mark in field.metadata:
        if isinstance(mark, Range):
            return f"{mark.low:g} to {mark.high:g}{', log' if mark.log else ''}"
        if isinstance(mark, Choices):
            return ", ".join(map(str, mark.values))
    return ""
