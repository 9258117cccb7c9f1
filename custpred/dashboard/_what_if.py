"""Predictions of a customer with other values, within the recipe's rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custpred.recipe.what_if import WhatIf

if TYPE_CHECKING:
    from collections.abc import Mapping

    from custpred.columns.contract import Expected, Intake

CLOSE = 0.1
"""Share of the training range within which numbers count as similar."""


@dataclass(frozen=True)
class Choice:
    """A column that may change: to one of ``levels``, or to a number in ``low`` to ``high``."""

    column: str
    value: str | float
    levels: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 0.0
    whole: bool = False


def choices(intake: Intake, row: pd.DataFrame) -> list[Choice]:
    """Return the columns of a customer that may change: numbers and categories, not missing.

    Columns without a rule may take any value of training; sensitive columns may not change.
    """
    rules = {name: WhatIf.model_validate(rule) for name, rule in (intake.recipe.get("what_if") or {}).items()}
    sensitive = set((intake.recipe.get("privacy") or {}).get("sensitive") or ())
    found = []
    for each in intake.columns:
        rule = rules.get(each.name, WhatIf(rule="fixed" if each.name in sensitive else "changeable"))
        value = row[each.name].iloc[0]
        made = None if pd.isna(value) else _choice(each, rule, value)
        if made is not None:
            found.append(made)
    return found


def _choice(each: Expected, rule: WhatIf, value: object) -> Choice | None:
    if each.kind == "category":
        levels = tuple(dict.fromkeys((str(value), *each.levels)))
        return Choice(each.name, str(value), levels) if rule.rule == "changeable" and len(levels) > 1 else None
    if each.kind not in {"number", "code"} or not isinstance(value, float):
        return None
    low, high = rule.ends(value, value if each.low is None else each.low, value if each.high is None else each.high)
    whole = each.kind == "code" or all(float(end).is_integer() for end in (low, high, value))
    return Choice(each.name, value, (), low, high, whole) if low < high else None


def changed(row: pd.DataFrame, values: Mapping[str, str | float]) -> pd.DataFrame:
    """Return a customer with other values; the row is not modified.

    >>> row = pd.DataFrame({"age": [30.0], "plan": pd.Categorical(["basic"])})
    >>> changed(row, {"plan": "pro"})["plan"].tolist()
    ['pro']
    """
    made = row.copy()
    for name, value in values.items():
        if isinstance(row[name].dtype, pd.CategoricalDtype):
            levels = sorted({*row[name].cat.categories.astype(str), str(value)})
            made[name] = pd.Categorical([str(value)], categories=levels)
        else:
            made[name] = np.array([value], dtype=float)
    return made


def alike(frame: pd.DataFrame, values: Mapping[str, str | float], intake: Intake) -> int:
    """Count the customers with all these values; numbers within a tenth of the training range."""
    kept = np.ones(len(frame), dtype=bool)
    for name, value in values.items():
        if isinstance(frame[name].dtype, pd.CategoricalDtype):
            kept &= (frame[name].astype(object) == value).to_numpy()
        else:
            each = intake.by_name[name]
            room = CLOSE * ((each.high or 0.0) - (each.low or 0.0))
            kept &= np.abs(frame[name].to_numpy(dtype=float) - float(value)) <= room
    return int(kept.sum())
