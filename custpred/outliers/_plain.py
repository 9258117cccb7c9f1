"""Values of plain columns clipped or flagged, as ``apply`` does it to a frame, at a price that suits one row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from custpred.columns.batch import Act, Sheet
    from custpred.step import State


def columnwise(action: str, state: State) -> Act:
    """Return what a strategy with fences does."""

    def clip(sheet: Sheet) -> None:
        for name, low in state["low"].items():
            values = np.clip(sheet[name].astype(float, copy=False), low, state["high"][name])
            sheet.columns[name] = values.astype(sheet[name].dtype, copy=False)

    def flag(sheet: Sheet) -> None:
        outside = {mark: (sheet[n] < state["low"][n]) | (sheet[n] > state["high"][n]) for mark, n in marks.items()}
        sheet.columns.update({mark: each.astype(float) for mark, each in outside.items()})

    marks = state["flags"]
    return clip if action == "clip" else flag
