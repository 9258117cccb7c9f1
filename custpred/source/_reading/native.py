"""Convert any in-memory table (pandas, polars, Arrow or DuckDB) to a pandas frame of raw values."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custpred.errors import DataError
from custpred.source._typing.cells import nested

if TYPE_CHECKING:
    import narwhals as nw

_NESTED = {"List", "Struct", "Array", "Object", "Binary", "Unknown"}


def to_pandas(data: object) -> pd.DataFrame:
    """Return the table as a pandas frame; the input is never modified, pandas is not copied.

    Raises
    ------
    DataError
        If ``data`` is not a table, or a column is nested.
    """
    if isinstance(data, pd.DataFrame):
        return data
    if _is_duckdb(data):
        from custpred.source._reading.fetch import fetch

        return fetch(data)
    if isinstance(data, dict | list) or (isinstance(data, np.ndarray) and data.dtype.names):
        return _from_plain(data)
    import narwhals as nw

    try:
        eager = nw.from_native(data)
    except TypeError as cause:
        raise _no_table(data) from cause
    frame = eager.collect() if isinstance(eager, nw.LazyFrame) else eager
    return _named({position: _column(series) for position, series in enumerate(frame.iter_columns())}, frame.columns)


def is_table(data: object) -> bool:
    """Return whether ``data`` is a table of pandas, polars, Arrow or DuckDB with column names."""
    import narwhals as nw

    if isinstance(data, pd.DataFrame) or _is_duckdb(data):
        return True
    return isinstance(nw.from_native(data, pass_through=True), nw.DataFrame | nw.LazyFrame)


def _named(columns: dict[int, object], names: list[str]) -> pd.DataFrame:
    """Set names afterwards, so that duplicates raise the same error as in files."""
    frame = pd.DataFrame(columns)
    frame.columns = pd.Index(names, dtype=object)
    return frame


def _is_duckdb(data: object) -> bool:
    return type(data).__name__ == "DuckDBPyRelation"


def _from_plain(data: object) -> pd.DataFrame:
    try:
        # As objects, because integers with missing values would become floats and lose digits.
        return pd.DataFrame(data) if isinstance(data, np.ndarray) else pd.DataFrame(data, dtype=object)
    except ValueError as cause:
        raise _no_table(data) from cause


def _no_table(data: object) -> DataError:
    return DataError(
        f"Expected a table (pandas, polars, Arrow or DuckDB), got {type(data).__name__}.",
        code="CP2100",
        remedy="Pass a data frame, or the path of a file.",
    )


def _column(series: nw.Series[object]) -> object:
    """Return one column's values exactly: integers with missing values stay integers."""
    import narwhals as nw

    dtype = series.dtype
    if type(dtype).__name__ in _NESTED:
        raise nested(series.name)
    if dtype.is_integer():
        return pd.array(series.to_list(), dtype="Int64" if dtype.is_signed_integer() else "UInt64")
    if dtype.is_float() or dtype.is_decimal():
        return series.cast(nw.Float64).to_numpy()
    if dtype == nw.Datetime:
        return _times(series)
    if dtype == nw.Duration:
        return pd.Series(pd.to_timedelta(series.to_list()))
    if dtype == nw.Enum:
        return pd.Series(pd.Categorical(series.to_list(), categories=list(dtype.categories), ordered=True))
    return pd.Series(series.to_list(), dtype=object)


def _times(series: nw.Series[object]) -> object:
    import narwhals as nw

    zone = getattr(series.dtype, "time_zone", None)
    if zone:
        series = series.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    times = pd.Series(series.cast(nw.Datetime("us")).to_numpy().astype("datetime64[us]"))
    return times.dt.tz_localize("UTC") if zone else times
