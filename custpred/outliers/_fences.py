"""Fences of columns: learn, clip, flag, keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custpred.outliers._columns import eligible, finite

if TYPE_CHECKING:
    from collections.abc import Iterable

    from custpred.outliers._fenced import Fenced
    from custpred.step import State
    from custpred.task import Task

SUFFIX = " is outlying"


def learn(spec: Fenced, X: pd.DataFrame) -> State:
    """Return fences by column, counts of values beyond, and the skipped columns with the reason."""
    names, declined = eligible(X, spec.of)
    low, high, beyond = {}, {}, {}
    for name in names:
        values = finite(X[name])
        fences = spec.fences(values) if len(values) else "it has no values"
        if isinstance(fences, str):
            declined[name] = fences
            continue
        low[name], high[name] = fences
        if count := int(((values < fences[0]) | (values > fences[1])).sum()):
            beyond[name] = count
    flags = flag_names(list(beyond), X.columns) if spec.action == "flag" else {}
    return {"rows": len(X), "low": low, "high": high, "beyond": beyond, "declined": declined, "flags": flags}


def flag_names(names: list[str], taken: Iterable[str]) -> dict[str, str]:
    """Return the new column's name for each column, never one that is taken."""
    used, flags = set(taken), {}
    for name in names:
        flag = f"{name}{SUFFIX}"
        while flag in used:
            flag += " (new)"
        used.add(flag)
        flags[flag] = name
    return flags


def check_removal(kept: np.ndarray, y: np.ndarray | None, task: Task | None, state: State) -> State:
    """Return the state with the number of rows removed; none where no row, or none of a class, would be left."""
    removal = {"removed": int((~kept).sum()), "refused": ""}
    if len(kept) and not kept.any():
        removal = {"removed": 0, "refused": "no row would be left"}
    elif y is not None and task is not None and task.kind != "regression" and len({*y} - {*y[kept]}):
        removal = {"removed": 0, "refused": "a class would lose all its rows"}
    return {**state, **removal}


def _outside(X: pd.DataFrame, state: State, name: str) -> np.ndarray:
    """Return the mask of values beyond the column's fences; missing values never are."""
    values = X[name].to_numpy(dtype=float, na_value=np.nan)
    outside: np.ndarray = (values < state["low"][name]) | (values > state["high"][name])
    return outside


def leave(X: pd.DataFrame, state: State) -> pd.DataFrame:
    """Return new rows unchanged: rows are removed from training only."""
    return X


def clip(X: pd.DataFrame, state: State) -> pd.DataFrame:
    """Return the frame with values beyond a fence moved to it; float widths are kept."""
    out = X.copy(deep=False)
    for name, low in state["low"].items():
        column = X[name]
        values = np.clip(column.to_numpy(dtype=float, na_value=np.nan), low, state["high"][name])
        kept = column.dtype if isinstance(column.dtype, np.dtype) and column.dtype.kind == "f" else np.dtype(float)
        out[name] = pd.Series(values.astype(kept, copy=False), index=X.index)
    return out


def flag(X: pd.DataFrame, state: State) -> pd.DataFrame:
    """Return the frame with a 0/1 column for each column that had outlying values in training."""
    if not state["flags"]:
        return X
    flags = {flag: _outside(X, state, name).astype(float) for flag, name in state["flags"].items()}
    return pd.concat([X, pd.DataFrame(flags, index=X.index)], axis=1)


def inside(X: pd.DataFrame, state: State) -> np.ndarray:
    """Return the mask of rows without any value beyond a fence; all where removal was refused."""
    kept = np.ones(len(X), dtype=bool)
    if not state.get("refused"):
        for name in state["beyond"]:
            kept &= ~_outside(X, state, name)
    return kept
