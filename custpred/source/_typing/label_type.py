"""The type of a target column, before its values become labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from custpred.errors import DataError
from custpred.labels import LabelType
from custpred.source._typing.cells import text_of

if TYPE_CHECKING:
    from custpred.labels import Values

_HELD: dict[str, Values] = {"boolean": "bool", "integer": "int", "floating": "float", "mixed-integer-float": "float"}
_PLAIN = {"int": "int64", "float": "float64", "bool": "bool", "text": "str"}


def label_type(series: pd.Series) -> LabelType:
    """Return the type of a target's raw values; text if it is not a type that labels can have."""
    dtype = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return _categories(dtype)
    values = _values(series)
    plain = isinstance(dtype, pd.ArrowDtype | pd.SparseDtype)
    return LabelType(_PLAIN[values] if plain else str(dtype), values)


def _categories(dtype: pd.CategoricalDtype) -> LabelType:
    values = pd.Series(dtype.categories)
    try:
        texts = tuple(text_of(each).strip() for each in dtype.categories)
    except DataError:  # intervals stay text
        return LabelType()
    return LabelType("category", _values(values), texts, bool(dtype.ordered))


def _values(series: pd.Series) -> Values:
    return _HELD.get(pd.api.types.infer_dtype(series, skipna=True), "text")
