"""Groups of customers (missing value, zero, one level) that nearly all have the same outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from custpred.profile._survey import Survey
    from custpred.task import Task

_MIN_PURITY = 0.99
_ROWS = 30
_LEVELS = 50
_MIN_SURPRISE = 20.0
"""Negative log-probability that a group is this pure by chance (2 in a thousand million)."""


class MissingSignal(NamedTuple):
    """Signal of missing values: the flag's Gini, and an outcome's share on a pure side of it."""

    gini: float
    pure: float


class Groups:
    """Outcomes as masks (one per class, or the most common value), compared with groups."""

    def __init__(self, found: Survey, task: Task) -> None:
        self._found = found
        self._outcomes = [mask.astype(np.float64) for mask in _outcomes(found.truth, task)]

    def missing_signal(self, name: str) -> MissingSignal:
        """Return the signal of a column's missing values."""
        rows, count = len(self._found.table), self._found.missing[name]
        if not 0 < count < rows:
            return MissingSignal(0.0, 0.0)
        missing = self._found.table.frame[name].isna().to_numpy().astype(np.float64)
        ginis, pure = [0.0], 0.0
        for outcome in self._outcomes:
            hits, total = float((missing * outcome).sum()), float(outcome.sum())
            ginis.append(abs(hits / total - (count - hits) / (rows - total)))
            sides = np.array([count, rows - count]), np.array([hits, total - hits])
            pure = max(pure, _captured(*sides, total, rows))
        return MissingSignal(max(ginis), pure)

    def level(self, name: str) -> float:
        """Return the largest share of an outcome in one pure level, or in (non-)zero rows."""
        codes = self._codes(name)
        if codes is None:
            return 0.0
        size, rows = np.bincount(codes), len(codes)
        return max(
            (_captured(size, np.bincount(codes, each), float(each.sum()), rows) for each in self._outcomes), default=0.0
        )

    def _codes(self, name: str) -> np.ndarray | None:
        """Return small codes of all rows, or None where a column has too many distinct values."""
        if name in self._found.levels:
            if len(self._found.levels[name]) > _LEVELS:
                return None
            return np.asarray(self._found.table.frame[name].cat.codes + 1, dtype=np.intp)
        if self._found.numbers[name].zeros:
            return np.asarray(self._found.values(name) == 0, dtype=np.intp)
        return None


def _outcomes(truth: np.ndarray | None, task: Task) -> list[np.ndarray]:
    if truth is None:
        return []
    if task.kind != "regression":
        masks = [truth == code for code in range(min(task.classes, 10))]
        return [mask for mask in masks if 0 < mask.mean() <= 0.6]
    values, counts = np.unique(truth, return_counts=True)
    mask = truth == values[counts.argmax()]
    return [mask, ~mask] if 0.05 <= mask.mean() <= 0.95 else []


def _captured(size: np.ndarray, hits: np.ndarray, total: float, rows: int) -> float:
    """Return the largest share of an outcome that lies in one nearly pure group, beyond chance."""
    base = total / rows
    pure = (size >= _ROWS) & (hits >= _MIN_PURITY * size) & (hits * -np.log(max(base, 1e-12)) >= _MIN_SURPRISE)
    return float((hits * pure).max(initial=0.0) / total) if total else 0.0


def copies(found: Survey, name: str) -> bool:
    """Return whether values belong to one class each, or the rows have the target's order."""
    if found.truth is None or found.task is None:
        return False
    truth, codes = found.truth[found.sample[0]], found.codes(name)
    if found.task.kind == "regression":
        return found.strength[name] >= 0.9999
    table = np.bincount(codes * found.task.classes + truth.astype(np.intp))
    table = np.pad(table, (0, -len(table) % found.task.classes)).reshape(-1, found.task.classes)
    table = table[table.sum(axis=1) > 0]
    pure = table.max(axis=1).sum() >= 0.999 * len(codes)
    return bool(pure) and len(table) == len(np.unique(table.argmax(axis=1)))
