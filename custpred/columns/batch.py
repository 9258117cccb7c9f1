"""Rows as plain arrays by column, on which steps operate: a fold, a batch or one customer.

A step's operation is a function on a ``ColumnBatch``, made once from the step's state.  Frames
occur at the boundary: ``ColumnBatch.of`` splits a frame, ``applied`` returns one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self, TypeAlias

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from custpred.storage.plain import JSON


@dataclass(frozen=True)
class Coded:
    """A category column: each row's level index, -1 if missing; codes if levels are a range."""

    codes: np.ndarray
    levels: Sequence[object]
    ordered: bool = False


@dataclass(frozen=True)
class ColumnBatch:
    """Rows by column: numbers as arrays, categories as ``Coded``, dates and texts as Series."""

    rows: int
    columns: JSON
    shared: dict[object, tuple[object, np.ndarray]] = field(default_factory=dict)
    """Arrays computed from a column alone, with that column, for the chains of other folds."""

    def once(self, key: object, column: object, make: Callable[[], np.ndarray]) -> np.ndarray:
        """Return what ``make`` computes from a column, once for all chains; do not modify it."""
        found = self.shared.get(key)
        if found is None or found[0] is not column:
            found = self.shared[key] = column, make()
        return found[1]

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Self:
        """Split a frame into columns, once for all folds."""
        return cls(len(frame), {name: _taken(values) for name, values in column_arrays(frame).items()})

    def frame(self, names: Sequence[str]) -> pd.DataFrame:
        """Return some columns as a frame, for steps that need one."""
        index = pd.RangeIndex(self.rows)
        return pd.DataFrame({name: _given(self.columns[name], index) for name in names}, index=index)

    def __len__(self) -> int:
        return self.rows

    def __getitem__(self, name: str) -> Any:
        return self.columns[name]


@dataclass(frozen=True)
class PlainMatrix:
    """Prepared rows without a frame, which makes scoring few rows faster.

    Parameters
    ----------
    values : ndarray of shape (n, p), float32
        The matrix that ``coded`` makes of the frame.  Members share it; do not modify it.
    positions
        Positions of the columns that hold category codes.
    """

    values: np.ndarray
    positions: tuple[int, ...] = ()

    @property
    def shape(self) -> tuple[int, int]:
        """Return the numbers of rows and columns."""
        return len(self.values), self.values.shape[1]

    def __len__(self) -> int:
        return len(self.values)

    @cached_property
    def _missing(self) -> np.ndarray | None:
        """Return a mask of the missing values; None if there are none."""
        missing = np.isnan(self.values)
        return missing if missing.any() else None

    def filled(self, medians: np.ndarray) -> PlainMatrix:
        """Return the matrix with missing values replaced by their column's; itself without any.

        >>> matrix = PlainMatrix(np.array([[1.0, np.nan]], dtype="float32"))
        >>> matrix.filled(np.array([5.0, 6.0])).values
        array([[1., 6.]], dtype=float32)
        """
        if self._missing is None:
            return self
        values = self.values.copy()
        np.copyto(values, medians, where=self._missing)
        return PlainMatrix(values, self.positions)


ColumnOperation: TypeAlias = Callable[[ColumnBatch], None]
"""A fitted step as a function that modifies a batch in place."""


def drop_columns(columns: Sequence[str]) -> ColumnOperation:
    """Return the operation that drops columns."""

    def drop(batch: ColumnBatch) -> None:
        for name in columns:
            del batch.columns[name]

    return drop


def add_columns(names: Iterable[str], columns: Iterable[object]) -> ColumnOperation:
    """Return the operation that adds precomputed columns.

    >>> applied(add_columns(["n"], [np.array([2.0])]), pd.DataFrame({"age": [30.0]}))
        age    n
    0  30.0  2.0
    """

    def add(batch: ColumnBatch) -> None:
        batch.columns.update(zip(names, columns, strict=True))

    return add


def chained(operations: Sequence[ColumnOperation]) -> ColumnOperation:
    """Return the composition of several operations, applied in order.

    >>> both = chained([drop_columns(["age"]), drop_columns(["income"])])
    >>> frame = pd.DataFrame({"age": [30.0], "income": [1.0], "visits": [2]})
    >>> applied(both, frame).columns.tolist()
    ['visits']
    """

    def chain(batch: ColumnBatch) -> None:
        for operation in operations:
            operation(batch)

    return chain


def unchanged(batch: ColumnBatch) -> None:
    """Leave the columns as they are."""


def applied(operation: ColumnOperation, X: pd.DataFrame) -> pd.DataFrame:
    """Return the result of an operation on a frame; unchanged columns are shared with the input.

    >>> applied(drop_columns(["age"]), pd.DataFrame({"age": [30.0], "income": [1.0]}))
       income
    0     1.0
    """
    batch = ColumnBatch.of(X)
    before = dict(batch.columns)
    operation(batch)
    made = {name: column for name, column in batch.columns.items() if before.get(name) is not column}
    if not made and len(batch.columns) == len(before):
        return X
    new = pd.DataFrame({name: _given(column, X.index) for name, column in made.items()}, index=X.index)
    return _joined(X, new, list(batch.columns))


def _joined(X: pd.DataFrame, new: pd.DataFrame, order: list[str]) -> pd.DataFrame:
    """Return a frame with new or replaced columns, in the requested order."""
    replaced = set(new.columns)
    own = [name for name in order if name not in replaced]
    if order == [*own, *new]:
        kept = X if len(own) == len(X.columns) else X[own]
        return pd.concat([kept, new], axis=1) if len(new.columns) else kept
    out = X.copy(deep=False)
    for name in new.columns.intersection(X.columns, sort=False):
        out[name] = new[name]
    added = new.columns.difference(X.columns, sort=False)
    out = pd.concat([out, new[added]], axis=1) if len(added) else out
    return out if order == list(out) else out[order]


def column_arrays(frame: pd.DataFrame) -> dict[str, Any]:
    """Return a frame's columns by name, as read-only views: NumPy or extension arrays.

    ``frame.items()`` makes each column a Series, which takes 20 times as long.

    >>> column_arrays(pd.DataFrame({"age": [30.0]}))
    {'age': array([30.])}
    """
    arrays = getattr(frame, "_iter_column_arrays", None)  # not public: may be absent
    values = arrays() if arrays else (_array(column) for _, column in frame.items())
    return dict(zip(frame.columns.tolist(), values, strict=True))


def taken(column: pd.Series) -> object:
    """Return one column in the form that a ``ColumnBatch`` holds."""
    return _taken(_array(column))


def _array(column: pd.Series) -> Any:
    return column.to_numpy() if isinstance(column.dtype, np.dtype) else column.array


def _taken(values: Any) -> object:
    dtype = values.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return Coded(values.codes, [str(level) for level in dtype.categories], dtype.ordered)
    if isinstance(dtype, np.dtype) and dtype.kind in "fiub":
        return np.asarray(values)
    if pd.api.types.is_numeric_dtype(dtype):
        return values.to_numpy(dtype=float, na_value=np.nan)
    return pd.Series(values, dtype=dtype, copy=False)  # row numbers start at 0


def _given(column: object, index: pd.Index) -> object:
    if isinstance(column, Coded):
        return pd.Categorical.from_codes(column.codes, categories=list(column.levels), ordered=column.ordered)
    if isinstance(column, pd.Series):
        return pd.Series(column.array, index=index, dtype=column.dtype, copy=False)
    return column
