"""Customers who do something in the horizon: they buy again, or come back."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from custpred.target._horizon import Horizon, counts, yes_or_no

if TYPE_CHECKING:
    import numpy as np

    from custpred.storage.plain import JSON
    from custpred.task import Task


class Event(Horizon):
    """Yes for customers with an event in the horizon: an order in the next 90 days."""

    purchases: ClassVar[Literal["event", "no_event", "amount", "count"] | None] = "event"
    asks: ClassVar[Literal["", "leaves", "buys", "spends"]] = "buys"
    sentence: ClassVar[str] = (
        "The label is 'yes' if '{table}' holds an event of the customer in {horizon} from {start} on."
    )

    def truth(self, found: JSON, *, learned: bool = True) -> tuple[np.ndarray, Task]:
        """Return 1 for customers with an event."""
        return yes_or_no(counts(found) > 0, self.name(), learned=learned)
