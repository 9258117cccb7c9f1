"""The mean target of each level."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from custpred.features._names import MANY_LEVELS, Columns, chosen, idle, made_from, many_levels, note, per_class
from custpred.features.base import Feature
from custpred.spec import Range
from custpred.task import Suited

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from custpred.columns.batch import ColumnBatch, ColumnOperation
    from custpred.sql.rows import SqlRows
    from custpred.step import State
    from custpred.task import Setting, Task


def _found(count: int, most: int) -> str:
    """Describe the result of the search, which was limited to ``most`` pairs."""
    if not count:
        return "No pair of categories predicts better than its two columns."
    better = "pair of categories predicts" if count == 1 else "pairs of categories predict"
    return f"{count} {better} better than its columns; at most {most} are kept."


class TargetMean(Feature):
    """Adds the mean target of each level, shrunk to the overall mean if customers are few.

    Training customers get means over the customers of other folds, so that their own labels do not
    leak; new customers get means over all training customers.  Missing values, rare and unseen
    levels get the overall mean.  The columns themselves stay.

    References
    ----------
    Micci-Barreca (2001), SIGKDD Explorations 3(1), doi:10.1145/507533.507538: equations (3), (7).

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> X = pd.DataFrame({"city": pd.Categorical(["Seoul"] * 50 + ["Busan"] * 50)})
    >>> y = np.repeat([1.0, 0.0], 50)
    >>> from custpred.task import Task
    >>> spec = TargetMean(min_levels=1, smoothing=10)
    >>> state = spec.learn(X, y, Task("regression", "spend"), 0)
    >>> spec.apply(X, state).iloc[[0, -1], -1].round(3).astype(str).tolist()
    ['0.917', '0.083']
    """

    of: Columns = Field((), description="Category or code columns; default: all categories with many levels.")
    min_levels: int = Field(10, ge=1, description="By default, columns need more levels than this.")
    folds: int = Field(5, ge=2, le=50, description="Number of folds for cross-fitting the training rows.")
    smoothing: Annotated[float, Field(ge=0, description="Weight of the overall mean, in rows."), Range(1, 100)] = 10.0
    min_rows: int = Field(10, ge=1, description="Levels with fewer rows get the overall mean and are not stored.")
    pairs: int = Field(0, ge=0, le=50, description="Maximum number of pairs of categories to combine.")

    @classmethod
    def suits(cls, setting: Setting) -> Suited | None:
        """Return an empty reason for categories with many levels; ``frequency`` gives it."""
        return Suited(place=40, specs=(cls(min_levels=MANY_LEVELS),)) if many_levels(setting) else None

    def learn(self, X: pd.DataFrame, y: np.ndarray | None, task: Task | None, seed: int) -> State:
        """Learn the means of all training rows."""
        import numpy as np

        from custpred.features import _groups
        from custpred.features._means import goals, means

        if y is None:
            return idle("There is no target to take means of.")
        aims = goals(y, task)
        groups = [_groups.single(X, name, self.min_rows) for name in self._columns(X)]
        found = _groups.pairs(X, aims, self.pairs, self.min_rows, seed) if self.pairs else []
        groups += found
        if not groups:
            return idle(f"No category column has more than {self.min_levels} levels.")
        for group in groups:
            slots, levels = _groups.placed(X, group)
            columns = [means(slots, levels, goal, self.smoothing) for goal in aims]
            group["means"] = np.vstack([np.column_stack(columns), aims.mean(axis=1)])
        notes = [note(_found(len(found), self.pairs), code="F103")] if self.pairs else []
        named = [(" & ".join(group["inputs"]), group["inputs"]) for group in groups]
        wanted = [(f"{name}: target mean{end}", inputs) for name, inputs in named for end in per_class(task)]
        return {"groups": groups, "made": made_from(wanted, X.columns), "notes": notes}

    def _columns(self, X: pd.DataFrame) -> list[str]:
        from custpred.columns.dtypes import categories, numbers
        from custpred.features._frames import counted

        if self.of:
            return chosen(self.of, [*categories(X), *numbers(X)], list(X.columns), "categories or codes")
        return [name for name in categories(X) if len(counted(X[name])[0]) > self.min_levels]

    def sql(self, state: State, rows: SqlRows) -> None:
        """Add the means of all training rows."""
        from custpred.features._groups import mean_sql

        names = iter(state.get("made", {}))
        for group in state.get("groups", []):
            for sql in mean_sql(rows, group):
                rows.number(next(names), sql, single=True)

    def columnwise(self, state: State) -> ColumnOperation:
        """Add the means of all training rows, float32."""
        import numpy as np

        from custpred.features._groups import locator

        groups = state.get("groups", [])
        learned = [(locator(each), np.ascontiguousarray(each["means"].T, dtype=np.float32)) for each in groups]

        def mean(batch: ColumnBatch) -> None:
            made: list[np.ndarray] = []
            for locate, table in learned:
                slot = locate(batch)
                made += list(table[:, np.where(slot < 0, table.shape[1] - 1, slot)])
            batch.columns.update(zip(state.get("made", {}), made, strict=True))

        return mean

    def learn_apply(
        self, X: pd.DataFrame, y: np.ndarray | None, task: Task | None, seed: int
    ) -> tuple[State, pd.DataFrame]:
        """Learn, and transform training rows with the means of the other folds."""
        import numpy as np

        from custpred.columns.batch import add_columns, applied
        from custpred.features import _groups
        from custpred.features._means import assigned, goals, out_of_fold

        state = self.learn(X, y, task, seed)
        if y is None or "groups" not in state:
            return state, X
        aims, fold = goals(y, task), assigned(len(X), self.folds, seed)
        matrix, place = np.empty((len(state["made"]), len(X)), dtype=np.float32), 0
        for group in state["groups"]:
            slots, levels = _groups.placed(X, group)
            for goal in aims:
                matrix[place] = out_of_fold(slots, levels, goal, fold, self.smoothing)
                place += 1
        return state, applied(add_columns(state["made"], matrix), X)
