"""Spellings of the same value: case, whitespace, leading zeros, and words for yes and no."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PAIRS = (
    ("false", "true"),
    ("no", "yes"),
    ("off", "on"),
    ("n", "y"),
    ("f", "t"),
    ("0", "1"),
    ("아니오", "예"),
    ("아니요", "예"),
)
"""Words for no and yes, in lower case."""
_SHORT = frozenset("nyft01")
"""Words that mean yes or no only if the column has no other levels."""
_ALONE = frozenset({"false", "true", "no", "yes"})
"""Words that mean yes or no even if the other word of the pair does not occur."""
MEANS = {word: meaning for pair in PAIRS for meaning, word in enumerate(pair)}
"""Each of these words, as 0 for no or 1 for yes."""
_NUMBER = re.compile(r"[+-]?[0-9]{1,300}(\.[0-9]*)?")


def fold(text: str) -> str:
    """Return a text normalised for case, whitespace and character width.

    >>> fold(" Month-to  Month ") == fold("month-to month")
    True
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def number(text: str) -> float | None:
    """Return the number that a text spells, without padding zeros; None if it is no number.

    >>> number("00011"), number("11.0"), number("11a")
    (11.0, 11.0, None)
    """
    return float(text) if _NUMBER.fullmatch(text) else None


def truth(text: str) -> int | None:
    """Return 1 for a word that means yes, 0 for one that means no, None for any other.

    >>> truth("Y"), truth("false"), truth("1.0"), truth("perhaps")
    (1, 0, 1, None)
    """
    value = number(text)
    if value is not None:
        return int(value) if value in {0.0, 1.0} else None
    return MEANS.get(fold(text))


def truth_pair(levels: Sequence[str]) -> tuple[str, str] | None:
    """Return the levels that mean no and yes; None if a column has no such pair, or several.

    >>> truth_pair(["No", "No phone service", "Yes"]), truth_pair(["F", "M"]), truth_pair(["True"])
    (('No', 'Yes'), None, ('', 'True'))
    """
    own = {fold(level): level for level in levels}
    found = {pair for pair in PAIRS if pair[0] in own and pair[1] in own}
    if len(own) == 1 and (only := next(iter(own))) in _ALONE:
        return (own[only], "") if truth(only) == 0 else ("", own[only])
    if len(found) != 1 or len(own) < len(levels):
        return None
    no, yes = found.pop()
    return None if no in _SHORT and len(own) > 2 else (own[no], own[yes])


def matched(text: str, by_fold: Mapping[str, str], by_number: Mapping[float, str], pair: tuple[str, str] | None) -> str:
    """Return the known level of which a text is another spelling; ``""`` if uncertain."""
    if found := by_fold.get(fold(text)):
        return found
    value = number(text)
    if value is not None and (found := by_number.get(value)):
        return found
    meaning = truth(text) if pair else None
    return pair[meaning] if pair and meaning is not None else ""
