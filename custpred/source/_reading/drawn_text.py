"""The rows of some customers of a text file, read line by line; the sample is that of ``drawn``."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from custpred.errors import DataError
from custpred.source._reading.decode import decode
from custpred.source._reading.drawn import bounds
from custpred.source._reading.layout import HEAD, SPACES, layout_of, records
from custpred.source._reading.path import read_bytes
from custpred.source._typing.names import clean_names
from custpred.text import plain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import TextIO

    from custpred.source._reading.layout import Layout
    from custpred.source.csv import Csv

_LONGEST = 1 << 24
"""Bytes of one row beyond which a quote is certainly not closed."""


class Drawn(NamedTuple):
    """The text of the drawn rows below the header, their number, and the number of all rows."""

    data: bytes
    rows: int
    every: int


def of_text(path: Path, options: Csv, share: float, first: float) -> Drawn:
    """Return the header and the rows of a share of the customers of a text file, in their order."""
    place = path.name
    head = decode(read_bytes(path, HEAD), place, options.encoding, whole=False)
    layout = layout_of(head.data, options, place)
    names, _ = clean_names(layout.names, place)
    DataError.require_columns([] if options.key is None else [options.key], names)
    at = None if options.key is None else names.index(options.key)
    low, high = bounds(share, first)
    every, kept = 0, []
    with path.open(encoding="latin-1", newline="") as file:  # exact bytes; lines end as in the parser
        rows = filter(bytes.strip, _records(file, layout, place))
        header = next(rows) if layout.start else b""
        for every, record in enumerate(rows, start=1):
            own = (None if at is None else _field(record, layout, at)) or b"row %d" % every
            if low <= hashlib.md5(own, usedforsecurity=False).hexdigest() < high:
                kept.append(record)
    return Drawn(header + b"".join(kept), len(kept), every)


@contextmanager
def unnumbered(path: Path) -> Iterator[None]:
    """Replace errors that name lines, as the lines of a sample have other numbers in the file."""
    try:
        yield
    except DataError as fault:
        wanted = {"CP2106": "a closing quote", "CP2107": "equally many fields"}.get(fault.code)
        if wanted is None:
            raise
        raise DataError(
            f"Expected {wanted} in each line, but not all of the drawn lines have that.",
            code=fault.code,
            place=plain(path.name),
            remedy="Correct these lines, set `separator` or `quoting: none`, or leave them out with `bad_lines: skip`.",
        ) from fault


def _records(file: TextIO, layout: Layout, place: str) -> Iterator[bytes]:
    """Yield rows: a line, or several where a quoted field contains line breaks."""
    parts: list[bytes] = []
    size = 0
    is_open = False
    for line in (text.encode("latin-1") for text in file):
        if layout.quotes and line.count(b'"') % 2:
            is_open = not is_open and _opens(line, layout)
        if not parts and not is_open:
            yield line
            continue
        parts.append(line)
        size += len(line)
        if size > _LONGEST:
            break
        if not is_open:
            yield b"".join(parts)
            parts, size = [], 0
    if parts:
        raise DataError(
            "Expected a closing quote, but a quote never closes.",
            code="CP2106",
            place=place,
            found=parts[0][:40].decode(errors="replace"),
            remedy="Close it, or read quotes as text with `quoting: none`.",
        )


def _opens(line: bytes, layout: Layout) -> bool:
    """Return whether a quoted field goes on in the next line; a quote within a field is text."""
    return _texts(line, layout)[-1].endswith(("\n", "\r"))


def _texts(record: bytes, layout: Layout) -> list[str]:
    """Return the fields of a row, as Latin-1 for their exact bytes; empty if there is none."""
    text = record.decode("latin-1")
    return next(records(text, layout.separator, quotes=True, padded=layout.padded), [""])


def _field(record: bytes, layout: Layout, at: int) -> bytes:
    """Return the field of a row; empty if the row is too short."""
    if layout.quotes and b'"' in record:
        fields = [each.encode("latin-1") for each in _texts(record, layout)]
    elif layout.separator == SPACES:
        fields = record.split()
    else:
        fields = record.split(layout.separator.encode())
    return fields[at].strip() if at < len(fields) else b""
