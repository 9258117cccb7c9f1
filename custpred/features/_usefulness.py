"""The usefulness of a column: whether it varies, duplicates another, or predicts the target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custpred.columns.batch import taken
from custpred.columns.dtypes import texts
from custpred.columns.sampling import sampled
from custpred.features._frames import counted, finder
from custpred.features._means import binned, cross_fitted_r2

if TYPE_CHECKING:
    from collections.abc import Hashable

ROWS, GLANCE = 10_000, 500


def constant(X: pd.DataFrame) -> list[str]:
    """Return columns with at most one value, counting missing values as a value."""
    return [name for name in X.columns if not _varies(X[name])]


def _varies(column: pd.Series) -> bool:
    """Return whether any row differs from the first; for most columns the first rows are enough."""
    for part in (column.iloc[:GLANCE], column):
        values = _plain(part)
        if len(values) and bool(np.any(values != values[0])):
            return True
    return False


def _plain(column: pd.Series) -> np.ndarray:
    """Return values in a form in which equal values, including missing ones, compare as equal."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes: np.ndarray = column.cat.codes.to_numpy()
        return codes
    if column.dtype.kind == "M":
        stamps: np.ndarray = column.to_numpy(dtype="datetime64[us]").view(np.int64)
        return stamps
    values: np.ndarray = column.to_numpy()
    if values.dtype.kind == "f":
        # Bits instead of numbers, so that missing values are equal; adding 0 turns -0.0 into 0.0.
        return np.where(np.isnan(values), np.nan, values + 0.0).astype(np.float64).view(np.int64)
    return np.asarray(pd.factorize(column)[0]) if values.dtype.kind == "O" else values


def repeated(X: pd.DataFrame) -> dict[str, str]:
    """Return columns that equal an earlier one of their type, with it; texts are not compared."""
    skipped, rows = set(texts(X)), np.linspace(0, len(X) - 1, min(len(X), GLANCE)).astype(int)
    glance, alike, same = X.iloc[rows], dict[tuple[object, bytes], list[str]](), dict[str, str]()
    for name in X.columns:
        if name in skipped:
            continue
        twins = alike.setdefault((_type(X[name]), _plain(glance[name]).tobytes()), [])
        first = next((twin for twin in twins if np.array_equal(_plain(X[twin]), _plain(X[name]))), None)
        if first is None:
            twins.append(name)
        else:
            same[name] = first
    return same


def _type(column: pd.Series) -> Hashable:
    category = isinstance(column.dtype, pd.CategoricalDtype)
    return tuple(column.cat.categories) if category else column.dtype.kind


def least(X: pd.DataFrame, aims: np.ndarray, most: int, seed: int) -> dict[str, str]:
    """Return the columns to drop, with reasons: uninformative, or beyond the ``most`` strongest.

    Dates and texts are not scored and count towards ``most``; at least one column stays.
    """
    rows = sampled(len(X), ROWS, seed)
    part, aims = X.iloc[rows], aims[:, rows]
    r2 = cross_fitted_r2(aims, seed)
    scored = [name for name in X.columns if X[name].dtype.kind in "fiub" or hasattr(X[name], "cat")]
    gains = {name: r2(*_groups(part[name])) for name in scored}
    ranked = sorted(gains, key=lambda name: -gains[name])
    room = max(most - (len(X.columns) - len(scored)), 1)
    gone = dict.fromkeys(ranked[room:], f"It is not among the {most} strongest columns.")
    silent = {name: "It does not predict the target by itself." for name in ranked[1:] if gains[name] <= 0}
    return gone | silent


def _groups(column: pd.Series) -> tuple[np.ndarray, int]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        levels = counted(column)[0]
        return finder(levels)(taken(column)), len(levels)
    return binned(column.to_numpy(dtype=float))
