"""Column names: text in NFC, not blank, unique."""

from __future__ import annotations

import math
import unicodedata
from typing import TYPE_CHECKING

from custpred.errors import DataError
from custpred.table import Finding
from custpred.text import listed, plain, plural

if TYPE_CHECKING:
    from collections.abc import Sequence


def clean_names(names: Sequence[object], place: str | None = None) -> tuple[list[str], list[Finding]]:
    """Return cleaned names, and findings about changes.

    Raises
    ------
    DataError
        If a name occurs twice; the message names both positions.
    """
    texts = [clean_name(name) for name in names]
    blank = [position for position, text in enumerate(texts) if not text]
    filled = [text or f"column_{position + 1}" for position, text in enumerate(texts)]
    _refuse_twice(filled, place)
    return filled, [*_blank(blank), *_odd(names, filled)]


def clean_name(name: object) -> str:
    r"""Return a name as text in NFC without control characters or blanks around it.

    >>> clean_name("\ufeffA\nb "), clean_name(2019), clean_name(float("nan"))
    ('A b', '2019', '')
    """
    if name is None or (isinstance(name, float) and math.isnan(name)):
        return ""
    text = str(name).lstrip("\ufeff")
    if text.isascii() and text.isprintable():
        return text.strip()
    kept = (" " if char in "\t\r\n" else char for char in unicodedata.normalize("NFC", text))
    return "".join(char for char in kept if unicodedata.category(char) not in {"Cc", "Cs"}).strip()


def _refuse_twice(names: Sequence[str], place: str | None) -> None:
    if len(set(names)) == len(names):
        return
    first: dict[str, int] = {}
    for position, name in enumerate(names):
        if name in first:
            raise DataError(
                f"Expected each column name once, but {plain(name, 60)!r} names columns {first[name] + 1} "
                f"and {position + 1}.",
                code="CP2112",
                column=name,
                place=place,
                remedy="Rename one of them, or set all names with `names: [...]`.",
            )
        first[name] = position


def _blank(positions: Sequence[int]) -> list[Finding]:
    if not positions:
        return []
    named = [f"column_{position + 1}" for position in positions]
    text = f"Names were made up for {plural(len(named), 'column')} without one: {listed(named)}."
    return [Finding("D113", "warning", text, named[0], {"columns": len(named)})]


def _odd(names: Sequence[object], clean: Sequence[str]) -> list[Finding]:
    changed = [new for old, new in zip(names, clean, strict=True) if isinstance(old, str) and _changed(old, new)]
    if not changed:
        return []
    text = f"Control characters were removed from the names of {plural(len(changed), 'column')}: {listed(changed)}."
    return [Finding("D114", "warning", text, changed[0], {"columns": len(changed)})]


def _changed(old: str, new: str) -> bool:
    plainly = unicodedata.normalize("NFC", old).lstrip("\ufeff").strip(" ")
    return bool(plainly) and plainly != new
