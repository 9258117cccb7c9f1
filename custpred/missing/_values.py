"""One value per column: numbers, levels, dates and texts that missing values become."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custpred.columns.dtypes import categories, dates, numbers

if TYPE_CHECKING:
    from collections.abc import Callable

    from custpred.step import State

MISSING_LEVEL = "(missing)"


def most_frequent(column: pd.Series) -> str:
    """Return the most frequent level of a category column that has one; the first of equals."""
    codes = column.cat.codes.to_numpy()
    return str(column.cat.categories[int(np.bincount(codes[codes >= 0]).argmax())])


def middle_date(column: pd.Series) -> pd.Timestamp:
    """Return the lower median of dates without missing values: a date that occurs, so that no unit is made up."""
    return column.sort_values().iloc[(len(column) - 1) // 2]


def most_frequent_date(column: pd.Series) -> pd.Timestamp:
    """Return the most frequent date; the earliest of equals."""
    return column.mode().iloc[0]


def most_frequent_number(values: np.ndarray) -> float:
    """Return the most frequent number; the smallest of equals."""
    found, counts = np.unique(values, return_counts=True)
    return float(found[counts.argmax()])


@dataclass(frozen=True)
class Rules:
    """How a column's value is found: ``number`` of finite values (n,), ``level`` and ``date`` of columns."""

    number: Callable[[np.ndarray], float]
    level: Callable[[pd.Series], str] = most_frequent
    date: Callable[[pd.Series], pd.Timestamp] | None = middle_date


def learn_values(X: pd.DataFrame, names: list[str], rules: Rules) -> State:
    """Return each column's value by kind; ``empty`` names the columns that have none in training."""
    wanted = set(names)
    number = {name: finite(X[name]) for name in numbers(X) if name in wanted}
    level = {name: X[name] for name in categories(X) if name in wanted}
    date = {name: X[name].dropna() for name in dates(X) if name in wanted} if rules.date else {}
    text = [name for name in names if name not in {*number, *level, *dates(X)}]
    empty = [name for name in names if len(X) and X[name].isna().all() and name not in text]
    return {
        "number": {name: float(rules.number(each)) if len(each) else 0.0 for name, each in number.items()},
        "category": {n: rules.level(each) if each.notna().any() else MISSING_LEVEL for n, each in level.items()},
        "date": {name: _plain(rules.date(each)) for name, each in date.items() if rules.date and len(each)},
        "text": text,
        "empty": empty,
    }


def finite(column: pd.Series) -> np.ndarray:
    """Return a numeric column's finite values as floats."""
    values: np.ndarray = column.to_numpy(dtype=float, na_value=np.nan)
    known: np.ndarray = values[np.isfinite(values)]
    return known


def fill_values(X: pd.DataFrame, fill: State) -> dict[str, pd.Series]:
    """Return the columns that change: incomplete ones, and categories, whose levels must not depend on the rows."""
    changed = {name: put(X[name], value) for name, value in fill.get("number", {}).items() if X[name].hasnans}
    changed |= {name: _put_level(X[name], level) for name, level in fill.get("category", {}).items()}
    changed |= {name: _put_date(X[name], day) for name, day in fill.get("date", {}).items() if X[name].hasnans}
    return changed | {name: _put_text(X[name]) for name in fill.get("text", ()) if X[name].hasnans}


def put(column: pd.Series, value: float | np.ndarray) -> pd.Series:
    """Return a numeric column filled with one number, or one for each missing value, at the same float width."""
    values = column.to_numpy(dtype=float, na_value=np.nan, copy=True)
    values[np.isnan(values)] = value
    kept = column.dtype if column.dtype.kind == "f" and isinstance(column.dtype, np.dtype) else np.dtype(float)
    return pd.Series(values.astype(kept, copy=False), index=column.index, name=column.name)


def _put_level(column: pd.Series, level: str) -> pd.Series:
    """Fill missing values with a level, which becomes one of the column's in any case: the same dtype for any rows."""
    known = column.cat.categories
    if level not in known:
        levels = [*known.astype(str), level]
        column = column.cat.set_categories(levels if column.cat.ordered else sorted(levels))
    return column.fillna(level)


def _put_date(column: pd.Series, day: str) -> pd.Series:
    moment = pd.Timestamp(day)
    if column.dt.tz is not None:
        moment = moment.tz_localize("UTC").tz_convert(column.dt.tz)
    return column.fillna(moment.as_unit(column.dt.unit))


def _put_text(column: pd.Series) -> pd.Series:
    values = np.where(column.isna(), "", column.to_numpy(dtype=object))
    return pd.Series(values, index=column.index, name=column.name, dtype=column.dtype)


def _plain(moment: pd.Timestamp) -> str:
    """Return a moment as text without its zone, in UTC."""
    return str((moment.tz_convert("UTC").tz_localize(None) if moment.tzinfo else moment).isoformat())
