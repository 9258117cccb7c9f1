"""Values of a request: checked by their column's contract, and read as ``custpred predict`` does.

How a cell of a table is read depends only on the cell.  Known levels, numbers in range and plain
dates are used directly; every other value is read once by the table reader and cached.  So a
customer is read in microseconds, and exactly as in a table.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from custpred.columns.batch import Coded
from custpred.columns.drift import brief
from custpred.errors import DataError
from custpred.source._typing.cells import cells_of
from custpred.source._typing.conform import conform
from custpred.source._typing.usual import usual_value
from custpred.text import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.columns.contract import Expected, Intake
    from custpred.table import Column, Finding

MAX_CACHED = 10_000
"""Maximum number of cached values of each column."""
WANTED = {"number": "a number or null", "code": "a number or null", "date": "a date as text, or null"}
WANTED |= {"text": "a text or null", "category": "a text, a number, true, false or null"}
ALLOWED = {"number": (int, float), "code": (int, float), "category": (str, int, float, bool)}
"""Types of JSON values by kind of column; texts for the other kinds."""


@dataclass(frozen=True)
class Cell:
    """One value as models use it, and notes from reading it and comparing it with training."""

    value: Any
    read: tuple[Finding, ...] = ()
    beside: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class ColumnReader:
    """Reads the cells of one column; results are cached."""

    column: Column
    intake: Intake
    missing: tuple[str, ...]
    known: dict[object, Cell] = field(default_factory=dict)

    def read(self, value: object, place: str) -> Cell:
        """Return a value as the model uses it.

        Raises
        ------
        DataError
            CP2442 if its type differs from the column's, or it is not a date.
        """
        found = usual_value(value, self.column, self._expected, self.missing)
        if found is not None:
            return Cell(found)
        self._check(value, place)
        if self.column.kind == "text" and value is not None:  # texts rarely repeat
            text = cells_of(pd.Series([value], dtype=object), self.missing).texts()[0]
            return Cell(text) if text is not None else self._cached(None, place)
        return self._cached(value, place)

    @cached_property
    def _expected(self) -> Expected | None:
        return self.intake.columns[0] if self.intake.columns else None

    def _cached(self, value: object, place: str) -> Cell:
        key = (type(value), value)
        found = self.known.get(key)
        if found is None:
            found = self._read(value, place)
            if len(self.known) >= MAX_CACHED:
                self.known.clear()
            self.known[key] = found
        return found

    def _check(self, value: object, place: str) -> None:
        """Refuse values whose type differs from the column's."""
        if value is not None and type(value) not in ALLOWED.get(self.column.kind, (str,)):
            raise self._wrong(value, place)
        if isinstance(value, int | float) and not _finite(value):
            raise self._wrong(value, place)

    def _read(self, value: object, place: str) -> Cell:
        """Return the result of ``predict``'s reader for a table with only this cell."""
        table = pd.DataFrame({self.column.name: pd.Series([value], dtype=None if value is not None else object)})
        frame, read = conform(table, (self.column,), missing=self.missing, intake=self.intake)
        if any(note.code == "D128" for note in read):
            raise self._wrong(value, place)
        cell = frame[self.column.name].iloc[0]
        missing = bool(pd.isna(cell))
        own = None if missing else cell.to_datetime64() if isinstance(cell, pd.Timestamp) else cell
        return Cell(own, tuple(read), brief(frame, self.intake.columns))

    def _wrong(self, value: object, place: str) -> DataError:
        types = {
            bool: "a boolean",
            str: "a text",
            int: "a number",
            float: "a number",
            list: "a list",
            dict: "an object",
        }
        came = "null" if value is None else types[type(value)]
        if isinstance(value, int | float) and not _finite(value):
            came = "a number that is too large"
        if self.column.kind == "date" and isinstance(value, str):
            came = "a text that is not a date"
        return DataError(
            f"Expected {WANTED[self.column.kind]} in column {plain(self.column.name, 60)!r}, got {came}.",
            code="CP2442",
            column=self.column.name,
            place=place,
            found=came,
            remedy="Send null for a missing value; /openapi.json lists every column.",
        )

    def gathered(self, values: Sequence[Any]) -> object:
        """Return the cells of several customers as a column of a ``ColumnBatch``."""
        if self.column.kind in {"number", "code"}:
            return np.array([np.nan if each is None else each for each in values], dtype=float)
        if self.column.kind == "date":
            return pd.Series(np.array(values, dtype=self._dtype))
        if self.column.kind != "category":
            return pd.Series(np.array([*values, None], dtype=object)[:-1])
        levels = sorted({each for each in values if each is not None})
        place: dict[str | None, int] = {**{level: i for i, level in enumerate(levels)}, None: -1}
        return Coded(np.array([place[each] for each in values], dtype=np.intp), levels)

    @cached_property
    def _dtype(self) -> np.dtype[np.generic]:
        """Return the dtype of a conforming column."""
        nothing = pd.DataFrame({self.column.name: pd.Series([None], dtype=object)})
        found: np.dtype[np.generic] = conform(nothing, (self.column,))[0][self.column.name].dtype
        return found


def _finite(value: float) -> bool:
    """Return whether a number is finite as a float; a whole number may be too large for one."""
    try:
        return math.isfinite(value)
    except OverflowError:
        return False
