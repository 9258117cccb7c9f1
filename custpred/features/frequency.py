"""The frequency of levels."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING

from pydantic import Field

from custpred.features._names import MANY_LEVELS, Columns, chosen, idle, made_from, many_levels
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


class Frequency(Feature):
    """Adds the share of training customers with the same level; a cheap encoding of many levels.

    A missing value is a level.  Rare and unseen levels get the mean share of rare levels, or 0.

    >>> import pandas as pd
    >>> X = pd.DataFrame({"city": pd.Categorical(["Seoul"] * 75 + ["Busan"] * 25)})
    >>> spec = Frequency(min_levels=1)
    >>> spec.apply(X, spec.learn(X, None, None, 0)).iloc[0, -1].item()
    0.75
    """

    of: Columns = Field((), description="Category or code columns; default: all categories with many levels.")
    min_levels: int = Field(10, ge=1, description="By default, columns need more levels than this.")
    min_rows: int = Field(10, ge=1, description="Levels with fewer rows share one value and are not stored.")

    @classmethod
    def suits(cls, setting: Setting) -> Suited | None:
        """Return the reason if there are categories with many levels; also for ``target_mean``."""
        many = many_levels(setting)
        reason = f"counts and cross-fitted target means of {listed(many)}, which have many levels"
        return Suited(reason, 30, (cls(min_levels=MANY_LEVELS),)) if many else None

    def learn(self, X: pd.DataFrame, y: np.ndarray | None, task: Task | None, seed: int) -> State:
        """Count the levels."""
        import numpy as np

        from custpred.columns.dtypes import categories, numbers
        from custpred.features._frames import common, counted

        fitting = categories(X) + (numbers(X) if self.of else [])
        learned, wanted = [], []
        for name in chosen(self.of, fitting, list(X.columns), "categories or codes"):
            levels, rows, missing = counted(X[name])
            if self.of or len(levels) > self.min_levels:
                # The last two entries serve slots -2 (unseen) and -1 (missing value).
                often = rows >= self.min_rows
                rare = float(rows[~often].mean()) if not often.all() else 0.0
                shares = np.array([*rows[often], rare, missing]) / len(X)
                wanted.append((f"{name}: count share", [name]))
                learned.append({"input": name, "levels": common(X[name], self.min_rows), "shares": shares})
        if not learned:
            return idle(f"No category column has more than {self.min_levels} levels.")
        return {"columns": learned, "made": made_from(wanted, X.columns)}

    def sql(self, state: State, rows: SqlRows) -> None:
        """Add the shares."""
        import numpy as np

        for new, each in zip(state.get("made", {}), state.get("columns", []), strict=True):
            *shares, rare, gap = map(rows.dialect.literal, each["shares"].astype(np.float32).tolist())
            values = dict(zip(each["levels"], shares, strict=True))
            rows.number(new, rows.picked(rows[each["input"]], values, rare, gap), single=True)

    def columnwise(self, state: State) -> ColumnOperation:
        """Add the shares, float32."""
        import numpy as np

        from custpred.features._frames import finder

        learned = [(each["input"], finder(each["levels"]), each["shares"]) for each in state.get("columns", [])]

        def count(batch: ColumnBatch) -> None:
            made = [shares[find(batch[name])].astype(np.float32) for name, find, shares in learned]
            batch.columns.update(zip(state.get("made", {}), made, strict=True))

        return count
