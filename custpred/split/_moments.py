"""Split rows in time, so that training rows always precede held-out rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custpred.errors import DataError
from custpred.split.base import Folds

if TYPE_CHECKING:
    from custpred.task import Task

_EARLIEST = -np.inf


def moments(column: pd.Series, name: str) -> np.ndarray:
    """Return times as numbers, (n_rows,): seconds for dates; missing is the earliest.

    Raises
    ------
    DataError
        CP2208 if the column is neither a date nor a number.
    """
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        since = column.to_numpy(dtype="datetime64[us]")
        return np.where(np.isnat(since), _EARLIEST, since.astype(np.int64) / 1e6)
    if pd.api.types.is_numeric_dtype(column.dtype):
        values = column.to_numpy(dtype=np.float64)
        return np.where(np.isnan(values), _EARLIEST, values)
    raise DataError(
        f"Expected a date or a number to split by, column {name!r} is neither.",
        code="CP2208",
        column=name,
        remedy="Choose another column, or set its type: types: {" + name + ": date}.",
    )


def divide(time: np.ndarray, truth: np.ndarray, task: Task, split: tuple[float, int, float]) -> Folds:
    """Hold out the latest rows, then chain folds forward; ``split``: (share, folds, gap)."""
    share, folds, gap = split
    train, test = cut(time, share, gap)
    held = _chain(time[train], truth[train], task, folds, gap)
    if not held:
        raise DataError(
            f"Expected at least 2 times with {_wanted(task)} before the test, to train on the past and validate on"
            f" later rows; found {len(np.unique(time[train]))} times in {len(train)} rows.",
            code="CP2209",
            remedy="Use a finer time, more rows, a shorter gap, or another split.",
        )
    return Folds(train, test, held)


def cut(time: np.ndarray, share: float, gap: float) -> tuple[np.ndarray, np.ndarray]:
    """Return training rows and the latest rows as test; ``share`` may be a number of times."""
    edge = _last(time, int(share)) if isinstance(share, int) else _edge(time, 1.0 - share)
    return np.flatnonzero(_before(time, edge, gap)), np.flatnonzero(time >= edge)


def _before(time: np.ndarray, edge: float, gap: float) -> np.ndarray:
    """Return the mask of rows whose labels were known at ``edge``."""
    return time <= edge - gap if gap else time < edge


def _wanted(task: Task) -> str:
    return "values" if task.kind == "regression" else "two classes"


def _last(time: np.ndarray, count: int) -> float:
    """Return the first of the last ``count`` times."""
    different = np.unique(time)
    return float(different[-count]) if count < len(different) else float(different[0])


def _edge(time: np.ndarray, share: float) -> float:
    """Return the time with about this share of rows before it, never dividing one time."""
    if share >= 1.0:
        return np.inf
    ordered = np.sort(time)
    wanted = min(max(round(share * len(time)), 1), len(time) - 1)
    around = ordered[wanted]
    first, after = np.searchsorted(ordered, around, "left"), np.searchsorted(ordered, around, "right")
    if after < len(ordered) and (first == 0 or after - wanted < wanted - first):
        return float(ordered[after])
    return float(around)


def _chain(
    time: np.ndarray, truth: np.ndarray, task: Task, folds: int, gap: float
) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    """Return folds that precede their held-out part, without those lacking two classes."""
    if len(time) < 2:
        return ()
    edges = sorted({_edge(time, part / (folds + 1)) for part in range(1, folds + 1)})
    pairs = []
    for start, end in zip(edges, [*edges[1:], np.inf], strict=True):
        fit = np.flatnonzero(_before(time, start, gap))
        held = np.flatnonzero((time >= start) & (time < end))
        if len(held) and len(fit) and (task.kind == "regression" or _two(truth[fit])):
            pairs.append((fit, held))
    return tuple(pairs)


def _two(truth: np.ndarray) -> bool:
    """Return whether two classes have two rows each."""
    return bool((np.bincount(truth.astype(np.intp)) >= 2).sum() >= 2)
