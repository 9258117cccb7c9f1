"""What comes next: the next word of a text, or the next item that a customer buys."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from custpred.target._horizon import Horizon
from custpred.text import quoted

if TYPE_CHECKING:
    import numpy as np

    from custpred.events.table import EventTable
    from custpred.storage.plain import JSON
    from custpred.table import Finding, Table
    from custpred.target.base import Labelled
    from custpred.task import Task


class Next(Horizon):
    """The next item: the next word of a text, or the item of the first event in the horizon.

    Words (``text``): every beginning of a text is a row, the next word its label.  Items
    (``table``): a customer at a cutoff with a purchase in the horizon, whose first item is the
    label.
    """

    likeliest: ClassVar[bool] = True
    sentence: ClassVar[str] = "The label is the customer's first item in '{table}' in {horizon} from {start} on."
    title: ClassVar[str] = "next of {table}"

    text: str | None = Field(
        None, min_length=1, description="Column of texts whose next word is predicted; default: items of events."
    )
    items: int = Field(
        50,
        ge=2,
        le=2000,
        description="Number of most frequent items that become classes; the others are merged into (other).",
    )
    least: int = Field(1, ge=1, description="Minimum number of words before a predicted word.")
    words: int = Field(20, ge=1, le=1000, description="Number of words kept before a predicted word, the latest.")
    rows: int = Field(
        200_000, ge=1, description="Maximum number of rows; if there are more, evenly spaced rows are used."
    )

    def from_events(self) -> bool:
        """Return whether the target is computed from events, not from a column of texts."""
        return self.text is None

    def name(self) -> str:
        """Return the column of texts, or a short description of the target."""
        return self.text or super().name()

    def label(self, table: Table) -> Labelled:
        """Split each text into its beginnings, each with the word that follows.

        Raises
        ------
        DataError
            CP2231 if no column of texts is named or no text is long enough, CP2232 if fewer than
            three words are classes.
        """
        if self.from_events():
            return super().label(table)
        from custpred.target._next import sentences

        return sentences(table, self)

    def lacks(self, table: EventTable) -> str | None:
        """Return a message if the table has no items."""
        return None if table.item else "expected 'item', the column with what is bought."

    def outcomes(self, table: EventTable) -> dict[str, str]:
        """Return the SQL aggregate of the horizon's first item; of ties, the most expensive."""
        item = f"e.{quoted(f'label {table.item}')}"
        order = f"{{'at': e._at, 'less': -coalesce(e._micro, 0), 'of': {item}}}"
        first = f"min({order}) FILTER (WHERE e._sale AND {item} IS NOT NULL)"
        return {"item": f"struct_extract({first}, 'of')"}

    def truth(self, found: JSON, *, learned: bool = True) -> tuple[np.ndarray, Task]:
        """Return the codes of the items, -1 if nothing was bought.

        Raises
        ------
        DataError
            CP2232 if fewer than three items are classes and a model will learn them.
        """
        import numpy as np

        from custpred.target._next import coded, every, items_of

        items, bought = items_of(found)
        codes, task = coded(items, self.items, self.name()) if learned else every(items, self.name())
        truth = np.full(len(bought), -1)
        truth[bought] = codes
        return truth, task

    def notes(self, found: JSON, truth: np.ndarray, task: Task) -> list[Finding]:
        """Return the finding on items that were merged."""
        from custpred.target._next import items_of, merged

        items, bought = items_of(found)
        return merged(items, truth[bought], task)
