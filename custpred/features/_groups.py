"""Groups of customers: the levels of one column, or combinations of levels of two columns."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from custpred.columns.batch import ColumnBatch, taken
from custpred.columns.dtypes import categories
from custpred.columns.sampling import sampled
from custpred.features._frames import UNSEEN, common, finder, places
from custpred.features._means import cross_fitted_r2, noise
from custpred.sql.rows import Cell

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from custpred.sql.rows import SqlRows
    from custpred.storage.plain import State

ROWS, COLUMNS = 20_000, 20
"""Maximum numbers of rows and of columns (the strongest) for the search for pairs."""


def single(X: pd.DataFrame, name: str, least: int) -> State:
    """Return the groups of one column: its levels with at least ``least`` rows."""
    return {"inputs": [name], "levels": [common(X[name], least)]}


def _double(X: pd.DataFrame, pair: tuple[str, str], least: int) -> State:
    """Return the groups of two columns; ``cells`` lists the combinations of levels that occur."""
    levels = [common(X[name], least) for name in pair]
    group = {"inputs": list(pair), "levels": levels}
    cell = _cells([finder(own)(taken(X[name])) for name, own in zip(pair, levels, strict=True)], group)
    return group | {"cells": np.unique(cell[cell >= 0])}


def _cells(found: list[np.ndarray], group: State) -> np.ndarray:
    first, second = found
    return np.where((first < 0) | (second < 0), UNSEEN, first * len(group["levels"][1]) + second)


def locator(group: State) -> Callable[[ColumnBatch], np.ndarray]:
    """Return a function from a batch to the group of each row, negative if it has none."""
    finders = [finder(levels) for levels in group["levels"]]

    def locate(batch: ColumnBatch) -> np.ndarray:
        found = [find(batch[name]) for name, find in zip(group["inputs"], finders, strict=True)]
        return places(_cells(found, group), group["cells"]) if "cells" in group else found[0]

    return locate


def mean_sql(rows: SqlRows, group: State) -> list[str]:
    """Return each goal's mean in a row's group as 32-bit SQL; the last mean is for other rows."""
    means = group["means"].astype(np.float32).T.tolist()
    if "cells" in group:
        levels = group["levels"]
        found = [
            rows.picked(rows[name], {level: str(place) for place, level in enumerate(own)}, "NULL", "NULL")
            for name, own in zip(group["inputs"], levels, strict=True)
        ]
        first, second = map(rows.statement.name, found)
        cell = Cell("number", rows.statement.name(f"({first}) * {len(levels[1])} + ({second})"))
        known = [float(each) for each in group["cells"]]
    else:
        cell, known = rows[group["inputs"][0]], group["levels"][0]
    literals = [list(map(rows.dialect.literal, goal)) for goal in means]
    return [rows.picked(cell, dict(zip(known, own, strict=False)), own[-1], own[-1]) for own in literals]


def placed(X: pd.DataFrame, group: State) -> tuple[np.ndarray, int]:
    """Return the group of each row, negative if it has none, and the number of groups."""
    levels = group["cells"] if "cells" in group else group["levels"][0]
    return locator(group)(ColumnBatch.of(X[group["inputs"]])), len(levels)


def _joined(first: tuple[np.ndarray, int], second: tuple[np.ndarray, int]) -> tuple[np.ndarray, int]:
    """Return the combination of two groups for each row, negative if none, and their number."""
    (one, _), (other, width) = first, second
    cell = np.where((one < 0) | (other < 0), -1, one * width + other)
    found, place = np.unique(cell, return_inverse=True)
    without = int(found[0] < 0) if len(found) else 0
    return place - without, len(found) - without


def pairs(X: pd.DataFrame, aims: np.ndarray, most: int, least: int, seed: int) -> list[State]:
    """Return the pairs of category columns that predict better than either, best first."""
    rows = sampled(len(X), ROWS, seed)
    part, aims = X.iloc[rows], aims[:, rows]
    r2 = cross_fitted_r2(aims, seed)
    groups = {name: placed(part, single(part, name, least)) for name in categories(part)}
    alone = {name: r2(*group) for name, group in groups.items()}
    strongest = sorted(alone, key=lambda name: -alone[name])[:COLUMNS]
    best = [name for name in alone if name in strongest]
    more = {}
    tries = len(best) * (len(best) - 1) // 2
    for first, second in combinations(best, 2):
        cells = _joined(groups[first], groups[second])
        beyond = max(alone[first], alone[second], 0.0) + noise(*cells, tries)
        more[first, second] = r2(*cells) - beyond
    chosen = sorted((pair for pair in more if more[pair] > 0), key=lambda pair: -more[pair])[:most]
    return [_double(X, pair, least) for pair in chosen]
