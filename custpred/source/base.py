"""The contract of sources: where customers and events come from.

A source implements ``raw``, which returns cells as they are written, with findings about the file itself.
``read`` is the same for all of them: it finds each column's kind, parses numbers and dates, and names
what is suspicious, so that a CSV file and a database give the same table.
"""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from custpred.source._guess import kind_of
from custpred.source._raw import Mark
from custpred.source._reading.cost import Cost
from custpred.spec import Spec

if TYPE_CHECKING:
    from custpred.source._raw import Raw
    from custpred.storage.plain import JSON
    from custpred.table import Table


class Source(Spec):
    """Where customers come from; ``key`` and ``types`` hold for every source; text files are ``text_only``.

    >>> Source.parse({"path": "orders.csv"}).kind(), Source.parse({"sample": "telecom"}).kind()
    ('csv', 'sample')
    """

    text_only: ClassVar[bool] = False

    key: str | None = Field(None, description="Column with the customer's id; never a feature.")
    types: dict[str, str] = Field(
        default_factory=dict,
        description="Column kinds where the guess is wrong: number, code, category, date, text, id; "
        "'date D/M/Y' or 'date M/D/Y' also says the order.",
    )
    drop: list[str] = Field([], description="Columns to leave out, such as those known only afterwards.")
    missing: list[Mark] = Field([], description="Further texts that mean 'missing', such as '?' or 'unknown'.")
    duplicates: Literal["keep", "drop"] | list[str] = Field(
        "keep", description="Rows that repeat an earlier one in all columns, the key too; or a list: drop, by these."
    )

    @classmethod
    def _kind_of(cls, options: JSON) -> str | None:
        """Guess the kind from ``path``, ``url`` or ``sample``; a path's ending decides."""
        return kind_of(options)

    def raw(self) -> Raw:
        """Return all rows unchanged, with findings about the source itself; raises as ``read`` does."""
        raise NotImplementedError

    def read(self, *, target: str | None = None) -> Table:
        """Return all rows as a typed table.

        Raises
        ------
        DataError
            If the file, table or column is missing or cannot be read; it names file, line and column.
        """
        from custpred.source._typing.typed_table import table_of

        return table_of(self.raw(), self, target)

    def scanned(self) -> str | None:
        """Return the files that DuckDB may read itself, as they say what type each column has; None: it may not."""
        return None

    def cost(self) -> Cost:
        """Return what reading takes, about, without reading; zeros where that is not known."""
        return Cost()

    def header(self) -> list[str] | None:
        """Return the column names without reading the rows, for ``check``; None where that is not possible."""
        return None
