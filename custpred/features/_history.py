"""The only preparation of models that read purchase histories: it keeps the raw columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from custpred.columns.dtypes import categories
from custpred.columns.history import LAST_ITEM, histories
from custpred.features._frames import finder
from custpred.features.base import Feature

if TYPE_CHECKING:
    import pandas as pd

    from custpred.columns.batch import ColumnBatch, ColumnOperation
    from custpred.step import State
    from custpred.task import Task


class History(Feature):
    """Keeps the columns of purchase histories unchanged, for models with parameters in days.

    Missing values mean no history.  The last item, a category, becomes its label code.
    """

    def learn(self, X: pd.DataFrame, y: np.ndarray | None, task: Task | None, seed: int) -> State:
        """Find the columns; without any the model raises an error."""
        parts = histories(X.columns).values()
        kept = sorted(name for found in parts for name in found.values())
        items = [name for found in parts for part, name in found.items() if part == LAST_ITEM]
        coded = [name for name in items if name in categories(X)]
        return {"kept": kept, "coded": coded, "labels": list(task.labels) if task else []}

    def columnwise(self, state: State) -> ColumnOperation:
        """Keep only these columns, as floats, with NaN for items that are not a label."""
        find = finder(state["labels"])

        def keep(batch: ColumnBatch) -> None:
            made = {}
            for name in state["kept"]:
                place = find(batch[name]) if name in state["coded"] else batch[name]
                made[name] = np.where(place >= 0, place, np.nan) if name in state["coded"] else place.astype(float)
            batch.columns.clear()
            batch.columns.update(made)

        return keep
