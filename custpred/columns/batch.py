"""Rows as plain arrays by column, for preparing and scoring without pandas' cost for each column."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, TypeAlias

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from custpred.storage.plain import JSON


@dataclass(frozen=True)
class Coded:
    """A category column: each row's level index, -1 where missing; ``range`` levels mean that codes are the values."""

    codes: np.ndarray
    levels: Sequence[object]


@dataclass(frozen=True)
class ColumnBatch:
    """Rows by column: numbers as float arrays, categories as ``Coded``, dates and texts unchanged."""

    rows: int
    columns: JSON

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Self:
        """Split a frame into columns, once for all folds."""
        return cls(len(frame), {str(name): _taken(column) for name, column in frame.items()})

    def frame(self, names: Sequence[str]) -> pd.DataFrame:
        """Return some columns as a frame again, for steps that want one."""
        return pd.DataFrame({name: _given(self.columns[name]) for name in names}, index=pd.RangeIndex(self.rows))

    def __len__(self) -> int:
        return self.rows

    def __getitem__(self, name: str) -> Any:
        return self.columns[name]


@dataclass(frozen=True)
class PlainMatrix:
    """Prepared rows without a frame around them, which few rows are scored faster from.

    Parameters
    ----------
    values : ndarray of shape (n, p), float32
        What ``coded`` gives of the frame.  Members share it: never written to.
    positions
        Those of the columns that hold category codes.
    """

    values: np.ndarray
    positions: tuple[int, ...] = ()

    @property
    def shape(self) -> tuple[int, int]:
        """Return the numbers of rows and columns."""
        return len(self.values), self.values.shape[1]

    def __len__(self) -> int:
        return len(self.values)


ColumnOperation: TypeAlias = Callable[[ColumnBatch], None]
"""What a fitted step does to a batch, in place."""


def drop_columns(columns: Sequence[str]) -> ColumnOperation:
    """Return the operation that drops columns."""

    def drop(batch: ColumnBatch) -> None:
        for name in columns:
            del batch.columns[name]

    return drop


def _taken(column: pd.Series) -> object:
    """Return one column as the operations read it."""
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return Coded(column.array.codes, [str(level) for level in dtype.categories])
    if isinstance(dtype, np.dtype) and dtype.kind in "fiub":
        return column.to_numpy() if dtype.kind == "f" else column.to_numpy(dtype=float)
    if pd.api.types.is_numeric_dtype(dtype):
        return column.to_numpy(dtype=float, na_value=np.nan)
    return pd.Series(column.array, dtype=dtype, copy=False)  # from row 0 on, wherever a part of a batch begins


def _given(column: object) -> Any:
    if isinstance(column, Coded):
        return pd.Categorical.from_codes(column.codes, categories=list(column.levels))
    return column
