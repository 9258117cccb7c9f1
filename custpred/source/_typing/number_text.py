"""Numbers in text: plain, with a decimal comma, or with thousands separators."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from custpred.source._typing.forms import COMMA, EXACT, NUMBERS, ORDER, PLAIN, SEPARATORS, is_number, some_of

if TYPE_CHECKING:
    from custpred.source._typing.cells import Cells


def written(levels: np.ndarray, decimal: str | None) -> str | None:
    """Return the number format of all texts; None if they are not numbers.

    Parameters
    ----------
    levels : ndarray of shape (n_levels,)
        Distinct texts.
    decimal
        ``","`` or ``"."`` if known; decides ambiguous texts such as ``1,500``.
    """
    if not len(levels) or not _promising(levels):
        return None
    return next((way for way in ORDER[decimal] if all(map(NUMBERS[way].fullmatch, levels))), None)


def _promising(levels: np.ndarray) -> bool:
    """Check a sample of the texts first, so that a column of words is cheap."""
    return all(map(is_number, some_of(levels)))


def certain_comma(levels: np.ndarray) -> bool:
    """Return whether these texts can only be numbers with a decimal comma."""
    return written(levels, None) == COMMA


def parse(levels: np.ndarray, way: str) -> np.ndarray:
    """Return the numbers, NaN for other texts; shape (n_levels,)."""
    pattern, gone = NUMBERS[way], str.maketrans("", "", SEPARATORS[way])
    values = np.full(len(levels), np.nan)
    for position, text in enumerate(levels):
        if pattern.fullmatch(text):
            bare = text.translate(gone) if way else text
            values[position] = float(bare.replace(",", ".") if way == COMMA else bare)
    return values


def read_loosely(levels: np.ndarray, way: str) -> np.ndarray:
    """Return numbers in the format ``way``, otherwise plain numbers; NaN for the rest."""
    values = parse(levels, way)
    if way != PLAIN and (lost := np.isnan(values)).any():
        values[lost] = parse(levels[lost], PLAIN)
    return values


def too_long(levels: np.ndarray) -> bool:
    """Return whether an integer is too large for an exact float: such columns are labels."""
    if max(map(len, levels)) < 16:
        return False
    whole = (text.lstrip("-") for text in levels if len(text) >= 16)
    return any(text.isdecimal() and (len(text) > 16 or int(text) >= EXACT) for text in whole)


def almost(cells: Cells) -> tuple[int, int]:
    """Return how many rows hold a plain number, and how many hold something else."""
    good = ~np.isnan(parse(cells.levels, PLAIN))
    return int(cells.counts[good].sum()), int(cells.counts[~good].sum())
