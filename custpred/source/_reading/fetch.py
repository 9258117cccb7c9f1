"""Rows of a DuckDB relation as a frame with exactly the values of the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custpred.source._typing.cells import nested
from custpred.text import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from duckdb import DuckDBPyRelation

_NESTED = ("STRUCT", "MAP", "UNION", "BLOB", "BIT", "VARIANT", "GEOMETRY")
_WIDE = ("HUGEINT", "UHUGEINT", "UUID", "TIME", "BIGNUM", "ENUM")

_DATES = ("DATE", "TIMESTAMP")
_INFINITE = "custpred: infinite dates of column"


def fetch(relation: DuckDBPyRelation) -> pd.DataFrame:
    """Return all rows of a relation; integers with missing values stay integers.

    Infinite dates are missing; ``attrs["infinite"]`` counts them by column.

    Raises
    ------
    DataError
        If a column is nested.
    """
    types = dict(zip(relation.columns, map(str, relation.types), strict=True))
    for name, kind in types.items():
        if kind.endswith("]") or kind.startswith(_NESTED):
            raise nested(name)
    dates = {name: f"{_INFINITE} {i}" for i, (name, kind) in enumerate(types.items()) if kind.startswith(_DATES)}
    chosen = [_cast(name, kind) for name, kind in types.items()]
    chosen += [f"NOT isfinite({quoted(name)}) AS {quoted(mark)}" for name, mark in dates.items()]
    arrays = relation.project(", ".join(chosen)).fetchnumpy()
    frame = pd.DataFrame({name: _series(arrays[name], types[name]) for name in types})
    frame.attrs |= {"infinite": found} if (found := _counted(arrays, dates)) else {}
    return frame


def _counted(arrays: Mapping[str, np.ndarray], marks: Mapping[str, str]) -> dict[str, int]:
    counts = {name: int(np.ma.filled(arrays[mark], fill_value=False).sum()) for name, mark in marks.items()}
    return {name: count for name, count in counts.items() if count}


def _cast(name: str, kind: str) -> str:
    column = quoted(name)
    if kind.startswith(_WIDE) and not kind.startswith("TIMESTAMP"):
        return f"CAST({column} AS VARCHAR) AS {column}"
    if kind.startswith(_DATES):  # arrays have no infinite dates
        return f"CASE WHEN isfinite({column}) THEN {column} END AS {column}"
    return f"CAST({column} AS DOUBLE) AS {column}" if kind.startswith("DECIMAL") else column


def _series(values: np.ndarray, kind: str) -> object:
    if isinstance(values, pd.Categorical):
        return values
    mask = np.ma.getmaskarray(values)
    data = np.ma.getdata(values)
    if data.dtype.kind in "iu" and mask.any():
        return pd.arrays.IntegerArray(data.copy(), mask)
    if data.dtype.kind == "f":
        return np.where(mask, np.nan, data)
    if data.dtype.kind == "M":
        return _times(data, mask, kind)
    if data.dtype.kind == "m":
        return np.where(mask, np.timedelta64("NaT"), data)
    held = data.astype(object)
    held[mask] = None
    return held


def _times(data: np.ndarray, mask: np.ndarray, kind: str) -> pd.Series:
    times = pd.Series(np.where(mask, np.datetime64("NaT"), data.astype("datetime64[us]")))
    return times.dt.tz_localize("UTC") if "ZONE" in kind else times
