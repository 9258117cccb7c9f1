"""Groups of columns that measure the same quantity at several times, and codes of their levels."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custpred.columns.batch import Coded, taken
from custpred.columns.dtypes import categories, numbers
from custpred.columns.sequence import CODED, FIRST, MARK, PADDING, UNSEEN, Layout, step_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.storage.plain import State

_NUMBERED = re.compile(r"(\D*)(\d{1,6})(\D*)")
_SPARSE = 2
"""Maximum range of numbers per column: PAY_0, PAY_2 is a group, zip_10, zip_9000 is not."""


def found(X: pd.DataFrame, least: int) -> dict[str, list[str]]:
    """Return groups of columns, by stem, whose names differ in one number only, in its order."""
    kinds = dict.fromkeys(numbers(X), "number") | dict.fromkeys(categories(X), "category")
    alike: dict[tuple[str, str, str], dict[int, str]] = {}
    for name, kind in kinds.items():
        match = _NUMBERED.fullmatch(name) if isinstance(name, str) else None
        if match:
            alike.setdefault((match[1], match[3], kind), {}).setdefault(int(match[2]), name)
    groups: dict[str, list[str]] = {}
    for (head, tail, kind), columns in alike.items():
        span = max(columns) - min(columns) + 1
        if len(columns) >= least and span <= _SPARSE * len(columns):
            stem = (head.rstrip("_-. ") + tail).strip("#@") or "column"
            stem = stem if stem not in groups else f"{stem} ({kind})"
            groups[stem] = [columns[number] for number in sorted(columns)]
    return groups


def sequence(X: pd.DataFrame, stem: str, names: Sequence[str], most: int, least: int) -> State:
    """Return a group's columns as a sequence, newest first; categories share their levels."""
    levels = common([X[name] for name in names], most, least) if names[0] in set(categories(X)) else None
    stem = stem + CODED if levels is not None else stem
    while any(isinstance(name, str) and name.startswith(stem + MARK) for name in X.columns):
        stem = f"other {stem}"
    made = [step_name(stem, back) for back in range(len(names))]
    return {"stem": stem, "columns": list(names), "made": made, "levels": levels, "event": False}


def coded_events(X: pd.DataFrame, most: int, least: int) -> list[State]:
    """Return the event steps that hold levels, and their codes."""
    plain = {name for name in X.columns if not pd.api.types.is_numeric_dtype(X[name].dtype)}
    layout, learned = Layout.of(name for name in X.columns if name in plain), []
    for stem in layout.stems:
        columns = [name for name in reversed(layout.names(stem)) if name in layout.columns]
        made = [name.replace(stem + MARK, stem + CODED + MARK, 1) for name in columns]
        levels = common([X[name] for name in columns], most, least)
        learned.append({"stem": stem + CODED, "columns": columns, "made": made, "levels": levels, "event": True})
    return learned


def common(columns: Sequence[pd.Series], most: int, least: int) -> list[str]:
    """Return the levels with ``least`` rows over all the columns, the most frequent first."""
    rows: list[np.ndarray] = []
    known: dict[str, int] = {}
    for column in columns:
        codes, levels = _factors(taken(column))
        places = np.array([known.setdefault(level, len(known)) for level in levels] + [-1], dtype=np.int64)
        rows.append(places[codes])
    place, count = np.arange(len(columns[0])), max(1, len(known))
    pairs = np.unique(np.concatenate([place[own >= 0] * count + own[own >= 0] for own in rows]))
    held = np.bincount(pairs % count, minlength=count)[: len(known)]
    order = np.argsort(-held, kind="stable")[:most]
    names = list(known)
    return [names[place] for place in order if held[place] >= least]


def codes(column: Coded | pd.Series, levels: Sequence[str]) -> np.ndarray:
    """Return the codes of a column of a batch, shape (n_rows,)."""
    place = {level: number for number, level in enumerate(levels, FIRST)}
    own, names = _factors(column)
    table = np.array([*(place.get(name, UNSEEN) for name in names), PADDING], dtype=np.float32)
    taken: np.ndarray = table[own]
    return taken


def _factors(column: Coded | pd.Series) -> tuple[np.ndarray, list[str]]:
    """Return each row's index among the levels that occur, -1 if missing, and these levels."""
    if isinstance(column, Coded):
        return column.codes, [str(level) for level in column.levels]
    own, levels = pd.factorize(column.to_numpy(dtype=object))
    return own, [str(level) for level in levels]
