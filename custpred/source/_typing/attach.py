"""Values passed next to a table, such as targets or weights, are added as a column."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from custpred.errors import DataError
from custpred.source._reading.native import to_pandas


def is_values(given: object) -> bool:
    """Return whether the argument is values for each row, and not a name or a map."""
    return isinstance(given, list | tuple | np.ndarray | pd.Series | pd.Index) or hasattr(given, "to_numpy")


def attached(data: Any, values: Any, usual: str) -> tuple[pd.DataFrame, str]:
    """Return the table with the values as one more column, and the column's name.

    Parameters
    ----------
    data
        A frame of any library; never modified.
    values
        One value for each row, in row order.  A pandas Series needs the index of a pandas frame.
    usual
        Column name if the values have none.

    Raises
    ------
    DataError
        CP2104 if the number of values or the index differs, or another column has the name.
    """
    if isinstance(data, str | Path):
        raise _wrong(usual, "a path in place of the table", "Read the file first, or name a column of it.")
    frame, column = to_pandas(data), _column(values)
    name = _name(values, column) or _free(usual, frame)
    if len(column) != len(frame):
        raise _wrong(name, f"{len(column):,} values for {len(frame):,} rows", "Pass one value for each row.")
    indexed = isinstance(values, pd.Series | pd.DataFrame) and isinstance(data, pd.DataFrame)
    if indexed and not values.index.equals(data.index):
        remedy = "Pass values with the table's index, or an array if they are in row order."
        raise _wrong(name, "a Series whose index is not that of the table", remedy)
    own = column.set_axis(frame.index)
    if name in frame.columns and frame[name].equals(own):
        return frame, name
    if name in frame.columns:
        remedy = "Rename the values, or leave the column out of the table."
        raise _wrong(name, "values with the name of a different column of the table", remedy)
    return frame.assign(**{name: own}), name


def _column(values: object) -> pd.Series:
    if isinstance(values, pd.Series):
        return values
    if isinstance(values, np.ndarray) and values.ndim == 2 and values.shape[1] == 1:
        return pd.Series(values[:, 0])
    if isinstance(values, list | tuple | np.ndarray | pd.Index):
        return pd.Series(list(values) if isinstance(values, tuple) else values)
    table = to_pandas(_as_table(values))
    if len(table.columns) != 1:
        raise _wrong("target", f"a table of {len(table.columns)} columns", "Pass one column.")
    return table.iloc[:, 0]


def _as_table(values: Any) -> object:
    """Return a Series of polars or an array of Arrow as a table of one column; tables unchanged."""
    if hasattr(values, "columns"):
        return values
    return values.to_frame() if hasattr(values, "to_frame") else {"values": values.to_pylist()}


def _name(values: object, column: pd.Series) -> str | None:
    name = column.name if hasattr(values, "columns") else getattr(values, "name", None)
    return name if isinstance(name, str) and name.strip() else None


def _free(usual: str, frame: pd.DataFrame) -> str:
    name = usual
    while name in frame.columns:
        name += "_"
    return name


def _wrong(name: str, found: str, remedy: str) -> DataError:
    return DataError(
        f"Expected one value of {name!r} for each row of the table, got {found}.",
        code="CP2104",
        column=name,
        remedy=remedy,
    )
