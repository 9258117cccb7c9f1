"""The amount that customers spend in the horizon."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, ClassVar, Literal

from custpred.errors import DataError
from custpred.events.columns import MICRO
from custpred.target._horizon import Horizon
from custpred.task import Task

if TYPE_CHECKING:
    import numpy as np

    from custpred.events.table import EventTable
    from custpred.storage.plain import JSON


class Amount(Horizon):
    """The sum of the amounts in the horizon, 0 without an event; returns reduce it, not below 0."""

    purchases: ClassVar[Literal["event", "no_event", "amount", "count"] | None] = "amount"
    asks: ClassVar[Literal["", "leaves", "buys", "spends"]] = "spends"
    sentence: ClassVar[str] = (
        "The label is the sum of the customer's amounts in '{table}' in {horizon} from {start} on."
    )
    title: ClassVar[str] = "{table} amount in {horizon}"

    def lacks(self, table: EventTable) -> str | None:
        """Return a message if the table has no amounts."""
        return None if table.amount else "expected 'amount', the column with what is spent."

    def outcomes(self, table: EventTable) -> dict[str, str]:
        """Return the SQL aggregate of all amounts."""
        return {"amount": f"CAST(sum(e._micro) AS DOUBLE) / {MICRO}"}

    def truth(self, found: JSON, *, learned: bool = True) -> tuple[np.ndarray, Task]:
        """Return the sums.

        Raises
        ------
        DataError
            CP2201 if nobody spends anything and a model will learn from it.
        """
        import numpy as np

        sums = np.maximum(np.ma.filled(np.ma.asarray(found["amount"]).astype(float), 0.0), 0.0)
        if learned and len(sums) and not sums.any():
            raise DataError(
                f"The label {self.name()!r} is 0 for every customer and cutoff.",
                code="CP2201",
                column=self.name(),
                remedy="Change the horizon, or name the column with the amount.",
            )
        return sums, Task("regression", self.name())
