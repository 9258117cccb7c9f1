"""The contract of sources: where customers and events come from.

A source implements ``raw``, which returns cells as they are written, with findings about the file
itself.  ``read`` is the same for all of them: it infers each column's kind, parses numbers and
dates, and reports suspicious values, so that a CSV file and a database yield the same table.
"""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from custpred.source._guess import kind_of, names_a_file
from custpred.source._raw import Mark
from custpred.source._reading.cost import Cost
from custpred.spec import Spec

if TYPE_CHECKING:
    from custpred.source._raw import Raw
    from custpred.storage.plain import JSON
    from custpred.table import Table


class Source(Spec):
    """Where customers come from; ``key`` and ``types`` apply to all sources, ``text_only`` to text.

    >>> Source.parse({"path": "orders.csv"}).kind(), Source.parse({"sample": "telecom"}).kind()
    ('csv', 'sample')
    """

    shorthand = ("path", "url", "sample")
    text_only: ClassVar[bool] = False
    key: str | None = Field(None, description="Column with the customer's id; never a feature.")
    types: dict[str, str] = Field(
        {},
        description="Kinds where inference fails: number, code, category, text, id, date, 'date D/M/Y', 'date M/D/Y'.",
    )
    drop: list[str] = Field([], description="Columns to leave out, such as those known only afterwards.")
    missing: list[Mark] = Field([], description="Further texts that mark missing values, such as '?' or 'unknown'.")
    duplicates: Literal["keep", "drop"] | list[str] = Field(
        "keep", description="Rows that repeat an earlier one, key included: keep or drop; or drop by a list of columns."
    )

    @classmethod
    def _kind_of(cls, options: JSON) -> str | None:
        """Infer the kind from ``path``, ``url`` or ``sample``; for a path by its extension."""
        return kind_of(options)

    @classmethod
    def _hint(cls, kind: str) -> str:
        """Return how to name a file, if an unknown kind looks like one."""
        return f" For a file, write {{path: {kind}}}." if names_a_file(kind) else super()._hint(kind)

    def raw(self) -> Raw:
        """Return all rows unchanged, with findings about the source; raises as ``read`` does."""
        raise NotImplementedError

    def part(self, share: float, first: float = 0.0) -> Raw:
        """Return the rows of a share of customers, by hashes of ids; only if ``cost`` allows it.

        Parts whose ``first`` is where the share of another ends have no customer in common.
        """
        raise NotImplementedError

    def read(self, *, target: str | None = None) -> Table:
        """Return all rows as a typed table.

        Raises
        ------
        DataError
            If file, table or column is missing or unreadable; it names file, line and column.
        """
        from custpred.source._typing.typed_table import table_of

        return table_of(self.raw(), self, target)

    def scanned(self) -> str | None:
        """Return files that DuckDB may read directly, as they define column types, or None."""
        return None

    def cost(self) -> Cost:
        """Estimate the cost of reading, without reading; zeros if unknown."""
        return Cost()

    def header(self) -> list[str] | None:
        """Return the column names without reading rows, for ``check``; None if not possible."""
        return None
