"""The contract of missing-value strategies.

A strategy consists of two pure functions: ``fills`` learns the replacements from training rows, as
plain data, and ``filled`` fills the missing values of any rows, a batch of columns.  Most implement
``fills`` only: the default ``filled`` uses one value per column.  The base class does the rest: it
chooses the columns (``of``, ``columns``), adds indicators, drops columns and reports.  So a new
strategy has all the options without further code.
"""

from __future__ import annotations  # light: imports inside functions are deliberate

import json
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from custpred.missing._filling import Filling
from custpred.missing._own import OwnStrategies, kinds

if TYPE_CHECKING:
    import pandas as pd

    from custpred.columns.batch import ColumnBatch
    from custpred.step import State


class Missing(Filling):
    """How missing values are filled; each strategy can add missing indicators.

    >>> Missing.parse({"kind": "median", "indicator": True}).dump()
    {'kind': 'median', 'indicator': True}
    >>> Missing.kinds()[:3]
    ('constant', 'drop', 'knn')
    """

    words: ClassVar[dict[str, str]] = {"category": "most frequent level", "date": "median date", "text": "empty text"}
    """The replacement of missing values by kind of column, for the report."""
    keeps_rows: ClassVar[bool] = False
    """Whether its state, and so the model folder, holds values of training customers."""

    indicator: bool = Field(False, description="Add a 0/1 column for each column that had missing values in training.")
    of: tuple[str, ...] | None = Field(None, description="Columns to treat; default: all.")
    columns: Annotated[OwnStrategies, Field(json_schema_extra=kinds)] = Field(
        default_factory=dict, description="Columns with their own strategy, each a kind or a map with its options."
    )

    def fills(self, X: pd.DataFrame, names: list[str], seed: int) -> State:
        """Learn replacements for the named columns; ``X`` has all columns of the training rows."""
        return {}

    def filled(self, batch: ColumnBatch, fill: State) -> dict[str, object]:
        """Return the changed columns of a batch by name; ``fill`` is the result of ``fills``."""
        from custpred.missing._values import fill_values

        return fill_values(batch, fill)

    def becomes(self, name: str, fill: State) -> str:
        """Return a description of the replacement in a column, for the report."""
        return next((word for kind, word in self.words.items() if name in fill.get(kind, ())), "left")

    def own(self) -> dict[str, Missing]:
        """Return the columns with their own strategy."""
        return self.columns

    def halves(self) -> tuple[Missing | None, Missing | None]:
        """Return specs of the part that changes columns and the part that removes training rows."""
        return self, None

    def __hash__(self) -> int:
        return hash(json.dumps(self.dump(), sort_keys=True))
