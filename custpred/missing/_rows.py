"""Training rows with too many missing values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from custpred.columns.fitted_step import refusal
from custpred.missing._fill_step import SUFFIX, chosen
from custpred.table import Finding
from custpred.text import plural

if TYPE_CHECKING:
    import pandas as pd

    from custpred.missing.drop import Drop
    from custpred.step import State
    from custpred.table import Severity
    from custpred.task import Task


def learn(spec: Drop, X: pd.DataFrame, y: np.ndarray | None, task: Task | None) -> State:
    """Learn which columns count; decline if no row, or no row of a class, would be left."""
    names = [name for name in chosen(spec, X) if spec.of is not None or not name.endswith(SUFFIX)]
    state: State = {"names": names, "rows": len(X), "dropped": 0, "declined": "", "indicators": {}}
    kept = keep(spec, X, state)
    declined = refusal(kept, y, task)
    return state | {"declined": declined, "dropped": 0 if declined else int((~kept).sum())}


def keep(spec: Drop, X: pd.DataFrame, state: State) -> np.ndarray:
    """Return the mask of rows with a share of missing values up to ``rows``, (n_rows,)."""
    names = state["names"]
    if state["declined"] or not names or spec.rows is None:
        return np.ones(len(X), dtype=bool)
    missing = np.zeros(len(X), dtype=np.int64)
    for name in names:
        missing += X[name].isna().to_numpy()
    kept: np.ndarray = missing <= spec.rows * len(names)
    return kept


def notes(state: State) -> list[Finding]:
    """Return a note on the number of training rows dropped, or why none was."""
    numbers: dict[str, float | int | str] = {"dropped": state["dropped"], "rows": state["rows"]}
    if state["declined"]:
        return [
            Finding("S102", "warning", f"No row with missing values was dropped: {state['declined']}.", numbers=numbers)
        ]
    if not state["dropped"]:
        return []
    text = f"{plural(state['dropped'], 'training row')} of {state['rows']:,} dropped: too many missing values."
    severity: Severity = "warning" if state["dropped"] > 0.2 * state["rows"] else "info"
    return [Finding("S102", severity, text, numbers=numbers)]
