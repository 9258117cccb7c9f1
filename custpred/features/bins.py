"""Numbers in bins."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from custpred.features._names import Columns, chosen, idle, made_from
from custpred.features.base import Feature
from custpred.spec import Range

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from custpred.columns.batch import ColumnBatch, ColumnOperation
    from custpred.sql.rows import SqlRows
    from custpred.step import State
    from custpred.task import Task


class Bins(Feature):
    """Adds the bin of each number: a step function for linear models, robust to outliers.

    Values outside the training range go to the first or last bin; missing values stay missing.

    >>> import numpy as np
    >>> import pandas as pd
    >>> spec, X = Bins(count=4), pd.DataFrame({"income": np.arange(100.0)})
    >>> spec.apply(X, spec.learn(X, None, None, 0)).iloc[[0, 30, 99]].to_numpy().tolist()
    [[0.0, 0.0], [30.0, 1.0], [99.0, 3.0]]
    """

    of: Columns = Field((), description="Number columns; default: all with more values than bins.")
    count: Annotated[int, Field(ge=2, le=1000, description="Number of bins."), Range(4, 32, log=True)] = 10
    by: Literal["quantiles", "width"] = Field("quantiles", description="Bins of equal size, or of equal width.")
    give: Literal["numbers", "categories"] = Field("numbers", description="Bins as numbers 0, 1, ... or as categories.")
    keep_original: bool = Field(True, description="Keep the number itself as well.")

    def learn(self, X: pd.DataFrame, y: np.ndarray | None, task: Task | None, seed: int) -> State:
        """Find the cuts between the bins."""
        import numpy as np

        from custpred.columns.dtypes import numbers
        from custpred.features._cuts import distinct, ordered, quantile_cuts, width_cuts

        names, cuts = chosen(self.of, numbers(X), list(X.columns), "numbers"), {}
        for name in names:
            ascending = ordered(X[name].to_numpy(dtype=float))
            own = np.unique((quantile_cuts if self.by == "quantiles" else width_cuts)(ascending, self.count))
            if self.of or (len(own) == self.count - 1 and distinct(ascending) > self.count):
                cuts[name] = own
        if not cuts:
            return idle(f"No number column has enough distinct values for {self.count} bins.")
        return {"cuts": cuts, "made": made_from([(f"{name}: bin", [name]) for name in cuts], X.columns)}

    def sql(self, state: State, rows: SqlRows) -> None:
        """Add the bins."""
        from custpred.sql.rows import Cell

        cuts = state.get("cuts", {})
        groups = [rows.group(rows[name].sql, own) for name, own in cuts.items()]
        rows.drop([] if self.keep_original else list(cuts))
        for new, sql, own in zip(state.get("made", {}), groups, cuts.values(), strict=True):
            if self.give == "categories":
                rows.put(new, Cell("code", sql, tuple(f"bin {number:03d}" for number in range(len(own) + 1))))
            else:
                rows.number(new, f"CAST({sql} AS {rows.dialect.double})", single=True)

    def columnwise(self, state: State) -> ColumnOperation:
        """Add the bins."""
        import numpy as np

        from custpred.columns.batch import Coded, drop_columns
        from custpred.features._cuts import placed

        cuts, named = state.get("cuts", {}), self.give == "categories"
        levels = [[f"bin {number:03d}" for number in range(len(own) + 1)] for own in cuts.values()]
        drop = drop_columns([] if self.keep_original else list(cuts))

        def place(batch: ColumnBatch) -> None:
            found = [placed(batch[name].astype(float, copy=False), own) for name, own in cuts.items()]
            numbers = [np.where(each < 0, np.nan, each).astype(np.float32) for each in found]
            drop(batch)
            coded = [Coded(*each, ordered=True) for each in zip(found, levels, strict=True)]
            batch.columns.update(zip(state.get("made", {}), coded if named else numbers, strict=True))

        return place
