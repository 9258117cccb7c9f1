"""Locate faulty lines of a text file: slow, exact, and only called after a fault was found."""

from __future__ import annotations

import csv
import io
from itertools import islice
from typing import TYPE_CHECKING

from custpred.errors import DataError
from custpred.source._reading.layout import numbered
from custpred.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from custpred.source._reading.layout import Layout

_NAMED = 5


def _rows(data: bytes, layout: Layout, *, strict: bool = False) -> Iterator[tuple[int, list[str]]]:
    """Yield each row after the header, with its line number in the file."""
    before = _lines(data[: layout.start])
    lines = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", errors="replace", newline="")
    lines.seek(layout.start)
    read = numbered(lines, layout.separator, quotes=layout.quotes, strict=strict, padded=layout.padded)
    for line, fields in read:
        yield before + line, fields


def _lines(data: bytes) -> int:
    return len(data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")) - 1


def ragged(data: bytes, layout: Layout, place: str) -> DataError | None:
    """Return the error that names the first lines with too many or too few fields, or None."""
    wrong = ((line, len(fields)) for line, fields in _rows(data, layout) if not _fits(fields, layout))
    first = list(islice(wrong, _NAMED))
    if not first:
        return None
    more = sum(1 for _ in wrong)
    named = ", ".join(f"line {line} has {count}" for line, count in first) + (f", and {more} more" if more else "")
    return DataError(
        f"Expected {plural(layout.width, 'field')} in each line, but {named}.",
        code="CP2107",
        place=f"{place}:{first[0][0]}",
        found=named,
        remedy="Correct these lines, set `separator` or `quoting: none`, or leave them out with `bad_lines: skip`.",
    )


def _fits(fields: list[str], layout: Layout) -> bool:
    extra = fields[layout.width :]
    return len(fields) == layout.width or (len(extra) == 1 and not extra[0].strip())


def unclosed(data: bytes, layout: Layout, place: str) -> DataError | None:
    """Return the error that names the line of an unclosed quote, or None."""
    last = _lines(data[: layout.start])
    rows = _rows(data, layout, strict=True)
    try:
        for line, fields in rows:
            last = line + sum(text.count("\n") for text in fields)
    except csv.Error:
        return DataError(
            f"Expected a closing quote, but the quote that opens in line {last + 1} never closes.",
            code="CP2106",
            place=f"{place}:{last + 1}",
            remedy="Close it, or read quotes as text with `quoting: none`.",
        )
    return None


def good_only(data: bytes, layout: Layout) -> tuple[bytes, int]:
    """Return the rows with the right number of fields as clean CSV, and the number of others."""
    out, skipped = io.StringIO(newline=""), 0
    writer = csv.writer(out, delimiter=",", lineterminator="\n")
    for _, fields in _rows(data, layout):
        if _fits(fields, layout):
            writer.writerow(fields[: layout.width])
        else:
            skipped += 1
    return out.getvalue().encode(), skipped
