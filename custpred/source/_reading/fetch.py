"""Rows of a DuckDB relation as a frame with exactly the values of the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custpred.source._typing.cells import nested
from custpred.text import quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyRelation

_NESTED = ("STRUCT", "MAP", "UNION", "BLOB", "BIT", "VARIANT", "GEOMETRY")
_WIDE = ("HUGEINT", "UHUGEINT", "UUID", "TIME", "BIGNUM", "ENUM")


def fetch(relation: DuckDBPyRelation) -> pd.DataFrame:
    """Return all rows of a relation; integers with missing values stay integers.

    Raises
    ------
    DataError
        If a column is nested.
    """
    types = dict(zip(relation.columns, map(str, relation.types), strict=True))
    for name, kind in types.items():
        if kind.endswith("]") or kind.startswith(_NESTED):
            raise nested(name)
    chosen = ", ".join(_cast(name, kind) for name, kind in types.items())
    arrays = relation.project(chosen).fetchnumpy()
    return pd.DataFrame({name: _series(arrays[name], types[name]) for name in types})


def _cast(name: str, kind: str) -> str:
    column = quoted(name)
    if kind.startswith(_WIDE) and not kind.startswith("TIMESTAMP"):
        return f"CAST({column} AS VARCHAR) AS {column}"
    if kind.startswith(("DATE", "TIMESTAMP")):  # arrays have no infinite dates
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
