"""Other spellings of training values in new data: True for 1, 11 for 00011, case, blanks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custpred.columns.spelling import fold, matched, number, truth
from custpred.source._typing.cells import cells_of
from custpred.table import Finding
from custpred.text import listed, plain, plural

if TYPE_CHECKING:
    from collections.abc import Mapping

    from custpred.columns.contract import Expected
    from custpred.source._typing.cells import Cells
    from custpred.table import Severity


def respelled(
    values: pd.Series, lost: int, expected: Expected, raw: pd.Series, missing: tuple[str, ...] = ()
) -> tuple[pd.Series, int, tuple[Finding, ...]]:
    """Return a column with spellings matched to known values, the number still lost, findings.

    Parameters
    ----------
    values
        The column in the dtype of its kind.
    lost
        Number of values that could not be read as that kind.
    raw
        The original column.
    missing
        Texts that mark missing values.
    """
    if expected.kind == "category":
        found, notes = _levels(values, expected)
        return found, lost, notes
    if expected.kind in {"number", "code"} and lost:
        return _numbers(values, lost, expected, cells_of(raw, missing))
    return values, lost, ()


def _levels(values: pd.Series, expected: Expected) -> tuple[pd.Series, tuple[Finding, ...]]:
    """Match the levels of a category."""
    levels = values.cat.categories
    new = [level for level in levels if level not in expected.known]
    same = {text: matched(str(text), expected.by_fold, expected.by_number, expected.truth) for text in new}
    same = {text: level for text, level in same.items() if level}
    if not same:
        return values, ()
    names = np.array([same.get(level, level) for level in levels], dtype=object)
    known, place = np.unique(names, return_inverse=True)
    codes = values.cat.codes.to_numpy()
    changed = int(np.isin(codes, [i for i, level in enumerate(levels) if level in same]).sum())
    merged = pd.Categorical.from_codes(np.append(place, -1)[codes], categories=pd.Index(known, dtype=object))
    return pd.Series(merged), _respelled(expected, same, changed)


def _numbers(
    values: pd.Series, lost: int, expected: Expected, cells: Cells
) -> tuple[pd.Series, int, tuple[Finding, ...]]:
    """Read numbers with leading zeros, and words for yes and no in columns of only 0 and 1."""
    read = {text: number(text) for text in cells.levels}
    if expected.truth:
        read |= {text: truth(text) for text, value in read.items() if value is None}
    found = np.array([np.nan if value is None else value for value in read.values()], dtype=float)
    again = cells.spread(found, np.nan)
    gained = values.isna().to_numpy() & ~np.isnan(again)
    if not gained.any():
        return values, lost, ()
    used = set(cells.codes[gained].tolist())
    same = {text: f"{found[place]:g}" for place, text in enumerate(read) if place in used}
    filled = pd.Series(np.where(gained, again, values.to_numpy()))
    return filled, max(0, lost - int(gained.sum())), _respelled(expected, same, int(gained.sum()))


def _respelled(expected: Expected, same: Mapping[str, str], rows: int) -> tuple[Finding, ...]:
    pairs = listed(f"{plain(text, 30)!r} -> {plain(level, 30)!r}" for text, level in same.items())
    text = f"Column {plain(expected.name, 60)!r} spells values differently from training"
    text += f" in {plural(rows, 'row')}: {pairs}."
    meant = any(fold(new) != fold(level) and number(new) != number(level) for new, level in same.items())
    severity: Severity = "warning" if meant else "info"  # 1 for yes is likely, 2.0 for 2 is certain
    return (Finding("D161", severity, text, expected.name, {"rows": rows, "levels": len(same)}),)
