"""Shared by targets from events: eligible customers, history, and the label's period."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from custpred.errors import DataError
from custpred.events.spans import SomeSpan, Span, words
from custpred.target.base import Labelled, Target
from custpred.task import Task

if TYPE_CHECKING:
    import numpy as np

    from custpred.events.table import EventTable
    from custpred.storage.plain import JSON
    from custpred.table import Finding, Table


class Eligible(BaseModel):
    """Which customers are included, in training and in scoring."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    events_in: SomeSpan | None = Field(None, description="Span before the cutoff in which events count, such as 180d.")
    at_least: int = Field(1, ge=1, description="Minimum number of events of a customer in that span.")


class Horizon(Target):
    """A target after a cutoff: the label covers [cutoff + gap, cutoff + gap + horizon)."""

    purchases: ClassVar[Literal["event", "no_event", "amount", "count"] | None] = None
    """What it predicts about later purchases, for models of purchase histories."""
    asks: ClassVar[Literal["", "leaves", "buys", "spends"]] = ""
    """What customers with the positive label do."""
    sentence: ClassVar[str] = "The label is made from events in '{table}' in {horizon} from {start} on."
    """Definition of the label, for the report."""
    title: ClassVar[str] = "{table} in {horizon}"
    """The target's name."""

    table: str | None = Field(None, description="Table of events for the label; default: the only one.")
    history: SomeSpan | None = Field(None, description="How far features look back; default: the whole history.")
    gap: Span = Field("0d", description="Lead time between the cutoff and the label's window.")
    horizon: SomeSpan = Field("90d", description="Length of the label's window.")
    eligible: Eligible = Field(Eligible(), description="Customers who are included.")

    def outcomes(self, table: EventTable) -> dict[str, str]:
        """Return the SQL aggregates over the label's events ``e`` that ``truth`` needs, by name."""
        return {"events": "count(*) FILTER (WHERE e._sale)"}

    def from_events(self) -> bool:
        """Return whether the labels are computed from events."""
        return True

    def lacks(self, table: EventTable) -> str | None:
        """Return what the table of events lacks for this target, or None."""
        return None

    def truth(self, found: JSON, *, learned: bool = True) -> tuple[np.ndarray, Task]:
        """Convert the aggregates, masked if there was no event, to one label per row.

        Parameters
        ----------
        learned
            Whether a model will learn from the labels; otherwise they are only compared with its
            predictions: all may be equal, and rare items keep their names.
        """
        raise NotImplementedError

    def notes(self, found: JSON, truth: np.ndarray, task: Task) -> list[Finding]:
        """Return findings on labels that a model will learn from; ``truth`` made them."""
        return []

    def label(self, table: Table) -> Labelled:
        """Raise: a table of customers has no events.

        Raises
        ------
        DataError
            Always.
        """
        raise DataError(
            f"The target {self.kind()!r} is computed from events, and the recipe has none.",
            code="CP2225",
            remedy="Add 'events' with a table of orders or visits, or use `target: {column: ...}`.",
        )

    def name(self) -> str:
        """Return a short description of the target."""
        return self.title.format(table=self.of(), horizon=words(self.horizon))

    def of(self) -> str:
        """Return the name of the table, or a generic word."""
        return self.table or "events"


def counts(found: JSON) -> np.ndarray:
    """Return the number of events in the label's window, shape (n_rows,)."""
    import numpy as np

    return np.ma.filled(np.ma.asarray(found["events"]), 0).astype(np.int64)


def yes_or_no(happened: np.ndarray, name: str, *, learned: bool) -> tuple[np.ndarray, Task]:
    """Return codes and task of a yes/no target.

    Raises
    ------
    DataError
        CP2201 if all labels are the same and a model will learn from them.
    """
    import numpy as np

    if learned and len(happened) and happened.all() == happened.any():
        raise DataError(
            f"The label {name!r} is {'yes' if happened.all() else 'no'} for every customer and cutoff.",
            code="CP2201",
            column=name,
            remedy="Change the horizon, or the eligible customers.",
        )
    return happened.astype(np.int64), Task("binary", name, ("no", "yes"))
