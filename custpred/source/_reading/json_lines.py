"""Strict reader of JSON lines and arrays: errors name the line or item that is no plain object."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

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


class _Place(NamedTuple):
    """A line of a file, or an item of its array."""

    file: str
    unit: str
    number: int

    def __str__(self) -> str:
        """Return the place for errors."""
        return f"{self.file}:{self.number}" if self.unit == "line" else f"{self.file}, item {self.number}"


def read(path: str) -> Raw:
    """Return the rows of one file, or of all files that match a pattern.

    Raises
    ------
    DataError
        If a line or item is no JSON object, or a value a list or a map; it names file and line.
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
    frame = pd.DataFrame(columns, index=pd.RangeIndex(len(rows))).set_axis(pd.Index(names, dtype=object), axis=1)
    return Raw(frame, path, tuple(findings), {"files": len(files), "bytes": size})


def _objects(data: bytes, file: Path) -> list[JSON]:
    """Return the object of each line, or of each item of one array; empty lines are skipped."""
    text, name = data.decode(), plain(file.name)
    try:
        items = json.loads(text) if text.lstrip().startswith("[") else None
    except (ValueError, RecursionError):
        items = None  # lines, of which the first is wrong
    if items is not None:
        return [_object(item, _Place(name, "item", i)) for i, item in enumerate(items, 1)]
    # Only a line feed ends a line: JSON strings may contain others at which Python splits.
    lines = ((_Place(name, "line", i), line) for i, line in enumerate(text.split("\n"), 1) if line.strip())
    return [_object(_parsed(line, place), place) for place, line in lines]


def _parsed(line: str, place: _Place) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as cause:
        raise _wrong(place, f"it cannot be read as JSON ({plain(cause)})") from cause


def _object(found: object, place: _Place) -> JSON:
    if not isinstance(found, dict):
        raise _wrong(place, f"it holds {type(found).__name__} instead of an object")
    for name, value in found.items():
        if isinstance(value, list | dict):
            raise nested(name, str(place))
    return found


def _wrong(place: _Place, why: str) -> DataError:
    return DataError(
        f"Expected one JSON object in each {place.unit}, but {place.unit} {place.number} does not: {why}.",
        code="CP2121",
        place=str(place),
        remedy='Write each row as one object on a line, such as {"age": 41, "city": "Busan"}, or all in one array.',
    )


def _column(values: list[object]) -> object:
    """Return numbers as an array; other values, and integers with missing ones, unchanged."""
    floats = all(type(value) is float or value is None for value in values)
    return np.array(values, dtype=np.float64) if floats else pd.Series(values, dtype=object)
