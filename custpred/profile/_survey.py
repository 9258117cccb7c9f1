"""Facts of a table shared by several checks: a sample, sorted columns, strengths.

The checks of one profile share the last survey, which is held by a weak reference.
"""

from __future__ import annotations

import weakref
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custpred.profile._numbers import Numbers, describe
from custpred.profile._signal import Signal, codes_of_numbers

if TYPE_CHECKING:
    from custpred.table import Column, Table
    from custpred.task import Task

SAMPLE = 20_000
_RARE = 2_000
"""Rows of each rare class in the sample, if there are that many."""
_DETAIL = 60
_HUGE = 1e150


class Survey:
    """A table and its target, computed lazily; the table is not changed."""

    def __init__(self, table: Table, truth: np.ndarray | None, task: Task | None) -> None:
        self.table, self.truth, self.task = table, truth, task
        self._codes: dict[str, np.ndarray] = {}

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The columns that a model may use, without texts."""
        return tuple(c for c in self.table.columns if c.usable and c.kind != "text" and c.name != self.table.key)

    def of_kind(self, *kinds: str) -> list[str]:
        """Return the names of the columns of the passed kinds that a model may use."""
        return [column.name for column in self.columns if column.kind in kinds]

    def values(self, name: str, rows: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Return numbers, dates in seconds, categories as codes; nan if missing, (n_rows,)."""
        column = self.table.frame[name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            codes = column.cat.codes.to_numpy()[rows]
            return np.where(codes < 0, np.nan, codes)
        if pd.api.types.is_datetime64_any_dtype(column.dtype):
            since = column.to_numpy(dtype="datetime64[s]")[rows]
            return np.where(np.isnat(since), np.nan, since.astype(np.float64))
        values = column.to_numpy(dtype=np.float64)[rows]
        if (np.abs(values) > _HUGE).any():  # so that no difference or quotient overflows
            return np.where(np.isinf(values), np.nan, np.clip(values, -_HUGE, _HUGE))
        return np.asarray(values)

    @cached_property
    def missing(self) -> dict[str, int]:
        """The number of missing values of each column."""
        return {name: int(self.table.frame[name].isna().sum()) for name in self.table.names}

    @cached_property
    def numbers(self) -> dict[str, Numbers]:
        """Statistics of numbers, codes and dates (in seconds)."""
        return {name: describe(self.values(name)) for name in self.of_kind("number", "code", "date")}

    @cached_property
    def levels(self) -> dict[str, np.ndarray]:
        """The rows of each level of each category, in the order of its categories."""
        found = {}
        for name in self.of_kind("category"):
            column = self.table.frame[name]
            codes = column.cat.codes.to_numpy()
            found[name] = np.bincount(codes[codes >= 0], minlength=len(column.cat.categories))
        return found

    @cached_property
    def sample(self) -> tuple[np.ndarray, int]:
        """Positions of the sample rows, and how many of them (the first ones) are a random sample.

        Up to 20,000 rows, always the same ones; rows of a rare class are added up to 2,000.
        """
        rows = len(self.table)
        if rows <= SAMPLE:
            return np.arange(rows), rows
        rng = np.random.default_rng(0)
        chosen = np.sort(rng.choice(rows, SAMPLE, replace=False, shuffle=False))
        if self.truth is None or self.task is None or self.task.kind == "regression":
            return chosen, SAMPLE
        classes = range(self.task.classes) if self.task.classes <= 20 else ()
        return np.concatenate([chosen, *(_more(self.truth == code, chosen, rng) for code in classes)]), SAMPLE

    @cached_property
    def signal(self) -> Signal | None:
        """The target of the sample rows, or None without one."""
        if self.truth is None or self.task is None or not len(self.table):
            return None
        return Signal(self.truth[self.sample[0]], self.task)

    def codes(self, name: str) -> np.ndarray:
        """Return the bins or levels of the sample rows as small integers; the last is missing."""
        if name not in self._codes:
            self._examined(name)
        return self._codes[name]

    def _examined(self, name: str) -> float:
        values = self.values(name, self.sample[0])
        if name in self.levels:
            codes = np.where(np.isnan(values), len(self.levels[name]), values).astype(np.int32)
            rank = None
        else:
            codes, rank = codes_of_numbers(values)
        small = np.int16 if codes.max(initial=0) < 2**15 else np.int32
        self._codes[name] = codes.astype(small)
        return self.signal.strength(codes, rank) if self.signal else 0.0

    @cached_property
    def strength(self) -> dict[str, float]:
        """The strength with which columns predict the target, strongest first; may be empty."""
        if self.signal is None:
            return {}
        found = {column.name: self._examined(column.name) for column in self.columns}
        return dict(sorted(found.items(), key=lambda pair: -pair[1]))

    @cached_property
    def detail(self) -> list[str]:
        """The 60 columns that are shown in detail: the strongest, or the first without a target."""
        return list(self.strength or [column.name for column in self.columns])[:_DETAIL]


def _more(member: np.ndarray, chosen: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return further rows of a class that has too few among the chosen rows."""
    wanted = _RARE - int(member[chosen].sum())
    free = member.copy()
    free[chosen] = False
    others = np.flatnonzero(free)
    return rng.choice(others, min(max(wanted, 0), len(others)), replace=False)


_last: weakref.ref[Survey] | None = None
"""A weak reference to the last survey, so that all checks share one sort of each column."""


def survey(table: Table, truth: np.ndarray | None, task: Task | None) -> Survey:
    """Return the survey of this table and target; reuses the last one if it is still alive."""
    global _last
    alive = _last() if _last is not None else None
    if alive is not None and alive.table is table and alive.truth is truth and alive.task == task:
        return alive
    fresh = Survey(table, truth, task)
    _last = weakref.ref(fresh)
    return fresh
