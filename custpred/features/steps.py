"""Numbered columns (m1, m2, ...) and steps of events as sequences in time order, for networks."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from custpred.events.columns import Steps as Wanted
from custpred.features._names import chosen, idle, note
from custpred.features.base import Feature
from custpred.task import Suited
from custpred.text import listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np
    import pandas as pd

    from custpred.columns.batch import ColumnBatch, ColumnOperation
    from custpred.events.table import EventTable
    from custpred.step import State
    from custpred.target._horizon import Horizon
    from custpred.task import Setting, Task


LAST = 32
"""Number of newest events of a customer that ``auto`` uses."""


class Steps(Feature):
    """Puts columns such as BILL_AMT1, BILL_AMT2, ... in time order, as sequences for networks.

    A group consists of numbers, or of categories, whose names differ in one number only.  Groups
    are aligned at their newest ends.  Categories, including those of event steps, become codes: 0
    missing, 1 rare or unseen, 2 and up common levels.
    """

    serves: ClassVar[Literal["steps"]] = "steps"
    sees_steps: ClassVar[bool] = True
    of_one_table: ClassVar[bool] = True

    of: str = Field("", description="Table of events from which steps are taken; default: columns of the customers.")
    inputs: tuple[str, ...] = Field((), description="Events: columns; default: amount, days since previous event.")
    last: int = Field(64, ge=1, le=10_000, description="Events: number of newest events of each customer.")
    groups: dict[str, tuple[str, ...]] | Literal["auto"] = Field(
        "auto", description="Columns of each sequence, in order; auto: groups found by name."
    )
    newest: Literal["first", "last"] = Field(
        "last", description="Which end of a group is the newest: its lowest number or first column, or its last."
    )
    least: int = Field(3, ge=2, description="Minimum number of columns of a group that is found by name.")
    keep_original: bool = Field(False, description="Keep the columns themselves in addition to the sequence.")
    vocabulary: int = Field(10_000, ge=1, description="Maximum number of levels with their own code.")
    min_rows: int = Field(10, ge=1, description="Levels with fewer rows share a code and are not stored.")

    @classmethod
    def suits(cls, setting: Setting) -> Suited | None:
        """Return the reason if models read sequences and columns of the customers form one."""
        if not setting.sequences or setting.events:
            return None
        reason = f"numbered columns in time order, for {listed(setting.sequences)}"
        return Suited(reason, 60)

    @classmethod
    def of_events(cls, target: Horizon, tables: Mapping[str, EventTable], *, sequences: bool) -> Suited | None:
        """Return the spec that gathers the newest target events if models read sequences."""
        if not sequences or target.table is None:
            return None
        table = tables[target.table]
        inputs = (*(["amount"] if table.amount else []), "days_since_previous", *table.labels())
        return Suited(place=30, specs=(cls(of=target.table, inputs=inputs, last=LAST),))

    def gather(self, tables: Mapping[str, EventTable]) -> Iterator[Wanted]:
        """Yield the steps of the named table of events, or of every table."""
        for name in [self.of] if self.of else tables:
            table = tables[name]
            usual = [
                *(["amount"] if table.amount else []),
                "days_since_previous",
                "days_before_cutoff",
                *table.labels(),
            ]
            yield Wanted(name, self.inputs or tuple(usual), self.last, f"{name}_" if len(tables) > 1 else "")

    def makes_steps(self, X: pd.DataFrame, *, texts: bool) -> bool:
        """Return whether columns form a sequence, by names and kinds: a few rows are enough."""
        return "sequences" in self.learn(X, None, None, 0)

    def learn(self, X: pd.DataFrame, y: np.ndarray | None, task: Task | None, seed: int) -> State:
        """Find the groups and the codes of their levels."""
        from custpred.features._sequences import coded_events, found, sequence

        groups = self._named(X) if self.groups != "auto" else {} if self.of else found(X, self.least)
        ordered = {stem: names[:: 1 if self.newest == "first" else -1] for stem, names in groups.items()}
        learned = [sequence(X, stem, names, self.vocabulary, self.min_rows) for stem, names in ordered.items()]
        learned += coded_events(X, self.vocabulary, self.min_rows)
        if not learned:
            return idle("No columns differ in one number only, and there are no event steps of categories.")
        made = {new: [old] for each in learned for new, old in zip(each["made"], each["columns"], strict=True)}
        dropped = [old for each in learned if not self.keep_original or each["event"] for old in each["columns"]]
        notes = [
            note(f"{len(names)} steps; the newest is {names[0]}.", stem, code="F103") for stem, names in ordered.items()
        ]
        words = {each["stem"]: each["levels"] for each in learned if each["levels"] is not None}
        return {"sequences": learned, "dropped": dropped, "words": words, "made": made, "notes": notes}

    def _named(self, X: pd.DataFrame) -> dict[str, list[str]]:
        from custpred.columns.dtypes import categories, numbers

        groups = {} if self.groups == "auto" else self.groups
        fitting = {True: numbers(X), False: categories(X)}
        for names in groups.values():
            chosen(names, fitting[names[0] in fitting[True]], list(X.columns), "numbers, or categories alone,")
        return {stem: list(names) for stem, names in groups.items()}

    def columnwise(self, state: State) -> ColumnOperation:
        """Add the sequences, float32, and drop their columns."""
        import numpy as np

        from custpred.columns.batch import drop_columns
        from custpred.features._sequences import codes

        drop = drop_columns(state.get("dropped", ()))

        def order(batch: ColumnBatch) -> None:
            made = [
                batch[name].astype(np.float32) if each["levels"] is None else codes(batch[name], each["levels"])
                for each in state.get("sequences", [])
                for name in each["columns"]
            ]
            drop(batch)
            batch.columns.update(zip(state.get("made", {}), made, strict=True))

        return order
