"""The content of a column of any library's dtype: numbers, dates or texts, with exact values."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import pandas as pd
from pandas.api import types as is_

from custpred.source._typing import date_text, time_spans
from custpred.source._typing.cells import nested
from custpred.source._typing.forms import EXACT

Family = Literal["number", "date", "text"]
_OBJECTS: dict[str, Family] = {
    "integer": "number",
    "floating": "number",
    "mixed-integer-float": "number",
    "decimal": "number",
    "datetime": "date",
    "datetime64": "date",
    "date": "date",
    "period": "date",
    "timedelta": "number",
    "timedelta64": "number",
}
_NEVER = {"bytes", "complex"}


def family_of(series: pd.Series) -> Family:
    """Return the family of the column by its dtype, or by its values if the dtype is object.

    Raises
    ------
    DataError
        For lists, maps, bytes and other cells that are not single values.
    """
    dtype = series.dtype
    if isinstance(dtype, pd.CategoricalDtype) or is_.is_bool_dtype(dtype):
        return "text"
    if is_.is_datetime64_any_dtype(dtype) or _arrow_date(dtype) or isinstance(dtype, pd.PeriodDtype):
        return "date"
    if (is_.is_numeric_dtype(dtype) and not is_.is_complex_dtype(dtype)) or _is_typed_duration(series):
        return "number"
    if is_.is_object_dtype(dtype):
        return _family_of_objects(series)
    if is_.is_string_dtype(dtype):
        return "text"
    raise nested(series.name)


def _is_typed_duration(series: pd.Series) -> bool:
    return not is_.is_object_dtype(series.dtype) and time_spans.is_duration(series)


def _arrow_date(dtype: object) -> bool:
    return isinstance(dtype, pd.ArrowDtype) and str(dtype).startswith(("date", "timestamp"))


def _family_of_objects(series: pd.Series) -> Family:
    held = is_.infer_dtype(series, skipna=True)
    if held in _NEVER:
        raise nested(series.name)
    return _OBJECTS.get(held, "text")


def floats(series: pd.Series) -> np.ndarray:
    """Return numbers, or days of durations, as float64 with NaN, (n_rows,); may be a view."""
    if time_spans.is_duration(series):
        return time_spans.days(series)
    if isinstance(series.dtype, pd.SparseDtype):
        series = series.sparse.to_dense()
    if is_.is_object_dtype(series.dtype):
        series = series.where(series.notna(), np.nan)
    if not isinstance(series.dtype, np.dtype):
        return np.asarray(series.to_numpy(dtype=np.float64, na_value=np.nan))
    try:
        return np.asarray(series.to_numpy(), dtype=np.float64)
    except OverflowError:
        return np.array([_float(value) for value in series])


def _float(value: float) -> float:
    """Return a number as a float, infinite if it is larger than all of them."""
    try:
        return float(value)
    except OverflowError:
        return math.copysign(math.inf, 1 if value > 0 else -1)


def beyond_float(series: pd.Series, values: np.ndarray) -> bool:
    """Return whether integers are too large for a float to represent exactly."""
    dtype = series.dtype
    whole = is_.is_integer_dtype(dtype) or (
        is_.is_object_dtype(dtype) and is_.infer_dtype(series, skipna=True) in {"integer", "decimal"}
    )
    return whole and bool((np.abs(values) >= EXACT).any())


def dates(series: pd.Series) -> tuple[np.ndarray, bool]:
    """Return a column of dates in UTC microseconds without a zone, and whether they had a zone."""
    if time_spans.is_period(series):
        return date_text.to_dates(time_spans.first_days(series)), False
    if is_.is_object_dtype(series.dtype):
        zoned = any(getattr(value, "tzinfo", None) is not None for value in series.dropna())
        return date_text.to_dates(pd.to_datetime(series.astype(object), utc=True, errors="coerce")), zoned
    if isinstance(series.dtype, pd.ArrowDtype):
        series = pd.to_datetime(series.astype(object))
    return date_text.to_dates(series), getattr(series.dtype, "tz", None) is not None
