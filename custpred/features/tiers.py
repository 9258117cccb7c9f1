"""Customer grades such as bronze, silver and gold."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import Field, model_validator

from custpred.features._names import Columns, chosen, idle, made_from, note
from custpred.features.base import Feature

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from custpred.columns.batch import ColumnBatch, ColumnOperation
    from custpred.sql.rows import SqlRows
    from custpred.step import State
    from custpred.storage.plain import JSON
    from custpred.task import Task


class Tiers(Feature):
    """Adds customer grades from numbers: ``visits: tier`` is bronze, silver or gold.

    With cuts, a value equal to a cut belongs to the higher grade; with quantiles, equal values stay
    in the lower one.  Values outside the training range get the first or last grade, missing ones
    none.

    >>> import pandas as pd
    >>> X = pd.DataFrame({"spend": [5.0, 50.0, 500.0]})
    >>> spec = Tiers(of=["spend"], by="cuts", cuts=[10, 100], grades=["bronze", "silver", "gold"])
    >>> spec.apply(X, spec.learn(X, None, None, 0)).iloc[:, -1].tolist()
    ['bronze', 'silver', 'gold']
    """

    of: Columns = Field((), description="Number columns to grade.")
    by: Literal["quantiles", "cuts"] = Field("quantiles", description="Grades of equal size, or by the option 'cuts'.")
    grades: tuple[str, ...] = Field((), description="Names of the grades, lowest first; default: 'tier 1', ...")
    count: int = Field(4, ge=2, le=100, description="Number of grades without names or cuts.")
    cuts: tuple[float, ...] = Field((), description="Lowest value of each grade except the first, in ascending order.")

    @model_validator(mode="before")
    @classmethod
    def _cuts_alone(cls, value: Any) -> object:
        given = isinstance(value, dict) and value.get("cuts") and "by" not in value
        return {**value, "by": "cuts"} if given else value

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.by == "cuts") != bool(self.cuts):
            raise ValueError("'by: cuts' and 'cuts: [...]' need each other.")
        if any(low >= high for low, high in zip(self.cuts, self.cuts[1:], strict=False)):
            raise ValueError(f"cuts must ascend, got {list(self.cuts)}.")
        if self.cuts and self.grades and len(self.grades) != len(self.cuts) + 1:
            raise ValueError(f"{len(self.cuts)} cuts make {len(self.cuts) + 1} grades, got {len(self.grades)} names.")
        if len(set(self.grades)) != len(self.grades) or len(self.grades) == 1:
            raise ValueError("grades must be two or more different names.")
        return self

    def _names(self) -> list[str]:
        count = len(self.cuts) + 1 if self.cuts else self.count
        return list(self.grades) or [f"tier {number}" for number in range(1, count + 1)]

    def learn(self, X: pd.DataFrame, y: np.ndarray | None, task: Task | None, seed: int) -> State:
        """Find the cuts."""
        import numpy as np

        from custpred.columns.dtypes import numbers
        from custpred.features._cuts import ordered, quantile_cuts

        if not self.of:
            return idle("No column is named: tiers needs 'of', such as {kind: tiers, of: visits}.")
        learned: list[JSON] = []
        notes, grades = [], self._names()
        for name in chosen(self.of, numbers(X), list(X.columns), "numbers"):
            ascending = ordered(X[name].to_numpy(dtype=float))
            cuts = np.array(self.cuts) if self.cuts else quantile_cuts(ascending, len(grades))
            groups = len(np.unique(cuts)) + 1
            if not self.cuts and groups < len(grades):
                notes.append(note(f"Because of equal values, at most {groups} of {len(grades)} grades are used.", name))
            learned.append({"input": name, "cuts": cuts})
        made = made_from([(f"{each['input']}: tier", [each["input"]]) for each in learned], X.columns)
        return {"columns": learned, "grades": grades, "made": made, "notes": notes}

    def sql(self, state: State, rows: SqlRows) -> None:
        """Add the grades."""
        from custpred.sql.rows import Cell

        for new, each in zip(state.get("made", {}), state.get("columns", []), strict=True):
            rows.put(new, Cell("code", rows.group(rows[each["input"]].sql, each["cuts"]), tuple(state["grades"])))

    def columnwise(self, state: State) -> ColumnOperation:
        """Add the grades as ordered categories."""
        from custpred.columns.batch import Coded
        from custpred.features._cuts import placed

        def grade(batch: ColumnBatch) -> None:
            found = [placed(batch[e["input"]].astype(float, copy=False), e["cuts"]) for e in state.get("columns", [])]
            made = [Coded(codes, state["grades"], ordered=True) for codes in found]
            batch.columns.update(zip(state.get("made", {}), made, strict=True))

        return grade
