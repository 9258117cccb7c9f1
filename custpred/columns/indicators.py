"""Names of the 0/1 columns that mark rows by another column."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def with_suffix(names: Iterable[str], suffix: str, taken: Iterable[str]) -> dict[str, str]:
    """Return each column's name by the unused name of its indicator.

    >>> with_suffix(["age"], " is missing", ["age", "age is missing"])
    {'age is missing (new)': 'age'}
    """
    used, made = set(taken), {}
    for name in names:
        indicator = f"{name}{suffix}"
        while indicator in used:
            indicator += " (new)"
        used.add(indicator)
        made[indicator] = name
    return made
