"""The column names of a text file from its start, by the same rules as the full reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.source._reading.decode import decode
from custpred.source._reading.layout import HEAD, layout_of
from custpred.source._reading.path import read_bytes
from custpred.source._typing.names import clean_names
from custpred.text import plain

if TYPE_CHECKING:
    from pathlib import Path

    from custpred.source.csv import Csv

_START = 4 * HEAD
"""Bytes to read: enough text to detect the layout in every encoding."""


def names_of(path: Path, options: Csv) -> list[str]:
    """Return the column names after reading only the first lines.

    Raises
    ------
    DataError
        For a fault in these lines, as when reading the whole file.
    """
    start, place = read_bytes(path, _START), plain(path.name)
    found = decode(start, place, options.encoding, whole=len(start) < _START)
    return clean_names(layout_of(found.data, options, place).names, place)[0]
