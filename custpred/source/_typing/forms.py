"""Formats of numbers and ISO dates: patterns only, to check a header without NumPy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

PLAIN, COMMA, GROUPED = "", "1.234,5", "1,234.5"
"""Number formats; stored in ``Column.written`` so that new values are read the same way."""
SEPARATORS = {PLAIN: "", COMMA: ". '\u00a0\u202f", GROUPED: ", '\u00a0\u202f"}
"""Characters that separate thousands, by format."""
EXACT = 2**53
"""Integers of this size and more may lose digits as floats."""

_EXPONENT = r"(?:[eE][+-]?[0-9]+)?"
_GAP = "[. '\u00a0\u202f]"
NUMBERS = {
    # No leading zeros and no plus sign: 007 and +49 30 are labels, not numbers.
    PLAIN: re.compile(rf"-?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+){_EXPONENT}|[+-]?(?:inf|infinity)", re.I),
    COMMA: re.compile(rf"-?(?:0|[1-9][0-9]{{0,2}}(?:{_GAP}[0-9]{{3}})+|[1-9][0-9]*)(?:,[0-9]+)?{_EXPONENT}"),
    GROUPED: re.compile(rf"-?(?:0|[1-9][0-9]{{0,2}}(?:{_GAP.replace('.', ',')}[0-9]{{3}})+|[1-9][0-9]*)(?:\.[0-9]*)?"),
}
ISO_DATE = re.compile(
    r"\d{4}-\d{2}(-\d{2}([T ]\d{2}(:?\d{2}(:?\d{2}([.,]\d{1,9})?)?)?\s?(Z|[+-]\d{2}:?(\d{2})?)?)?)?", re.A
)


ORDER = {",": (COMMA, PLAIN, GROUPED), ".": (PLAIN, GROUPED, COMMA), None: (PLAIN, GROUPED, COMMA)}
"""Number formats in the order in which they are tried, by the known decimal mark."""


def some_of(levels: np.ndarray, most: int = 1000) -> np.ndarray:
    """Return about ``most`` evenly spaced texts, so that a column of other texts is cheap."""
    return levels[:: max(1, len(levels) // most)]


def words_apart(name: str) -> str:
    """Return a column's name with an underscore between the words of camel case.

    >>> words_apart("customerID")
    'customer_ID'
    """
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)


def is_number(text: str) -> bool:
    """Return whether a text can be a number in any format.

    >>> is_number("1.234,5"), is_number("-2e3"), is_number("007")
    (True, True, False)
    """
    return any(pattern.fullmatch(text) for pattern in NUMBERS.values())


def is_value(text: str) -> bool:
    """Return whether a text is a number or a date, which no column name should be.

    >>> is_value("2024-01-31"), is_value("007"), is_value("inf"), is_value("Q1")
    (True, True, False, False)
    """
    if not any(char.isdigit() for char in text):
        return False
    return text.isdecimal() or is_number(text) or bool(ISO_DATE.fullmatch(text))
