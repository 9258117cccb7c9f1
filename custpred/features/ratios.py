"""Ratios and differences."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, Annotated

from pydantic import BeforeValidator, Field

from custpred.features._names import chosen, idle, made_from, note
from custpred.features.base import Feature

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from custpred.columns.batch import ColumnBatch, ColumnOperation
    from custpred.sql.rows import SqlRows
    from custpred.step import State
    from custpred.task import Task


def _pairs(value: object) -> object:
    """Accept one pair ``[a, b]`` as ``[[a, b]]``."""
    one = isinstance(value, list | tuple) and len(value) == 2 and all(isinstance(each, str) for each in value)
    return [value] if one else value


Pairs = Annotated[tuple[tuple[str, str], ...], BeforeValidator(_pairs)]


def _found(count: int, most: int) -> str:
    """Describe the result of the search, which was limited to ``most`` pairs."""
    if not count:
        return "No ratio or difference predicts better than its own columns."
    better = "ratio or difference predicts" if count == 1 else "ratios or differences predict"
    return f"{count} {better} better than their own columns; at most {most} are kept."


class Ratios(Feature):
    """Adds ratios and differences of numbers: named ones, and those found to predict better.

    Division by 0 gives a missing value.

    >>> import pandas as pd
    >>> X = pd.DataFrame({"spend": [10.0, 30.0], "visits": [5.0, 10.0]})
    >>> spec = Ratios(of=[["spend", "visits"]])
    >>> spec.apply(X, spec.learn(X, None, None, 0)).iloc[:, -1].tolist()
    [2.0, 3.0]
    """

    of: Pairs = Field((), description="Pairs to divide, such as [[total_spend, visit_count]].")
    differences: Pairs = Field((), description="Pairs to subtract, such as [[price_now, price_first]].")
    found: int = Field(0, ge=0, le=100, description="Maximum number of ratios and differences to find by search.")

    def learn(self, X: pd.DataFrame, y: np.ndarray | None, task: Task | None, seed: int) -> State:
        """Check the named pairs and search for others."""
        from custpred.columns.dtypes import numbers

        fitting, notes = numbers(X), []
        named = [name for pair in (*self.of, *self.differences) for name in pair]
        chosen(named, fitting, list(X.columns), "numbers")
        pairs = [["/", *pair] for pair in self.of] + [["-", *pair] for pair in self.differences]
        if self.found:
            better = self._search(X[fitting], y, task, seed)
            notes.append(note(_found(len(better), self.found), code="F103"))
            pairs += [pair for pair in better if pair not in pairs]
        if not pairs:
            return idle("No pair is named or found.") | ({"notes": notes} if notes else {})
        wanted = [(f"{first} {sign} {second}", [first, second]) for sign, first, second in pairs]
        return {"pairs": pairs, "made": made_from(wanted, X.columns), "notes": notes}

    def _search(self, X: pd.DataFrame, y: np.ndarray | None, task: Task | None, seed: int) -> list[list[str]]:
        from custpred.features._means import goals
        from custpred.features._ratio_search import search

        return [] if y is None else search(X, goals(y, task), self.found, seed)

    def sql(self, state: State, rows: SqlRows) -> None:
        """Add the ratios and differences."""
        write = rows.dialect
        for new, (sign, a, b) in zip(state.get("made", {}), state.get("pairs", ()), strict=True):
            second = f"NULLIF({rows[b].sql}, {write.literal(0)})" if sign == "/" else rows[b].sql
            rows.number(new, write.finite(rows.statement.name(f"{rows[a].sql} {sign} {second}")))

    def columnwise(self, state: State) -> ColumnOperation:
        """Add the ratios and differences."""
        from custpred.features._ratio_search import combined

        def combine(batch: ColumnBatch) -> None:
            pairs = [(sign, batch[a].astype(float), batch[b].astype(float)) for sign, a, b in state.get("pairs", [])]
            batch.columns.update(zip(state.get("made", {}), [combined(*pair) for pair in pairs], strict=True))

        return combine
