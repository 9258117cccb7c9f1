"""Plain data: what JSON files hold, what fitted steps and models are saved as, and records as such."""

from __future__ import annotations

import json
import math
from dataclasses import fields, is_dataclass
from typing import Any, TypeAlias

JSON: TypeAlias = dict[str, Any]
"""A map as JSON holds it: numbers, texts, lists and maps of these, by text keys."""
State: TypeAlias = dict[str, Any]
"""A map that ``storage.files.save_state`` writes: JSON values, and NumPy arrays and bytes beside them."""


def maps(value: object) -> Any:
    """Return maps in place of dataclasses, and copies of what holds them; unlike ``asdict``, numbers are not copied.

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
    """Return JSON text; numbers that are not finite are null.

    >>> json_text({"score": float("nan")}, None)
    '{"score": null}'
    """
    return json.dumps(finite(value), ensure_ascii=False, allow_nan=False, indent=indent)


def finite(value: object) -> Any:
    """Return JSON data in which numbers that are not finite are null: strict readers refuse them.

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
