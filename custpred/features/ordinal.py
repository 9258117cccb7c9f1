"""Levels as codes, in the order of the column's levels."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING

from pydantic import Field

from custpred.features._names import Columns, chosen, idle, note
from custpred.features.base import Feature
from custpred.text import plural

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from custpred.columns.batch import ColumnBatch, ColumnOperation
    from custpred.sql.rows import SqlRows
    from custpred.step import State
    from custpred.task import Task


class Ordinal(Feature):
    """Replaces each category column by codes 0, 1, ..., which boosters use directly.

    Levels keep their order, so that folds with the same levels have the same codes and are scored
    together.  Rare and unseen levels share the last code; without it, unseen levels become missing
    values.  Missing values stay missing.

    >>> import pandas as pd
    >>> X = pd.DataFrame({"plan": pd.Categorical(["basic"] * 30 + ["plus"] * 20)})
    >>> Ordinal().apply(X, Ordinal().learn(X, None, None, 0))["plan"].iloc[[0, -1]].tolist()
    [0, 1]
    """

    of: Columns = Field((), description="Category columns; default: all.")
    max_levels: int = Field(1000, ge=2, description="Maximum number of codes; the rarest levels share the last.")
    min_rows: int = Field(10, ge=1, description="Levels with fewer rows share the last code and are not stored.")

    def learn(self, X: pd.DataFrame, y: np.ndarray | None, task: Task | None, seed: int) -> State:
        """Choose the levels with a code of their own, by frequency."""
        import numpy as np

        from custpred.columns.dtypes import categories
        from custpred.features._frames import counted

        learned, rare, notes = {}, {}, []
        for name in chosen(self.of, categories(X), list(X.columns), "categories"):
            levels, rows, _ = counted(X[name])
            order = np.argsort(-rows, kind="stable")
            own = order[rows[order] >= self.min_rows][: self.max_levels]
            rare[name] = len(own) < len(levels)
            learned[name] = [levels[place] for place in np.sort(own[: self.max_levels - rare[name]])]
            if rare[name]:
                joint = plural(len(levels) - len(learned[name]), "rare level")
                notes.append(note(f"{joint} joined to one code.", name, "F103"))
        if not learned:
            return idle("The table has no category column.")
        return {"levels": learned, "rare": rare, "notes": notes}

    def sql(self, state: State, rows: SqlRows) -> None:
        """Replace levels by codes."""
        from custpred.sql.rows import Cell

        for name, levels in state.get("levels", {}).items():
            cell, shared = rows.columns.pop(name), state["rare"][name]
            codes = {level: str(code) for code, level in enumerate(levels)}
            sql = rows.picked(cell, codes, str(len(levels)) if shared else "NULL", "NULL")
            rows.put(name, Cell("code", sql, tuple(map(str, range(len(levels) + shared)))))

    def columnwise(self, state: State) -> ColumnOperation:
        """Replace levels by codes; the columns go to the end."""
        import numpy as np

        from custpred.columns.batch import Coded
        from custpred.features._frames import MISSING, UNSEEN, finder

        levels, rare = state.get("levels", {}), state.get("rare", {})
        learned = [(name, finder(own), len(own), rare[name]) for name, own in levels.items()]

        def code(batch: ColumnBatch) -> None:
            for name, find, count, shared in learned:
                slot = find(batch.columns.pop(name))
                codes = np.where(slot == UNSEEN, count if shared else MISSING, slot)
                batch.columns[name] = Coded(codes, range(count + shared))

        return code

    def examples(self, state: State) -> dict[str, list[str]]:
        """Return the known levels."""
        return {name: list(map(str, levels)) for name, levels in state.get("levels", {}).items()}
