"""Learn, fill, flag and report missing values: the same for every strategy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from custpred.errors import DataError
from custpred.table import Finding
from custpred.text import listed, plain, plural

if TYPE_CHECKING:
    from collections.abc import Iterable

    from custpred.missing.base import Missing
    from custpred.step import State
    from custpred.table import Severity

SUFFIX = " is missing"


def learn(spec: Missing, X: pd.DataFrame, seed: int) -> State:
    """Learn the strategy for its columns, and the columns' own strategies."""
    if len(spec.parts()) > 1:
        raise ValueError("This strategy removes rows and changes columns: build each of its parts().")
    own: State = spec.own()
    rest = chosen(spec, X)
    missing = {name: int(count) for name in (*rest, *own) if (count := X[name].isna().sum())}
    marked = [name for name in missing if own.get(name, spec).indicator]
    return {
        "rows": len(X),
        "gaps": missing,
        "indicators": dict(zip(_marks(marked, X.columns), marked, strict=True)),
        "fill": spec.fills(X, rest, seed),
        "own": {name: each.fills(X, [name], seed) for name, each in own.items()},
    }


def chosen(spec: Missing, X: pd.DataFrame) -> list[str]:
    """Return the columns that the strategy itself treats.

    Raises
    ------
    DataError
        If a column that the recipe names is not there.
    """
    own = spec.own()
    unknown = [name for name in (*(spec.of or ()), *own) if name not in X.columns]
    if unknown:
        raise DataError.missing_columns(unknown, list(X.columns))
    return [name for name in (X.columns if spec.of is None else spec.of) if name not in own]


def apply(spec: Missing, X: pd.DataFrame, state: State) -> pd.DataFrame:
    """Fill missing values, drop columns and add indicators."""
    changed = spec.filled(X, state["fill"])
    own: State = spec.own()
    for name, fill in state["own"].items():
        changed |= own[name].filled(X, fill)
    out = X.copy(deep=False)
    for name, column in changed.items():
        out[name] = column
    dropped = [name for fill in (state["fill"], *state["own"].values()) for name in fill.get("dropped", ())]
    out = out.drop(columns=dropped) if dropped else out
    return _marked(X, out, state["indicators"])


def _marked(X: pd.DataFrame, out: pd.DataFrame, indicators: dict[str, str]) -> pd.DataFrame:
    if not indicators:
        return out
    marks = {mark: X[name].isna().to_numpy(dtype=float) for mark, name in indicators.items()}
    return pd.concat([out, pd.DataFrame(marks, index=X.index)], axis=1)


def _marks(names: list[str], taken: Iterable[str]) -> list[str]:
    """Return a new column's name for each, never one that is taken."""
    used, marks = set(taken), []
    for name in names:
        mark = f"{name}{SUFFIX}"
        while mark in used:
            mark += " (new)"
        used.add(mark)
        marks.append(mark)
    return marks


def notes(spec: Missing, state: State) -> list[Finding]:
    """Return one finding: which columns had missing values, how many, and their replacement; none without any."""
    missing, own = state["gaps"], spec.own()
    if not missing:
        return []
    text = f"{plural(sum(missing.values()), 'missing value')} in {plural(len(missing), 'column')}: "
    text += listed(
        (_became(spec, own, state, name) for name in sorted(missing, key=missing.__getitem__, reverse=True)), 8
    )
    fills = (state["fill"], *state["own"].values())
    empty = [name for fill in fills for name in fill.get("empty", ())]
    declined = [reason for fill in fills if (reason := fill.get("declined"))]
    text += f". Without any value in training, so that numbers become 0: {listed(empty)}" if empty else ""
    text += "".join(f". {reason}" for reason in declined)
    numbers: dict[str, float | int | str] = {
        "gaps": sum(missing.values()),
        "columns": len(missing),
        "rows": state["rows"],
    }
    severity: Severity = "warning" if empty or declined else "info"
    return [Finding("S101", severity, f"{text}.", next(iter(missing)) if len(missing) == 1 else None, numbers)]


def _became(spec: Missing, own: State, state: State, name: str) -> str:
    fill = state["own"].get(name, state["fill"])
    return f"{plain(name, 40)} {state['gaps'][name]:,} ({own.get(name, spec).becomes(name, fill)})"
