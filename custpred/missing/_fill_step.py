"""Learn, fill, flag and report missing values: the same for every strategy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.columns.batch import drop_columns
from custpred.columns.indicators import with_suffix
from custpred.errors import DataError
from custpred.missing._values import is_missing
from custpred.table import Finding
from custpred.text import listed, plain, plural

if TYPE_CHECKING:
    import pandas as pd

    from custpred.columns.batch import ColumnBatch, ColumnOperation
    from custpred.missing.base import Missing
    from custpred.sql.rows import SqlRows
    from custpred.step import State
    from custpred.table import Severity

SUFFIX = " is missing"


def learn(spec: Missing, X: pd.DataFrame, seed: int) -> State:
    """Learn the strategy for its columns, and the strategies of columns with their own."""
    if len(spec.parts()) > 1:
        raise ValueError("This strategy removes rows and changes columns: fit each of its parts() separately.")
    own: State = spec.own()
    rest = chosen(spec, X)
    missing = {name: int(count) for name in (*rest, *own) if (count := X[name].isna().sum())}
    marked = [name for name in missing if own.get(name, spec).indicator]
    return {
        "rows": len(X),
        "gaps": missing,
        "indicators": with_suffix(marked, SUFFIX, X.columns),
        "fill": spec.fills(X, rest, seed),
        "own": {name: each.fills(X, [name], seed) for name, each in own.items()},
    }


def chosen(spec: Missing, X: pd.DataFrame) -> list[str]:
    """Return the columns to which the strategy itself applies.

    Raises
    ------
    DataError
        If a column named in the recipe does not exist.
    """
    own = spec.own()
    DataError.require_columns((*(spec.of or ()), *own), X.columns)
    return [name for name in (X.columns if spec.of is None else spec.of) if name not in own]


def operation(spec: Missing, state: State) -> ColumnOperation:
    """Return the operation that fills missing values, drops columns and adds indicators."""
    own: State = spec.own()
    dropped = [name for fill in (state["fill"], *state["own"].values()) for name in fill.get("dropped", ())]

    def fill_all(batch: ColumnBatch) -> None:
        marks = {mark: is_missing(batch[name]).astype(float) for mark, name in state["indicators"].items()}
        changed = spec.filled(batch, state["fill"])
        for name, fill in state["own"].items():
            changed |= own[name].filled(batch, fill)
        batch.columns.update(changed)
        drop_columns(dropped)(batch)
        batch.columns.update(marks)

    return fill_all


def in_sql(spec: Missing, state: State, rows: SqlRows) -> None:
    """Apply the steps of ``operation`` to rows in SQL."""
    own: State = spec.own()
    marks = {mark: rows.flag(f"{rows[name].sql} IS NULL") for mark, name in state["indicators"].items()}
    for fill, each in [(state["fill"], spec), *((fill, own[name]) for name, fill in state["own"].items())]:
        each.filled_sql(rows, fill)
        rows.drop(fill.get("dropped", ()))
    for mark, flag in marks.items():
        rows.number(mark, flag, single=True)


def filled(spec: Missing, state: State) -> dict[str, tuple[int, str]]:
    """Return the number of missing values of each column, the most first, and their replacement."""
    own, gaps = spec.own(), state["gaps"]
    names = sorted(gaps, key=gaps.__getitem__, reverse=True)
    return {
        name: (gaps[name], own.get(name, spec).becomes(name, state["own"].get(name, state["fill"]))) for name in names
    }


def notes(spec: Missing, state: State) -> list[Finding]:
    """Return a finding on the columns with missing values and replacements; empty without any."""
    missing = state["gaps"]
    if not missing:
        return []
    text = f"{plural(sum(missing.values()), 'missing value')} in {plural(len(missing), 'column')}: "
    became = filled(spec, state).items()
    text += listed((f"{plain(name, 40)} {count:,} ({word})" for name, (count, word) in became), 8)
    fills = (state["fill"], *state["own"].values())
    empty = [name for fill in fills for name in fill.get("empty", ())]
    declined = [reason for fill in fills if (reason := fill.get("declined"))]
    text += f". Columns without any value in training (numbers become 0): {listed(empty)}" if empty else ""
    text += "".join(f". {reason}" for reason in declined)
    numbers: dict[str, float | int | str] = {
        "gaps": sum(missing.values()),
        "columns": len(missing),
        "rows": state["rows"],
    }
    severity: Severity = "warning" if empty or declined else "info"
    return [Finding("S101", severity, f"{text}.", next(iter(missing)) if len(missing) == 1 else None, numbers)]
