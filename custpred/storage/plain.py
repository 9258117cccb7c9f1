"""Plain data: the content of JSON files, and the saved form of fitted steps, models and records."""

from __future__ import annotations

import json
import math
from dataclasses import fields, is_dataclass
from typing import Any, TypeAlias

JSON: TypeAlias = dict[str, Any]
"""A JSON object: numbers, texts, lists and maps of these, by text keys."""
State: TypeAlias = dict[str, Any]
"""A map for ``storage.files.save_state``: JSON values, NumPy arrays and bytes."""


def maps(value: object) -> Any:
    """Convert dataclasses to maps, and copy containers; unlike ``asdict``, no other values.

    >>> from custpred.table import Column
    >>> maps((Column("age", "number"), 3))[0]["name"]
    'age'
    """
    if isinstance(value, dict):
        return {key: maps(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        found = [maps(each) for each in value]
        return found if isinstance(value, list) else tuple(found)
    if is_dataclass(value):
        return {each.name: maps(getattr(value, each.name)) for each in fields(value)}
    return value


def json_text(value: object, indent: int | None = 1) -> str:
    """Return JSON text; non-finite numbers become null.

    >>> json_text({"score": float("nan")}, None)
    '{"score": null}'
    """
    return json.dumps(finite(value), ensure_ascii=False, allow_nan=False, indent=indent)


def finite(value: object) -> Any:
    """Return JSON data with non-finite numbers as null, since strict readers refuse them.

    >>> import numpy as np
    >>> finite({"share": np.float64(0.5), "ends": (1, float("inf"))})
    {'share': 0.5, 'ends': [1, None]}
    """
    if isinstance(value, dict):
        return {str(key): finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [finite(each) for each in value]
    if hasattr(value, "item") and not isinstance(value, str):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
