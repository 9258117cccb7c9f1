"""Tables in memory."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import Self

from pydantic import Field

from custpred.errors import DataError
from custpred.source._raw import Raw
from custpred.source.base import Source


class Frame(Source):
    """A table in memory: pandas, polars, Arrow or DuckDB; only from Python.

    >>> import pandas as pd
    >>> table = Frame(data=pd.DataFrame({"age": range(20), "plan": ["basic", "plus"] * 10})).read()
    >>> [(column.name, column.kind) for column in table.columns]
    [('age', 'code'), ('plan', 'category')]
    """

    data: object = Field(None, exclude=True, repr=False, description="The table; not written to recipes.")

    def raw(self) -> Raw:
        """Return the table as a pandas frame; the input is never modified."""
        from custpred.source._reading.native import to_pandas

        return Raw(to_pandas(self._given()), "frame")

    def header(self) -> list[str] | None:
        """Return the column names."""
        given = self._given()
        names = getattr(getattr(given, "schema", None), "names", None)  # of Arrow, whose 'columns' are values
        names = names if isinstance(names, list) else getattr(given, "columns", None)
        return None if names is None or callable(names) else [str(name) for name in names]

    def with_(self, **changes: object) -> Self:
        """Return a validated copy with some options changed and the same table."""
        return super().with_(**{"data": self.data, **changes})

    def __eq__(self, other: object) -> bool:
        """Compare options, and tables by identity."""
        return isinstance(other, Frame) and self.data is other.data and self.dump() == other.dump()

    def __hash__(self) -> int:
        return hash((id(self.data), self.model_dump_json()))

    def _given(self) -> object:
        if self.data is None:
            raise DataError(
                "Expected a table in memory, but none was passed.",
                code="CP2100",
                remedy="Pass a data frame in Python, or set a path in the recipe.",
            )
        return self.data
