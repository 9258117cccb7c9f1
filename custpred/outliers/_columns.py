"""Which columns can hold outliers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from custpred.columns.dtypes import finite_values, numbers
from custpred.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

CODES = 30
"""Whole numbers with at most this many distinct values are codes: grades, regions, 0/1."""


def eligible(X: pd.DataFrame, of: tuple[str, ...] | None) -> tuple[list[str], dict[str, str]]:
    """Return the columns to treat, and requested ones that are not treated, with the reason.

    Raises
    ------
    DataError
        If ``of`` names a column that the table does not have.
    """
    numeric = numbers(X)
    if of is None:
        return [name for name in numeric if not is_code(finite_values(X[name]))], {}
    DataError.require_columns(of, X.columns)
    return [name for name in of if name in numeric], {name: "it is not a number" for name in of if name not in numeric}


def is_code(values: np.ndarray) -> bool:
    """Return whether values are integers with few distinct values, by the first ones."""
    if not len(values) or (values[:1000] % 1).any():
        return not len(values)
    if len(np.unique(values[:1000])) > CODES or (values % 1).any():
        return False
    return len(np.unique(values)) <= CODES
