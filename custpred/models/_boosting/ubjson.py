"""Universal Binary JSON as written by XGBoost, with arrays of numbers as NumPy arrays.

Format: ubjson.org, draft 12 (optimised containers); all numbers are big-endian.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

_NUMBERS = {b"i": ">i1", b"U": ">u1", b"I": ">i2", b"l": ">i4", b"L": ">i8", b"d": ">f4", b"D": ">f8"}
_DTYPES = {mark: np.dtype(code) for mark, code in _NUMBERS.items()}
_STRUCTS = {mark: struct.Struct(">" + letter) for mark, letter in zip(_NUMBERS, "bBhiqfd", strict=True)}
_PLAIN = {b"T": True, b"F": False, b"Z": None}


def loads(raw: bytes) -> Any:
    """Return the value as dicts, lists, text, numbers and arrays.

    Raises
    ------
    ValueError
        If the bytes are not in this format.
    """
    try:
        return _value(raw, raw[:1], 1)[0]
    except (KeyError, IndexError, struct.error, RecursionError) as cause:
        raise ValueError("The bytes are not Universal Binary JSON.") from cause


def _value(raw: bytes, mark: bytes, at: int) -> tuple[Any, int]:
    """Return the value of a type that begins at a position, and the position after it."""
    if mark == b"[":
        return _array(raw, at)
    if mark == b"{":
        found = {}
        while raw[at : at + 1] != b"}":
            key, at = _text(raw, at)
            found[key], at = _value(raw, raw[at : at + 1], at + 1)
        return found, at + 1
    if mark == b"S":
        return _text(raw, at)
    if mark in _PLAIN:
        return _PLAIN[mark], at
    one = _STRUCTS[mark]
    return one.unpack_from(raw, at)[0], at + one.size


def _array(raw: bytes, at: int) -> tuple[object, int]:
    if raw[at : at + 1] == b"$":
        dtype = _DTYPES[raw[at + 1 : at + 2]]
        count, at = _value(raw, raw[at + 3 : at + 4], at + 4)
        return np.frombuffer(raw, dtype, count, at), at + count * dtype.itemsize
    count, found = -1, list[object]()
    if raw[at : at + 1] == b"#":
        count, at = _value(raw, raw[at + 1 : at + 2], at + 2)
    while len(found) != count and raw[at : at + 1] != b"]":
        one, at = _value(raw, raw[at : at + 1], at + 1)
        found.append(one)
    return found, at if count >= 0 else at + 1


def _text(raw: bytes, at: int) -> tuple[str, int]:
    size, at = _value(raw, raw[at : at + 1], at + 1)
    if at + size > len(raw):
        raise IndexError(at)
    return raw[at : at + size].decode(), at + size
