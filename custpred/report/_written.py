"""The texts of a table's cells: one rule for the decimals of a column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.text import finite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.report._text import Text

TOGETHER = frozenset({"percent", "money"})
"""Formats of which all numbers of a column have equally many decimals."""


def texts_of(rows: Sequence[Sequence[object]], forms: Sequence[str], say: Text) -> list[tuple[str, ...]]:
    """Return the text of each cell, by row; ``forms`` are the formats of the columns.

    >>> from custpred.report._text import Text
    >>> texts_of([("a", 0.058), ("b", 1), ("c", 0.14)], ("text", "percent"), Text())
    [('a', '5.8%'), ('b', '100%'), ('c', '14.0%')]
    """
    if not rows:
        return []
    columns = [_column(values, form, say) for values, form in zip(zip(*rows, strict=True), forms, strict=True)]
    return list(zip(*columns, strict=True))


def _column(values: Sequence[object], form: str, say: Text) -> list[str]:
    if form not in TOGETHER:
        return [say.cell(value, form) for value in values]
    numbers = [value for value in values if finite(value) and not isinstance(value, bool)]
    texts = iter(say.alike(numbers, form))
    return [next(texts) if finite(value) and not isinstance(value, bool) else say.cell(value, form) for value in values]
