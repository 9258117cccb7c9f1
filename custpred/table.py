"""A table of customers: the frame, what each column is, and what reading it found."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from custpred.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd

    from custpred.labels import LabelType
    from custpred.storage.plain import JSON

Kind = Literal["number", "code", "category", "date", "text", "id", "constant", "empty"]
Severity = Literal["info", "warning", "alarm"]


@dataclass(frozen=True)
class Finding:
    """One finding of reading, profiling or preparing.

    Parameters
    ----------
    code
        Stable code such as ``D104`` (reading), ``P210`` (profile).
    severity
        ``info``, ``warning`` or ``alarm``.
    text
        One sentence without customers' values, except levels that ten customers share.
    column
        The column it concerns, if any.
    numbers
        The numbers in the sentence, for machines.

    Examples
    --------
    >>> Finding("P210", "warning", "41% of 'income' are missing.", "income").severity
    'warning'
    """

    code: str
    severity: Severity
    text: str
    column: str | None = None
    numbers: dict[str, float | int | str] = field(default_factory=dict)


@dataclass(frozen=True)
class Column:
    """What a column is, by its values.

    ``number`` float64 with NaN · ``code`` few whole numbers (0/1, grades, regions), float64 ·
    ``category`` pandas ``category`` of sorted text levels · ``date`` datetime64 · ``text`` object
    of str, None if missing · ``id`` object of str, no feature · ``constant`` and ``empty`` no
    feature.

    >>> Column("income", "number").usable, Column("customer", "id").usable
    (True, False)
    """

    name: str
    kind: Kind
    reason: str = ""
    written: str = ""
    """How values were written, if not plainly, such as ``M/D/Y``; new ones are read alike."""
    zoned: bool = False
    """Whether dates had a time zone; they are in UTC."""

    @property
    def usable(self) -> bool:
        """Return whether a model may use the column."""
        return self.kind not in {"id", "constant", "empty"}


@dataclass(frozen=True)
class Table:
    """Customers in rows; ``frame`` has a ``RangeIndex`` and the dtypes that ``Column`` promises.

    Nothing that custpred does changes ``frame`` in place.

    >>> import pandas as pd
    >>> frame = pd.DataFrame({"customer": ["a", "b"], "income": [1.0, 2.0]})
    >>> table = Table(frame, (Column("customer", "id"), Column("income", "number")), key="customer")
    >>> len(table), table.names, table.of_kind("number"), table.drop("income").names
    (2, ['customer', 'income'], ['income'], ['customer'])
    """

    frame: pd.DataFrame
    columns: tuple[Column, ...]
    key: str | None = None
    findings: tuple[Finding, ...] = ()
    origin: str = "frame"
    facts: JSON = field(default_factory=dict)
    known: np.ndarray | None = field(default=None, repr=False)
    """Sample data: true probability of the positive label (n,), of each (n, k), or value (n,)."""
    label_type: LabelType | None = None
    """The type of the target's column in the source; None for text alone, as in CSV."""

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def names(self) -> list[str]:
        """Return the column names in the table's order."""
        return [column.name for column in self.columns]

    def column(self, name: str) -> Column:
        """Return one column's description.

        Raises
        ------
        DataError
            If there is no such column, with the nearest name.
        """
        DataError.require_columns([name], self._described)
        return self._described[name]

    @cached_property
    def _described(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    def of_kind(self, *kinds: Kind) -> list[str]:
        """Return the names of the columns of some kinds."""
        return [column.name for column in self.columns if column.kind in kinds]

    def customers(self, rows: Sequence[int] | np.ndarray | None = None) -> int:
        """Return the number of distinct customers in some rows; a row without key is one."""
        ids = self.frame[self.key] if self.key in self.frame else self.frame.index.to_series()
        ids = ids if rows is None else ids.iloc[rows]
        return int(ids.nunique() + ids.isna().sum())

    def take(self, rows: Sequence[int] | np.ndarray) -> Table:
        """Return the given row positions as a new table."""
        known = None if self.known is None else self.known[rows]
        return replace(self, frame=self.frame.iloc[rows].reset_index(drop=True), known=known)

    def drop(self, *names: str) -> Table:
        """Return the table without some columns; unknown names are ignored."""
        gone = set(names)
        kept = tuple(column for column in self.columns if column.name not in gone)
        return replace(self, frame=self.frame[[column.name for column in kept]], columns=kept)

    def with_findings(self, *findings: Finding) -> Table:
        """Return the table with more findings."""
        return replace(self, findings=(*self.findings, *findings))
