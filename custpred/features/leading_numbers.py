"""The numbers that levels of categories begin with."""

from __future__ import annotations  # light: imports inside functions are deliberate

import math
import re
from typing import TYPE_CHECKING

from pydantic import Field

from custpred.features._names import Columns, chosen, idle, many_levels, unique
from custpred.features.base import Feature
from custpred.task import Suited
from custpred.text import listed

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from custpred.columns.batch import ColumnBatch, ColumnOperation
    from custpred.sql.rows import SqlRows
    from custpred.step import State
    from custpred.task import Setting, Task

SIGNS = " <>~$€£₩¥+"
START = f"^[{SIGNS}]*[0-9][0-9,]*[.]?[0-9]*"
"""The beginning of a level up to the end of its number; commas separate thousands."""
NUMBER = "[0-9].*"
SHARE, LEAST = 0.8, 3
"""Share of levels with a number, and different numbers, from which ``auto`` adds them."""


class LeadingNumbers(Feature):
    """Adds the number that the levels of a category begin with, such as 2100 of ``2100 - 2850``.

    So columns of numbers with a few other values, with units or with ranges keep their order:
    ``10+ years``, ``1.5 hours``, ``$40,000 or more``.  Levels that begin with a word are missing.

    >>> import pandas as pd
    >>> X = pd.DataFrame({"area": pd.Categorical(["1,056", "2100 - 2850", "34.4 sqm", "unknown"])})
    >>> spec = LeadingNumbers(of="area")
    >>> spec.apply(X, spec.learn(X, None, None, 0))["area: number"].tolist()
    [1056.0, 2100.0, 34.400001525878906, nan]
    """

    of: Columns = Field((), description="Category columns; default: those with many levels that begin with numbers.")

    @classmethod
    def suits(cls, setting: Setting) -> Suited | None:
        """Return the reason if there are categories whose levels begin with numbers."""
        names = [name for name in many_levels(setting) if _numeric(setting.table.frame[name])]
        return Suited(f"numbers at the beginning of {listed(names)}", 22, (cls(of=names),)) if names else None

    def learn(self, X: pd.DataFrame, y: np.ndarray | None, task: Task | None, seed: int) -> State:
        """Choose the columns."""
        from custpred.columns.dtypes import categories

        fitting = chosen(self.of, categories(X), list(X.columns), "categories")
        names = [name for name in fitting if self.of or _numeric(X[name])]
        if not names:
            return idle("No category has levels that begin with numbers.")
        made = unique([f"{name}: number" for name in names], X.columns)
        return {"made": {new: [name] for new, name in zip(made, names, strict=True)}}

    def sql(self, state: State, rows: SqlRows) -> None:
        """Add the numbers."""
        write = rows.dialect
        for new, (name,) in state.get("made", {}).items():
            start = rows.statement.name(write.matched(rows.texts(rows[name]), START))
            digits = f"REPLACE({write.matched(start, NUMBER)}, ',', '')"
            rows.number(new, write.rounded(write.of("number", f"NULLIF({digits}, '')")), single=True)

    def columnwise(self, state: State) -> ColumnOperation:
        """Add the numbers, float32."""
        import numpy as np

        from custpred.features._frames import of_levels

        made = state.get("made", {})

        def read(batch: ColumnBatch) -> None:
            found = [of_levels(batch[name], leading_number, math.nan, np.float32) for (name,) in made.values()]
            batch.columns.update(zip(made, found, strict=True))

        return read


def leading_number(level: str) -> float:
    """Return the number that a level begins with; NaN if it begins otherwise.

    >>> leading_number("< 10 years"), leading_number("₩1,200,000"), leading_number("2nd")
    (10.0, 1200000.0, 2.0)
    """
    start = re.match(START, level)
    return float(start[0].lstrip(SIGNS).replace(",", "")) if start else math.nan


def _numeric(column: pd.Series) -> bool:
    """Return whether most levels begin with a number, several different ones."""
    from custpred.features._frames import counted

    levels, *_ = counted(column)
    numbers = [number for number in map(leading_number, levels) if not math.isnan(number)]
    return len(numbers) >= SHARE * len(levels) and len(set(numbers)) >= LEAST
