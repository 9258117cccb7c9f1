"""What comes next: the next word of a text, or the next item that a customer buys."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from custpred.events.columns import quoted
from custpred.target._horizon import Horizon

if TYPE_CHECKING:
    import numpy as np

    from custpred.events.table import EventTable
    from custpred.storage.plain import JSON
    from custpred.table import Table
    from custpred.target.base import Labelled
    from custpred.task import Task


class Next(Horizon):
    """The next item: of a text the next word, of events the item of the first one in the horizon.

    Words (``text``): every beginning of a text is a row, and the next word is its label.  Items (``table``): a
    customer at a cutoff is a row if something was bought in the horizon, and the item of the first such event is the
    label: if this customer buys, what comes first?
    """

    likeliest: ClassVar[bool] = True
    sentence: ClassVar[str] = "The label is the customer's first item in '{table}' in {horizon} from {start} on."

    text: str | None = Field(
        None, min_length=1, description="Column of texts whose next word is predicted; left out: items of events."
    )
    items: int = Field(50, ge=2, le=2000, description="Most frequent items that are classes; the rest is (other).")
    least: int = Field(1, ge=1, description="Words before the first predicted word.")
    words: int = Field(20, ge=1, le=1000, description="Words before it that are kept, the latest.")
    rows: int = Field(200_000, ge=1, description="Rows at most; of more, an even part of each text is used.")

    def from_events(self) -> bool:
        """Return whether the target is made of events, not of a column of texts."""
        return self.text is None

    def name(self) -> str:
        """Return the column of texts, or the target in few words."""
        return self.text or f"next of {self.of()}"

    def label(self, table: Table) -> Labelled:
        """Turn each text into its beginnings, with the word that follows each.

        Raises
        ------
        DataError
            CP2231 if no column of texts is named or no text is long enough, CP2232 if fewer than three words are
            classes.
        """
        if self.from_events():
            return super().label(table)
        from custpred.target._next import sentences

        return sentences(table, self)

    def lacks(self, table: EventTable) -> str | None:
        """Return that the table needs items."""
        return None if table.item else "wanted 'item', the column with what is bought."

    def outcomes(self, table: EventTable) -> dict[str, str]:
        """Return the aggregate that finds the item of the first event in that time; of several, the most expensive."""
        item = f"e.{quoted(f'label {table.item}')}"
        order = f"{{'at': e._at, 'less': -coalesce(e._micro, 0), 'of': {item}}}"
        first = f"min({order}) FILTER (WHERE e._sale AND {item} IS NOT NULL)"
        return {"item": f"struct_extract({first}, 'of')"}

    def truth(self, found: JSON) -> tuple[np.ndarray, Task]:
        """Return the item's code, -1 where nothing was bought.

        Raises
        ------
        DataError
            CP2232 if fewer than three items are classes.
        """
        import numpy as np

        from custpred.target._next import coded

        items = np.asarray(np.ma.getdata(found["item"]), dtype=object)
        bought = ~np.ma.getmaskarray(found["item"]) & np.array([each is not None for each in items])
        codes, task, _ = coded(items[bought], self.items, self.name())
        truth = np.full(len(items), -1)
        truth[bought] = codes
        return truth, task
