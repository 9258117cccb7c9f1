"""Strict reader of JSON lines: an error names each line that is not an object of single values."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custpred.errors import DataError
from custpred.source._raw import Raw
from custpred.source._reading.decode import decode
from custpred.source._reading.path import find_files, read_bytes
from custpred.source._typing.cells import nested
from custpred.text import plain

if TYPE_CHECKING:
    from pathlib import Path

    from custpred.storage.plain import JSON


def read(path: str) -> Raw:
    """Return the rows of one file, or of all files that match a pattern.

    Raises
    ------
    DataError
        If a line is no JSON object, or a value a list or a map; the message names file and line.
    """
    rows: list[JSON] = []
    findings, size = [], 0
    files = find_files(path)
    for file in files:
        data = read_bytes(file)
        found = decode(data, plain(file.name))
        rows += _objects(found.data, file)
        findings += [each for each in found.findings if each not in findings]
        size += len(data)
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = {place: _column([row.get(name) for row in rows]) for place, name in enumerate(names)}
    frame = pd.DataFrame(columns, index=pd.RangeIndex(len(rows)))
    frame.columns = pd.Index(names, dtype=object)
    return Raw(frame, path, tuple(findings), {"files": len(files), "bytes": size})


def _objects(data: bytes, file: Path) -> list[JSON]:
    """Return the object of each line; empty lines are skipped."""
    # Only a line feed ends a line: JSON strings may contain others at which Python splits.
    lines = data.decode().split("\n")
    return [_object(line, f"{plain(file.name)}:{number}") for number, line in enumerate(lines, 1) if line.strip()]


def _object(line: str, place: str) -> JSON:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as cause:
        raise _wrong(place, f"it cannot be read as JSON ({plain(cause)})") from cause
    if not isinstance(found, dict):
        raise _wrong(place, f"it holds {type(found).__name__} instead of an object")
    for name, value in found.items():
        if isinstance(value, list | dict):
            raise nested(name, place)
    return found


def _wrong(place: str, why: str) -> DataError:
    return DataError(
        f"Expected one JSON object in each line, but line {place.rpartition(':')[2]} does not: {why}.",
        code="CP2121",
        place=place,
        remedy='Write each row as one object on its own line, such as {"age": 41, "city": "Busan"}.',
    )


def _column(values: list[object]) -> object:
    """Return numbers as an array; other values, and integers with missing ones, unchanged."""
    if all(type(value) is float or value is None for value in values):
        return np.array(values, dtype=np.float64)
    return pd.Series(values, dtype=object)
