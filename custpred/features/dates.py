"""Numbers from dates."""

from __future__ import annotations  # light: imports inside functions are deliberate

from itertools import combinations
from typing import TYPE_CHECKING, ClassVar, Literal, get_args

from pydantic import Field

from custpred.features._names import Columns, chosen, idle, note, unique
from custpred.features.base import Feature
from custpred.task import Suited
from custpred.text import listed

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from custpred.columns.batch import ColumnBatch, ColumnOperation
    from custpred.sql.rows import SqlRows
    from custpred.step import State
    from custpred.table import Kind
    from custpred.task import Setting, Task

Part = Literal[
    "year",
    "quarter",
    "month",
    "day",
    "weekday",
    "day of year",
    "weekend",
    "hour",
    "age in days",
    "month sine",
    "month cosine",
]
USUAL: tuple[Part, ...] = tuple(part for part in get_args(Part) if part not in {"month sine", "month cosine"})

MOST = 10  # 45 differences; more date columns would make too many


class Dates(Feature):
    """Replaces dates by their parts, their age, and the days between each pair of dates.

    Ages are relative to the latest training date of the column, not to today, so that the same
    customer gets the same number tomorrow.  Weekdays count from 0, Monday; hours are those of dates
    with a time of day.

    >>> import pandas as pd
    >>> X = pd.DataFrame({"joined": pd.to_datetime(["2024-02-29", "2024-07-01"])})
    >>> spec = Dates(parts=["month", "weekday"])
    >>> spec.apply(X, spec.learn(X, None, None, 0)).to_numpy().tolist()
    [[2.0, 3.0], [7.0, 0.0]]
    """

    reads: ClassVar[frozenset[Kind]] = frozenset({"date"})

    of: Columns = Field((), description="Date columns; default: all.")
    parts: tuple[Part, ...] = Field(USUAL, description="Parts to compute; those constant in training are left out.")
    differences: bool = Field(True, description="Add the days between each pair of date columns.")
    keep_original: bool = Field(False, description="Keep the date itself, although models cannot use it.")

    @classmethod
    def suits(cls, setting: Setting) -> Suited | None:
        """Return the reason if there are dates; events' dates are handled when gathering."""
        dates = [] if setting.events else setting.table.of_kind("date")
        return Suited(f"calendar parts and ages of {listed(dates)}", 10) if dates else None

    def learn(self, X: pd.DataFrame, y: np.ndarray | None, task: Task | None, seed: int) -> State:
        """Store the latest date of each column, and find the parts that vary."""
        from custpred.columns.dtypes import dates
        from custpred.features import _dates

        names = chosen(self.of, dates(X), list(X.columns), "dates")
        if not names:
            return idle("The table has no date column.")
        latest = {name: _dates.latest(X[name]) for name in names}
        timed = {name for name in names if _dates.timed(X[name])}
        wanted: list[tuple[str, list[str], str]] = [
            (f"{name}: {part}", [name], part)
            for name in names
            for part in self.parts
            if part != "hour" or name in timed
        ]
        if self.differences and len(names) <= MOST:
            wanted += [(f"{b} - {a}: days", [b, a], "days") for a, b in combinations(names, 2)]
        made = unique([name for name, _, _ in wanted], X.columns)
        outputs = [[name, inputs, part] for name, (_, inputs, part) in zip(made, wanted, strict=True)]
        matrix = _dates.matrix(X, outputs, latest)
        varies = _dates.varies(matrix)
        kept = [output for output, moves in zip(outputs, varies, strict=True) if moves]
        gone = [output for output, moves in zip(outputs, varies, strict=True) if not moves]
        notes = [note(f"{output[0]!r} is left out: it has one value in training.", output[1][0]) for output in gone]
        if self.differences and len(names) > MOST:
            notes.append(note(f"No differences: more than {MOST} date columns; name the ones that matter in 'of'."))
        drop = [] if self.keep_original else names
        made_of = {output[0]: output[1] for output in kept}
        return {"outputs": kept, "latest": latest, "drop": drop, "made": made_of, "notes": notes}

    def sql(self, state: State, rows: SqlRows) -> None:
        """Replace the dates by their parts."""
        from custpred.features._dates import part_sql

        made = {name: part_sql(rows, inputs, part, state["latest"]) for name, inputs, part in state.get("outputs", ())}
        rows.drop(state.get("drop", ()))
        for name, sql in made.items():
            rows.number(name, sql, single=True)

    def columnwise(self, state: State) -> ColumnOperation:
        """Replace the dates, float32; a missing date gives missing values."""
        from custpred.columns.batch import drop_columns, unchanged
        from custpred.features._dates import matrix

        if "outputs" not in state:
            return unchanged
        drop = drop_columns(state["drop"])

        def part(batch: ColumnBatch) -> None:
            made = matrix(batch, state["outputs"], state["latest"])
            drop(batch)
            batch.columns.update(zip(state["made"], made, strict=True))

        return part
