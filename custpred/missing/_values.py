"""One replacement of missing values per column: numbers, levels, dates and texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custpred.columns.batch import Coded
from custpred.columns.dtypes import categories, dates, finite_values, numbers
from custpred.sql.rows import Cell

if TYPE_CHECKING:
    from collections.abc import Callable

    from custpred.columns.batch import ColumnBatch
    from custpred.sql.rows import SqlRows
    from custpred.step import State

MISSING_LEVEL = "(missing)"


def most_frequent(column: pd.Series) -> str:
    """Return the most frequent level of a category column; the first of a tie."""
    codes = column.cat.codes.to_numpy()
    return str(column.cat.categories[int(np.bincount(codes[codes >= 0]).argmax())])


def middle_date(column: pd.Series) -> pd.Timestamp:
    """Return the lower median of dates: a date that occurs, with the same resolution."""
    return column.sort_values().iloc[(len(column) - 1) // 2]


def most_frequent_date(column: pd.Series) -> pd.Timestamp:
    """Return the most frequent date; the earliest of a tie."""
    return column.mode().iloc[0]


def most_frequent_number(values: np.ndarray) -> float:
    """Return the most frequent number; the smallest of a tie."""
    found, counts = np.unique(values, return_counts=True)
    return float(found[counts.argmax()])


@dataclass(frozen=True)
class Rules:
    """Functions that compute a replacement: of finite values (n,), of levels, of dates."""

    number: Callable[[np.ndarray], float]
    level: Callable[[pd.Series], str] = most_frequent
    date: Callable[[pd.Series], pd.Timestamp] | None = middle_date


def learn_values(X: pd.DataFrame, names: list[str], rules: Rules) -> State:
    """Return replacements by column kind; ``empty`` names the columns without a value."""
    wanted = set(names)
    number = {name: finite_values(X[name]) for name in numbers(X) if name in wanted}
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


def fill_values(batch: ColumnBatch, fill: State) -> dict[str, object]:
    """Return incomplete columns, filled, and all categories, so that levels are constant."""
    changed: dict[str, object] = {
        name: _put_level(batch[name], level) for name, level in fill.get("category", {}).items()
    }
    for name, value in fill.get("number", {}).items():
        missing = np.isnan(batch[name])
        if missing.any():
            changed[name] = put(batch[name], missing, value)
    for name, day in fill.get("date", {}).items():
        if batch[name].hasnans:
            changed[name] = _put_date(batch[name], day)
    return changed | {name: _put_text(batch[name]) for name in fill.get("text", ()) if is_missing(batch[name]).any()}


def fill_sql(rows: SqlRows, fill: State) -> None:
    """Apply ``fill_values`` to rows in SQL."""
    write = rows.dialect
    for name, value in fill.get("number", {}).items():
        rows.number(name, f"COALESCE({rows[name].sql}, {write.literal(value)})")
    for name, level in fill.get("category", {}).items():
        rows.put(name, Cell("level", f"COALESCE({rows.texts(rows[name])}, {write.quoted(level)})"))
    for name, day in fill.get("date", {}).items():
        rows.put(name, Cell("date", f"COALESCE({rows[name].sql}, CAST({write.quoted(day)} AS {write.timestamp}))"))


def put(values: np.ndarray, missing: np.ndarray, value: float | np.ndarray) -> np.ndarray:
    """Return numbers filled with one number, or one per missing value, with the same float type."""
    filled = values.copy()
    filled[missing] = value
    return filled


def is_missing(column: object) -> np.ndarray:
    """Return the mask of missing values of a column of a batch, shape (n_rows,)."""
    return np.asarray(column.codes < 0) if isinstance(column, Coded) else np.asarray(pd.isna(column))


def _put_level(column: Coded, level: str) -> Coded:
    """Fill missing values with a level, always added: levels do not depend on the rows."""
    codes, levels = column.codes, [str(each) for each in column.levels]
    if level not in levels:
        known = [*levels, level]
        levels = known if column.ordered else sorted(known)
        place = {each: number for number, each in enumerate(levels)}
        codes = np.array([*(place[each] for each in known[:-1]), -1])[codes]
    return Coded(np.where(codes < 0, levels.index(level), codes), levels, column.ordered)


def _put_date(column: pd.Series, day: str) -> pd.Series:
    moment = pd.Timestamp(day)
    if column.dt.tz is not None:
        moment = moment.tz_localize("UTC").tz_convert(column.dt.tz)
    return column.fillna(moment.as_unit(column.dt.unit))


def _put_text(column: pd.Series) -> pd.Series:
    values = np.where(column.isna(), "", column.to_numpy(dtype=object))
    return pd.Series(values, index=column.index, name=column.name, dtype=column.dtype)


def _plain(moment: pd.Timestamp) -> str:
    """Return a timestamp as text in UTC, without time zone."""
    return str((moment.tz_convert("UTC").tz_localize(None) if moment.tzinfo else moment).isoformat())
