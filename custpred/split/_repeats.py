"""Find exact repeats of rows, so that no fold is validated on rows it was trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from custpred.profile._hash import row_hashes

if TYPE_CHECKING:
    from custpred.table import Table


def repeats(table: Table, folds: int) -> np.ndarray:
    """Return a unit number for each row, shape (n_rows,): rows with the same features share one.

    If most rows repeat others, the table describes a few profiles, and every row is a unit.  So is
    every row of a profile that is too common to be spread evenly over the folds.
    """
    rows = len(table)
    names = [column.name for column in table.columns if column.usable and column.name != table.key]
    hashes = row_hashes(table.frame, names)
    ordered = np.sort(hashes)
    distinct = int((ordered[1:] != ordered[:-1]).sum()) + 1
    if not names or distinct == rows or distinct < 0.5 * rows:
        return np.arange(rows)
    _, unit, size = np.unique(hashes, return_inverse=True, return_counts=True)
    common = size[unit] > max(2, rows // (8 * folds))
    unit[common] = len(size) + np.arange(int(common.sum()))
    return compact(unit)


def compact(unit: np.ndarray) -> np.ndarray:
    """Renumber the units 0, 1, ... consecutively."""
    seen = np.zeros(int(unit.max(initial=-1)) + 1, dtype=bool)
    seen[unit] = True
    number: np.ndarray = (np.cumsum(seen) - 1)[unit]
    return number
