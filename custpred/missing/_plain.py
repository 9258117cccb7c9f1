"""Missing values of plain columns filled, as ``apply`` fills those of a frame, at a price that suits one row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custpred.columns.batch import Coded, ColumnBatch, drop_columns

if TYPE_CHECKING:
    from custpred.columns.batch import ColumnOperation
    from custpred.step import State


def _missing(column: object) -> np.ndarray:
    if isinstance(column, Coded):
        return np.asarray(column.codes < 0)
    return np.asarray(pd.isna(column))


def columnwise(state: State) -> ColumnOperation:
    """Fill with one value a column, mark, drop."""
    fills = [state["fill"], *state["own"].values()]
    numbers = {name: value for fill in fills for name, value in fill.get("number", {}).items()}
    levels = {name: level for fill in fills for name, level in fill.get("category", {}).items()}
    dates = {name: day for fill in fills for name, day in fill.get("date", {}).items()}
    texts = [name for fill in fills for name in fill.get("text", ())]
    dropped = [name for fill in fills for name in fill.get("dropped", ())]

    def fill_all(batch: ColumnBatch) -> None:
        from custpred.missing._values import fill_values

        marks = {mark: _missing(batch[name]).astype(float) for mark, name in state["indicators"].items()}
        for name, value in numbers.items():
            missing = np.isnan(batch[name])
            if missing.any():
                batch.columns[name] = np.where(missing, batch[name].dtype.type(value), batch[name])
        batch.columns.update({name: _levelled(batch[name], level) for name, level in levels.items()})
        if dates or texts:
            batch.columns.update(fill_values(batch, {"date": dates, "text": texts}))
        drop_columns(dropped)(batch)
        batch.columns.update(marks)

    return fill_all


def _levelled(column: Coded, level: str) -> Coded:
    """Fill missing values with a level, which is added if the rows do not have it."""
    levels = list(map(str, column.levels))
    levels += [] if level in levels else [level]
    return Coded(np.where(column.codes < 0, levels.index(level), column.codes), levels)
