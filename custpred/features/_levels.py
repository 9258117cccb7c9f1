"""Integer codes for linear models: a 0/1 column for each level, and the number itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from custpred.columns.batch import ColumnBatch
from custpred.features._float_matrix import kinds
from custpred.features._names import made_from
from custpred.features.base import Feature

if TYPE_CHECKING:
    import pandas as pd

    from custpred.columns.batch import ColumnOperation
    from custpred.sql.rows import SqlRows
    from custpred.step import State
    from custpred.task import Task

MIN_CODES, MAX_CODES = 3, 12
"""Minimum and maximum distinct values of a column of codes; two already are a 0/1 column."""
_MAX_COLUMNS = 50
"""Maximum of columns of codes: a wide table of counts is not expanded."""
_MIN_ROWS = 10
"""Levels with fewer rows get no column, and are not stored."""
_FIRST, _SOME = 20, 10_000


class Levels(Feature):
    """Adds a 0/1 column for each level of integer columns with 3 to 12 levels; the numbers stay.

    With the number alone, a linear model would treat level 3 as 1.5 times level 2.
    """

    def learn(self, X: pd.DataFrame, y: np.ndarray | None, task: Task | None, seed: int) -> State:
        """Find the columns of codes and the levels that get a column."""
        columns = ColumnBatch.of(X)
        read = ((name, _levels(np.asarray(columns[name], dtype=float))) for name in kinds(X)[0])
        found = {name: levels for name, levels in read if levels is not None}
        if len(found) > _MAX_COLUMNS:
            found = {}
        wanted = [(f"{name}={level:g}", [name]) for name, levels in found.items() for level in levels]
        return {"levels": found, "made": made_from(wanted, X.columns)}

    def sql(self, state: State, rows: SqlRows) -> None:
        """Add the columns; unseen levels and missing values are 0 in all of them."""
        names = iter(state["made"])
        for name, levels in state["levels"].items():
            for level in levels:
                rows.number(next(names), rows.flag(f"{rows[name].sql} = {rows.dialect.literal(level)}"), single=True)

    def columnwise(self, state: State) -> ColumnOperation:
        """Add the columns, float32; unseen levels and missing values are 0 in all of them."""
        learned = [(name, np.asarray(levels, dtype=float)[:, None]) for name, levels in state["levels"].items()]

        def spread(batch: ColumnBatch) -> None:
            if state["made"]:
                made = np.concatenate([batch[name].astype(float, copy=False) == levels for name, levels in learned])
                batch.columns.update(zip(state["made"], made.astype(np.float32), strict=True))

        return spread


def _levels(values: np.ndarray) -> np.ndarray | None:
    """Return the frequent levels of a column of codes; None for any other column."""
    if not _whole(_known(values[:_FIRST])):  # rejects most amounts early
        return None
    if len(np.unique(_known(values[:_SOME]))) > MAX_CODES:
        return None
    levels, rows = np.unique(_known(values), return_counts=True)
    if not MIN_CODES <= len(levels) <= MAX_CODES or not _whole(levels):
        return None
    return levels[rows >= _MIN_ROWS]


def _whole(values: np.ndarray) -> bool:
    return bool(np.isfinite(values).all() and (values == np.floor(values)).all())


def _known(values: np.ndarray) -> np.ndarray:
    return np.asarray(values[~np.isnan(values)])
