"""The layout of a text file: separator, header, number of fields."""

from __future__ import annotations

import csv
import io
import itertools
import sys
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from custpred.errors import DataError
from custpred.source._typing.forms import is_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from custpred.source.csv import Csv

SPACES = r"\s+"
_SEPARATORS = (",", ";", "\t", "|")
HEAD = 1 << 20
"""Bytes of UTF-8 used to detect the layout."""
_LOOK = 200


@dataclass(frozen=True)
class Layout:
    r"""The detected or configured layout.

    Parameters
    ----------
    separator
        One character, or ``\s+`` for runs of spaces.
    quotes
        Whether double quotes enclose fields.
    names
        One name for each field of most lines; "" if the header is blank.
    start
        Bytes before the first row.
    trailing
        Whether every row ends with one separator more than the header has.
    padded
        Whether there are blanks between a separator and a quote.
    """

    separator: str
    quotes: bool
    names: list[str]
    start: int
    trailing: bool = False
    padded: bool = False

    @property
    def width(self) -> int:
        """Return the number of fields in each row."""
        return len(self.names) + self.trailing


def layout_of(data: bytes, options: Csv, place: str) -> Layout:
    """Find the layout from the first lines.

    Raises
    ------
    DataError
        If there are no rows, the first line looks like data, or rows are longer than the header.
    """
    head, quotes = head_of(data), options.quoting == "double"
    separator = sniff(head, options.separator, quotes=quotes)
    padded = _padded(head, separator, quotes=quotes)
    rows = list(itertools.islice(records(head, separator, quotes=quotes, padded=padded), _LOOK + 1))
    if not rows:
        raise _no_rows(place, "the file is empty")
    first, body = rows[0], rows[1:]
    has_header = _has_header(options, first, body, place)
    if has_header and not body:
        raise _no_rows(place, "there is a header and no row after it")
    width = Counter(len(row) for row in (body or [first])).most_common(1)[0][0]
    names = options.names or (first if has_header else [f"column_{i + 1}" for i in range(width)])
    layout = Layout(
        separator,
        quotes,
        list(names),
        _bytes_of_first(head, separator, quotes=quotes, padded=padded) if has_header else 0,
        trailing=width == len(names) + 1,
        padded=padded,
    )
    if layout.trailing and not all(row[-1].strip() == "" for row in body if len(row) == width):
        raise _one_more(place, len(names))
    return layout


def _padded(text: str, separator: str, *, quotes: bool) -> bool:
    """Return whether there are blanks between a separator and a quote."""
    return quotes and f'{separator} "' in text


def _has_header(options: Csv, first: list[str], body: list[list[str]], place: str) -> bool:
    """Return whether the first line holds names; without an option, values are an error."""
    if options.header_line != "auto":
        return options.header_line == "first"
    if options.names:
        return [text.strip() for text in first] == options.names
    if looks_like_data(first, body):
        raise DataError(
            "Expected column names in the first line, but it looks like data.",
            code="CP2111",
            place=f"{place}:1",
            remedy="Set `header: none` or `names: [...]`; if they are names, set `header: first`.",
        )
    return True


def _no_rows(place: str, why: str) -> DataError:
    return DataError(
        f"Expected a header and rows in {place}, but {why}.",
        code="CP2110",
        place=place,
        remedy="Pass a file with rows.",
    )


def _one_more(place: str, width: int) -> DataError:
    return DataError(
        f"Expected {width} fields in each row, as the header has, but the rows have {width + 1}.",
        code="CP2109",
        place=place,
        remedy="Add the missing name to the header, or set all with `names: [...]` and `header: first`.",
    )


@contextmanager
def _long_fields() -> Iterator[None]:
    """Allow fields as long as the file; the limit is global to the process, so it is restored."""
    before = csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    try:
        yield
    finally:
        csv.field_size_limit(before)


def records(text: str, separator: str, *, quotes: bool, padded: bool = False) -> Iterator[list[str]]:
    """Yield the fields of each line; empty lines are skipped."""
    lines = io.StringIO(text, newline="")
    yield from (fields for _, fields in numbered(lines, separator, quotes=quotes, padded=padded))


def numbered(
    lines: io.TextIOBase, separator: str, *, quotes: bool, strict: bool = False, padded: bool = False
) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of the line where each row starts, from 1, and its fields.

    ``padded``: blanks after a separator are left out, as a quote after one would be text.
    """
    quoting: Literal[0, 3] = 0 if quotes else 3  # as csv.QUOTE_MINIMAL and csv.QUOTE_NONE
    if separator == SPACES:
        bare = (line.replace("\t", " ").strip(" \r\n") + "\n" for line in lines)
        reader = csv.reader(bare, delimiter=" ", skipinitialspace=True, quoting=quoting, strict=strict)
    else:
        reader = csv.reader(lines, delimiter=separator, skipinitialspace=padded, quoting=quoting, strict=strict)
    before = 0
    with _long_fields():
        for row in reader:
            if row:
                yield before + 1, row
            before = reader.line_num


def _bytes_of_first(head: str, separator: str, *, quotes: bool, padded: bool) -> int:
    """Return the number of bytes of the first row, including blank lines before it."""
    lines = io.StringIO(head, newline="")
    next(numbered(lines, separator, quotes=quotes, padded=padded))
    return len(head[: lines.tell()].encode())


def head_of(data: bytes) -> str:
    """Return the first complete lines as text."""
    if len(data) <= HEAD:
        return data.decode(errors="replace")
    cut = data.rfind(b"\n", 0, HEAD)
    return data[: cut + 1 if cut > 0 else HEAD].decode(errors="replace")


def sniff(head: str, separator: str | None, *, quotes: bool) -> str:
    r"""Return the separator that gives most lines the same number of fields as the first line.

    >>> sniff("a;b\n1,5;2\n2,5;3\n", None, quotes=True)
    ';'
    """
    if separator is not None:
        return SPACES if separator in {" ", SPACES} else separator
    lines = "".join(itertools.islice(io.StringIO(head, newline=""), _LOOK))
    scored = [(*_agreement(lines, each, quotes=quotes), each) for each in _SEPARATORS]
    share, width, best = max(scored, key=lambda each: (round(each[0], 1), each[1]))
    if width > 1 and share >= 0.6:
        return best
    spaced, fields = _agreement(lines, SPACES, quotes=quotes)
    return SPACES if fields > 1 and spaced >= 0.95 else best if width > 1 else ","


def _agreement(lines: str, separator: str, *, quotes: bool) -> tuple[float, int]:
    """Return the share of lines with the most common number of fields, and that number."""
    padded = _padded(lines, separator, quotes=quotes)
    widths = [len(row) for row in records(lines, separator, quotes=quotes, padded=padded)]
    if not widths:
        return 0.0, 1
    usual, count = Counter(widths).most_common(1)[0]
    if usual == 1 or abs(widths[0] - usual) > 1:
        return 0.0, 1
    # A first line with one field less is reported later; a separator that fits it too is preferred.
    return count / len(widths) * (1.0 if widths[0] == usual else 0.8), usual


def looks_like_data(first: list[str], body: list[list[str]]) -> bool:
    """Return whether the first line has values: numbers above numbers, or repeated texts."""
    columns = [[row[place].strip() for row in body if place < len(row)] for place in range(len(first))]
    cells = [text.strip() for text in first]
    typed = [place for place, text in enumerate(cells) if is_value(text) and any(map(is_value, columns[place]))]
    whole = [int(cells[place]) for place in typed if cells[place].isdecimal() and len(cells[place]) < 10]
    if typed and not (len(whole) == len(typed) and _like_names(whole)):
        return True
    again = sum(text in set(column) for text, column in zip(cells, columns, strict=True) if text)
    return bool(body) and again > 0.5 * len(cells)


def _like_names(whole: list[int]) -> bool:
    """Return whether integers can be column names: years, or consecutive positions."""
    years = len(whole) > 1 and all(1900 <= number <= 2100 for number in whole)
    return years or (len(whole) > 1 and all(b - a == 1 for a, b in itertools.pairwise(whole)))
