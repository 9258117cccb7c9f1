"""Customers without an event in the horizon: churn without a cancellation."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from custpred.target._horizon import Horizon, counts, yes_or_no

if TYPE_CHECKING:
    import numpy as np

    from custpred.storage.plain import JSON
    from custpred.task import Task


class NoEvent(Horizon):
    """Yes for customers without an event in the horizon: no order in the next 90 days."""

    purchases: ClassVar[Literal["event", "no_event", "amount", "count"] | None] = "no_event"
    asks: ClassVar[Literal["", "leaves", "buys", "spends"]] = "leaves"
    sentence: ClassVar[str] = (
        "The label is 'yes' if '{table}' holds no event of the customer in {horizon} from {start} on."
    )
    title: ClassVar[str] = "no {table} in {horizon}"

    def truth(self, found: JSON, *, learned: bool = True) -> tuple[np.ndarray, Task]:
        """Return 1 for customers without an event."""
        return yes_or_no(counts(found) == 0, self.name(), learned=learned)
