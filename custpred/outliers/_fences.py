"""Fences of columns: learn, clip, flag, keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from custpred.columns.batch import ColumnBatch, unchanged
from custpred.columns.dtypes import finite_values
from custpred.columns.fitted_step import refusal
from custpred.columns.indicators import with_suffix
from custpred.outliers._columns import eligible

if TYPE_CHECKING:
    import pandas as pd

    from custpred.columns.batch import ColumnOperation
    from custpred.outliers._fenced import Fenced
    from custpred.sql.rows import SqlRows
    from custpred.step import State
    from custpred.task import Task

SUFFIX = " is outlying"


def learn(spec: Fenced, X: pd.DataFrame) -> State:
    """Return fences by column, counts of values beyond, and the skipped columns with the reason."""
    names, declined = eligible(X, spec.of)
    low, high, beyond = {}, {}, {}
    for name in names:
        values = finite_values(X[name])
        fences = spec.fences(values) if len(values) else "it has no values"
        if isinstance(fences, str):
            declined[name] = fences
            continue
        low[name], high[name] = fences
        if count := int(((values < fences[0]) | (values > fences[1])).sum()):
            beyond[name] = count
    flags = with_suffix(list(beyond), SUFFIX, X.columns) if spec.action == "flag" else {}
    return {"rows": len(X), "low": low, "high": high, "beyond": beyond, "declined": declined, "flags": flags}


def check_removal(kept: np.ndarray, y: np.ndarray | None, task: Task | None, state: State) -> State:
    """Return the state with the number of rows removed; 0 if no row of a class would remain."""
    refused = refusal(kept, y, task)
    return {**state, "removed": 0 if refused else int((~kept).sum()), "refused": refused}


def _outside(batch: ColumnBatch, state: State, name: str) -> np.ndarray:
    """Return the mask of values beyond the column's fences; missing values never are."""
    values = batch[name].astype(float, copy=False)
    outside: np.ndarray = (values < state["low"][name]) | (values > state["high"][name])
    return outside


def leave(state: State) -> ColumnOperation:
    """Leave new rows unchanged: rows are removed from training only."""
    return unchanged


def clip(state: State) -> ColumnOperation:
    """Move values beyond a fence to it; float widths are kept."""

    def move(batch: ColumnBatch) -> None:
        for name, low in state["low"].items():
            column = batch[name]
            values = np.clip(column.astype(float, copy=False), low, state["high"][name])
            batch.columns[name] = values.astype(column.dtype, copy=False) if column.dtype.kind == "f" else values

    return move


def flag(state: State) -> ColumnOperation:
    """Add a 0/1 column for each column that had outlying values in training."""

    def mark(batch: ColumnBatch) -> None:
        flags = {flag: _outside(batch, state, name).astype(float) for flag, name in state["flags"].items()}
        batch.columns.update(flags)

    return mark


def in_sql(action: str, state: State, rows: SqlRows) -> None:
    """Write ``clip``, ``flag`` or ``leave`` as SQL."""
    write = rows.dialect.literal
    ends = {name: (rows[name].sql, write(low), write(state["high"][name])) for name, low in state["low"].items()}
    for name, (x, low, high) in ends.items() if action == "clip" else ():
        rows.number(name, f"CASE WHEN {x} < {low} THEN {low} WHEN {x} > {high} THEN {high} ELSE {x} END")
    for flag, name in state["flags"].items() if action == "flag" else ():
        x, low, high = ends[name]
        rows.number(flag, rows.flag(f"{x} < {low} OR {x} > {high}"), single=True)


def inside(X: pd.DataFrame, state: State) -> np.ndarray:
    """Return the mask of rows without any value beyond a fence; all where removal was refused."""
    kept = np.ones(len(X), dtype=bool)
    if not state.get("refused"):
        batch = ColumnBatch.of(X[list(state["beyond"])])
        for name in state["beyond"]:
            kept &= ~_outside(batch, state, name)
    return kept
