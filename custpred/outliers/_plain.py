"""Values of plain columns clipped or flagged, as ``apply`` does it to a frame, at a price that suits one row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from custpred.columns.batch import ColumnBatch, ColumnOperation
    from custpred.step import State


def columnwise(action: str, state: State) -> ColumnOperation:
    """Return what a strategy with fences does."""

    def clip(batch: ColumnBatch) -> None:
        for name, low in state["low"].items():
            values = np.clip(batch[name].astype(float, copy=False), low, state["high"][name])
            batch.columns[name] = values.astype(batch[name].dtype, copy=False)

    def flag(batch: ColumnBatch) -> None:
        outside = {mark: (batch[n] < state["low"][n]) | (batch[n] > state["high"][n]) for mark, n in marks.items()}
        batch.columns.update({mark: each.astype(float) for mark, each in outside.items()})

    marks = state["flags"]
    return clip if action == "clip" else flag
