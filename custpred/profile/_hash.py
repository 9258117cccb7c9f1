"""A hash for each row of a typed frame: equal rows have equal hashes."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable

_SPREAD = np.uint64(0x9E3779B97F4A7C15)
"""The golden ratio's bits: multiplying by it spreads neighbours (Knuth, TAOCP 6.4)."""
_SHIFT = np.uint64(29)
_BLOCK = 1 << 15
"""Rows hashed in one block, so that a column's block stays in the cache."""


def row_hashes(frame: pd.DataFrame, columns: Iterable[str]) -> np.ndarray:
    """Return a 64-bit hash for each row, shape (n_rows,); missing values equal each other.

    The probability of a collision is about n^2 / 2^65: 1 in 37 million for a million rows.
    """
    read = [(frame[name], None if _lone(frame[name]) else words(frame[name])) for name in columns]
    found = np.zeros(len(frame), dtype=np.uint64)

    def mix(start: int) -> None:
        rows = slice(start, start + _BLOCK)
        own = found[rows]
        for column, known in read:
            own ^= words(column.iloc[rows]) if known is None else known[rows]
            own *= _SPREAD
            own ^= own >> _SHIFT

    with ThreadPoolExecutor(2) as pool:  # NumPy releases the GIL
        list(pool.map(mix, range(0, len(frame), _BLOCK)))
    return found


def fingerprint(frame: pd.DataFrame) -> str:
    """Return a hash of all values, which identifies a run's data without storing them."""
    found = hashlib.sha256(row_hashes(frame, frame.columns).tobytes())
    for name in frame.columns:  # rows are hashed by the codes of these texts
        column = frame[name]
        coded = isinstance(column.dtype, pd.CategoricalDtype)
        texts = column.cat.categories if coded else column.dropna().unique() if column.dtype == object else ()
        found.update(f"{name}: {[str(text) for text in texts]}".encode(errors="surrogatepass"))
    return found.hexdigest()


def words(column: pd.Series) -> np.ndarray:
    """Return a column's values as 64-bit words, a new array; equal values have equal words."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        whole = column.cat.codes.to_numpy()
    elif pd.api.types.is_datetime64_any_dtype(column.dtype):
        whole = column.to_numpy(dtype="datetime64[ns]")
    elif pd.api.types.is_numeric_dtype(column.dtype):
        whole = column.to_numpy(dtype=np.float64) + 0.0  # -0.0 becomes 0.0
        whole[np.isnan(whole)] = np.nan  # a missing value has many bit patterns
        return np.asarray(whole.view(np.uint64))
    else:
        whole, _ = pd.factorize(column)
    return np.asarray(whole.astype(np.int64).view(np.uint64))


def _lone(column: pd.Series) -> bool:
    """Return whether words depend on values alone; others number the values as they appear."""
    dtype = column.dtype
    numbers = pd.api.types.is_datetime64_any_dtype(dtype) or pd.api.types.is_numeric_dtype(dtype)
    return numbers or isinstance(dtype, pd.CategoricalDtype)


def repeated(frame: pd.DataFrame, columns: list[str]) -> tuple[int, list[tuple[str, str]]]:
    """Return the number of rows that repeat an earlier one, and pairs of equal columns."""
    found = np.zeros(len(frame), dtype=np.uint64)
    place = np.arange(1, len(frame) + 1, dtype=np.uint64) * _SPREAD | np.uint64(1)
    alike: dict[tuple[str, int], list[str]] = {}
    for name in columns:
        word = words(frame[name])
        digest = int((word * place).sum(dtype=np.uint64))
        alike.setdefault((str(frame[name].dtype.kind), digest), []).append(name)
        found ^= word
        found *= _SPREAD
        found ^= found >> _SHIFT
    distinct = len(np.unique(found)) if columns else len(frame)
    pairs = [(other, first) for first, *others in alike.values() for other in others]
    return len(frame) - distinct, [pair for pair in pairs if _same(frame[pair[0]], frame[pair[1]])]


def _same(one: pd.Series, other: pd.Series) -> bool:
    """Return whether two columns of the same digest are equal, and not constant."""
    coded = [isinstance(each.dtype, pd.CategoricalDtype) for each in (one, other)]
    if coded[0] != coded[1] or (all(coded) and list(one.cat.categories) != list(other.cat.categories)):
        return False
    first = words(one)
    varied = len(first) > 0 and bool((first != first[0]).any())
    return varied and bool((first == words(other)).all())
