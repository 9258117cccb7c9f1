"""Columns, or training rows, with too many missing values are dropped."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, Annotated

from pydantic import Discriminator, Field, Tag

from custpred.missing._own import OwnStrategies
from custpred.missing.base import Missing

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from custpred.step import State
    from custpred.table import Finding
    from custpred.task import Task

Share = Annotated[float, Field(ge=0, le=1)]
# Only the matching form is validated; its tag is no recipe key and left out of error paths.
ShareOrOwn = Annotated[
    Annotated[Share, Tag("function-share")] | Annotated[OwnStrategies, Tag("function-own")],
    Discriminator(lambda value: "function-own" if isinstance(value, dict) else "function-share"),
]


class Drop(Missing):
    """Drops columns with many missing values and, optionally, training rows, never new rows.

    ``columns`` is a share, or a map of strategies as in other kinds, with the default share.

    >>> import pandas as pd
    >>> X = pd.DataFrame({"income": [1.0, 2.0, 9.0, None]})
    >>> X["fax"] = [None, None, None, 1.0]
    >>> list(Drop().apply(X, Drop().learn(X, None, None, 0)))
    ['income']
    """

    synonyms = ("delete", "dropna")
    rows: Share | None = Field(
        None,
        description="Share of missing values above which a training row is dropped; 0: with any missing value.",
    )
    columns: ShareOrOwn | None = Field(  # type: ignore[assignment]  # a share, or what the base holds
        0.5,
        description="Share of missing values above which a column is dropped, or columns with their own strategy.",
    )

    def own(self) -> dict[str, Missing]:
        """Return the columns with their own strategy."""
        return self.columns if isinstance(self.columns, dict) else {}

    @property
    def share(self) -> float | None:
        """Return the share of missing values above which a column is dropped; None: never."""
        return 0.5 if isinstance(self.columns, dict) else self.columns

    def halves(self) -> tuple[Missing | None, Missing | None]:
        """Return the specs that drop columns and add indicators, and that drop rows."""
        if self.rows is None:
            return self, None
        change = self.columns is not None or self.indicator
        return self.with_(rows=None) if change else None, self.with_(columns=None, indicator=False)

    def removes_rows(self) -> bool:
        """Return whether this is the half that drops training rows."""
        return self.rows is not None and self.columns is None and not self.indicator

    def becomes(self, name: str, fill: State) -> str:
        """Return whether the column was dropped, in words."""
        return "column dropped" if name in fill.get("dropped", ()) else "left"

    def fills(self, X: pd.DataFrame, names: list[str], seed: int) -> State:
        """Return the columns with too many missing values; decline if no column would be left."""
        if self.share is None:
            return {}
        shares = {name: float(X[name].isna().mean()) for name in names if len(X)}
        dropped = [name for name, share in shares.items() if share > self.share]
        if len(dropped) == X.shape[1]:
            return {"declined": "No column was dropped, as none would be left"}
        return {"dropped": dropped}

    def learn_rows(self, X: pd.DataFrame, y: np.ndarray | None, task: Task | None) -> State:
        """Learn which training rows have too many missing values."""
        from custpred.missing._rows import learn

        return learn(self, X, y, task)

    def keep(self, X: pd.DataFrame, state: State) -> np.ndarray:
        """Return the mask of the training rows to keep, shape (n_rows,)."""
        from custpred.missing._rows import keep

        return keep(self, X, state)

    def notes(self, state: State) -> list[Finding]:
        """Return notes on the columns or the number of rows dropped."""
        if not self.removes_rows():
            return super().notes(state)
        from custpred.missing._rows import notes

        return notes(state)
