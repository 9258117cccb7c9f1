"""Assign units (rows, repeats, groups) to test and folds, in equal proportions of strata."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd

from custpred.errors import DataError
from custpred.split._repeats import compact, repeats
from custpred.split.base import Folds

if TYPE_CHECKING:
    from custpred.table import Table
    from custpred.task import Task

_TRIES = 20
"""Attempts to find a split in which every part can be trained on; nearly always one."""


@dataclass(frozen=True)
class Pool:
    """Units with their numbers of rows and their strata, arrays of shape (n_units,)."""

    size: np.ndarray
    stratum: np.ndarray

    @classmethod
    def of(cls, unit: np.ndarray, stratum: np.ndarray) -> Self:
        """Group rows to units; a unit belongs to the rarest stratum among its rows."""
        size = np.bincount(unit)
        count = np.bincount(stratum)
        rank = np.argsort(np.argsort(-count, kind="stable"))
        if len(size) == len(unit):
            of_unit = np.empty(len(unit), dtype=np.intp)
            of_unit[unit] = rank[stratum]
        else:
            of_unit = np.zeros(len(size), dtype=np.intp)
            np.maximum.at(of_unit, unit, rank[stratum])
        return cls(size, of_unit)

    def parts(self, rng: np.random.Generator) -> list[np.ndarray]:
        """Return each stratum's units in random order."""
        order = rng.permutation(len(self.size))
        order = order[np.argsort(self.stratum[order].astype(np.int32), kind="stable")]
        parts = np.split(order, np.flatnonzero(np.diff(self.stratum[order])) + 1)
        return [part for part in parts if len(part)]


def strata(truth: np.ndarray, task: Task, folds: int) -> np.ndarray:
    """Return each row's stratum: its class, or one of ten quantile bins of a value, (n_rows,)."""
    if task.kind != "regression":
        return truth.astype(np.intp)
    bins = max(1, min(10, len(truth) // (4 * folds)))
    rank = np.empty(len(truth), dtype=np.intp)
    rank[np.argsort(truth, kind="stable")] = np.arange(len(truth))
    return rank * bins // max(len(truth), 1)


def groups(column: pd.Series) -> np.ndarray:
    """Return each row's unit, its group, shape (n_rows,); a row without a group is its own."""
    codes, names = pd.factorize(column)
    alone = codes < 0
    unit: np.ndarray = codes
    unit[alone] = len(names) + np.arange(int(alone.sum()))
    return unit


def check(unit: np.ndarray, truth: np.ndarray, task: Task, *, what: str = "row") -> None:
    """Require two units of each of two classes, or four of a regression, to hold some out.

    Raises
    ------
    DataError
        CP2205 with the counts for classes, CP2210 for too few rows or groups.
    """
    if enough(unit, truth, task):
        return
    if task.kind == "regression":
        code, wanted, found = "CP2210", f"4 {what}s to hold some out", f"{int(unit.max(initial=-1)) + 1} {what}s"
    else:
        counts = zip(task.labels, class_counts(unit, truth, task), strict=True)
        code, wanted = "CP2205", f"2 {what}s of each of 2 classes of {task.target!r}"
        found = f"{what}s of each class: " + ", ".join(f"{label} {count}" for label, count in counts)
    remedy = "Add customers, or merge rare classes."
    text = f"Expected at least {wanted}, found {found}."
    raise DataError(text, code=code, column=task.target, found=found, remedy=remedy)


def enough(unit: np.ndarray, truth: np.ndarray, task: Task) -> bool:
    """Return whether there are enough units to hold some out and train on others."""
    if task.kind == "regression":
        return int(unit.max(initial=-1)) >= 3
    return int((class_counts(unit, truth, task) >= 2).sum()) >= 2


def class_counts(unit: np.ndarray, truth: np.ndarray, task: Task) -> np.ndarray:
    """Return the number of units that contain each class, shape (n_classes,)."""
    seen = np.zeros((int(unit.max(initial=-1)) + 1) * task.classes, dtype=bool)
    seen[unit * task.classes + truth.astype(np.intp)] = True
    counts: np.ndarray = seen.reshape(-1, task.classes).sum(axis=0)
    return counts


def hold_out(pool: Pool, share: float, rng: np.random.Generator) -> np.ndarray:
    """Return the mask of the test units.

    Each stratum gives its share of rows, at least one unit of three, and keeps at least two.
    """
    tested = np.zeros(len(pool.size), dtype=bool)
    if share <= 0:
        return tested
    for part in pool.parts(rng):
        wanted = share * pool.size[part].sum()
        large = pool.size[part] > max(wanted, 1)
        ordered = np.concatenate([part[~large], part[large]])
        rows = np.cumsum(pool.size[ordered])
        count = int(np.searchsorted(rows - pool.size[ordered] / 2, wanted))
        tested[ordered[: min(max(count, 1), max(len(part) - 2, 0))]] = True
    return tested


def deal(pool: Pool, folds: int, rng: np.random.Generator) -> np.ndarray:
    """Return each unit's fold: large units go to the smallest fold, others by stratum."""
    fold = np.zeros(len(pool.size), dtype=np.intp)
    fair = pool.size.sum() / folds
    large = np.flatnonzero(pool.size > max(0.02 * fair, 1.0))
    room = np.full(folds, fair)
    for each in large[np.argsort(-pool.size[large], kind="stable")]:
        fold[each] = room.argmax()
        room[fold[each]] -= pool.size[each]
    small = np.ones(len(pool.size), dtype=bool)
    small[large] = False
    limits = np.cumsum(np.maximum(room, 1e-9)) / np.maximum(room, 1e-9).sum()
    for number, part in enumerate(pool.parts(rng)):
        rest = part[small[part]]
        rows = np.cumsum(pool.size[rest])
        place = (rows - pool.size[rest] / 2) / max(rows[-1] if len(rows) else 1, 1)
        turned = (place + number * 0.618) % 1.0  # spreads remainders of strata
        fold[rest] = np.minimum(np.searchsorted(limits, turned, side="right"), folds - 1)
    if not np.bincount(fold, minlength=folds).all():
        fold[np.argsort(pool.stratum, kind="stable")] = np.arange(len(fold)) % folds
    return fold


def folds_of(
    unit: np.ndarray, truth: np.ndarray, task: Task, folds: int, rng: np.random.Generator, *, even: bool = True
) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    """Return (fit, held out) pairs of row positions; fewer folds if a class has fewer units.

    Parameters
    ----------
    even
        Whether each fold gets the same shares of classes or values.
    """
    unit = compact(unit)
    fewest = int(unit.max(initial=-1)) + 1
    if task.kind != "regression":
        counts = class_counts(unit, truth, task)
        fewest = int(counts[counts >= 2].min(initial=fewest))
    folds = max(2, min(folds, fewest))
    stratum = strata(truth, task, folds) if even else np.zeros(len(truth), dtype=np.intp)
    pool = Pool.of(unit, stratum)
    for _ in range(_TRIES):
        fold = deal(pool, folds, rng)[unit]
        if _spread(unit, fold, truth, task):
            break
    return tuple((np.flatnonzero(fold != each), np.flatnonzero(fold == each)) for each in range(folds))


def _spread(unit: np.ndarray, fold: np.ndarray, truth: np.ndarray, task: Task) -> bool:
    """Return whether every class with two units is in the training part of every fold."""
    if task.kind == "regression":
        return True
    several = class_counts(unit, truth, task) >= 2
    return bool((class_counts(fold, truth, task)[several] >= 2).all())


def divide(unit: np.ndarray, truth: np.ndarray, task: Task, split: tuple[float, int, int], *, even: bool) -> Folds:
    """Hold out the test, then assign the rest to folds; ``split``: (test share, folds, seed)."""
    share, folds, seed = split
    rng = np.random.default_rng(seed)
    stratum = strata(truth, task, folds) if even else np.zeros(len(truth), dtype=np.intp)
    pool = Pool.of(unit, stratum)
    for _ in range(_TRIES):
        tested = hold_out(pool, share, rng)[unit]
        train = np.flatnonzero(~tested)
        if enough(compact(unit[train]), truth[train], task):
            break
    held = folds_of(unit[train], truth[train], task, folds, rng, even=even)
    return Folds(train, np.flatnonzero(tested), held)


def rows_or_repeats(table: Table, truth: np.ndarray, task: Task, folds: int, *, keep_together: bool) -> np.ndarray:
    """Return each row's unit: the row, or the row with exact repeats if they stay together.

    Raises
    ------
    DataError
        CP2205 or CP2210 for too few rows.
    """
    alone = np.arange(len(table))
    check(alone, truth, task)
    unit = repeats(table, folds) if keep_together else alone
    return unit if enough(unit, truth, task) else alone
