"""Rows as SQL: fitted steps modify them in place, and models read them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from custpred.sql.dialect import Dialect
    from custpred.sql.statement import Statement


@dataclass(frozen=True)
class Cell:
    """A column as an SQL expression, NULL for missing values.

    ``level`` is a text, ``code`` a position in ``levels``; ``single``: it already has 32 bits.
    """

    kind: Literal["number", "level", "code", "date", "text"]
    sql: str
    levels: tuple[str, ...] = ()
    single: bool = False


@dataclass
class SqlRows:
    """Columns by name, and the statement that holds their expressions.

    >>> from custpred.sql.dialect import DIALECTS
    >>> from custpred.sql.statement import Statement
    >>> rows = SqlRows(Statement(DIALECTS["duckdb"]))
    >>> plan = Cell("level", "plan")
    >>> rows.picked(plan, {"basic": "1", "pro": "2"}, other="0", missing="NULL")
    "CASE WHEN plan IN ('basic') THEN 1 WHEN plan IN ('pro') THEN 2 WHEN plan IS NULL THEN NULL ...
    """

    statement: Statement
    columns: dict[str, Cell] = field(default_factory=dict)

    @property
    def dialect(self) -> Dialect:
        """Return the engine's SQL."""
        return self.statement.dialect

    def __getitem__(self, name: str) -> Cell:
        return self.columns[name]

    def put(self, name: str, cell: Cell) -> None:
        """Set a column; its expression gets a name in the statement."""
        self.columns[name] = replace(cell, sql=self.statement.name(cell.sql))

    def number(self, name: str, sql: str, *, single: bool = False) -> None:
        """Set a column of numbers."""
        self.put(name, Cell("number", sql, single=single))

    def drop(self, names: Iterable[str]) -> None:
        """Drop columns."""
        for name in names:
            del self.columns[name]

    def flag(self, condition: str) -> str:
        """Return 1 if a condition is true, 0 if it is false or unknown."""
        return f"CASE WHEN {condition} THEN {self.dialect.literal(1)} ELSE {self.dialect.literal(0)} END"

    def texts(self, cell: Cell) -> str:
        """Return a category's levels as texts."""
        if cell.kind == "level":
            return cell.sql
        pairs = (f"WHEN {code} THEN {self.dialect.quoted(level)}" for code, level in enumerate(cell.levels))
        return self.statement.name(f"CASE {cell.sql} {' '.join(pairs)} END")

    def picked(self, cell: Cell, values: Mapping[str, str] | Mapping[float, str], other: str, missing: str) -> str:
        """Return each row's level's value; ``other`` for unlisted levels, ``missing`` for NULL."""
        groups: dict[str, list[str]] = {}
        for literal, value in self._literals(cell, values, other):
            if value != other:
                groups.setdefault(value, []).append(literal)
        whens = [f"WHEN {self.dialect.among(cell.sql, keys)} THEN {value}" for value, keys in groups.items()]
        if missing != other:
            whens.append(f"WHEN {cell.sql} IS NULL THEN {missing}")
        return f"CASE {' '.join(whens)} ELSE {other} END" if whens else other

    def _literals(
        self, cell: Cell, values: Mapping[str, str] | Mapping[float, str], other: str
    ) -> list[tuple[str, str]]:
        write = self.dialect
        if cell.kind == "code":
            own = {str(level): value for level, value in values.items()}
            return [(str(code), own.get(level, other)) for code, level in enumerate(cell.levels)]
        if cell.kind == "number":
            return [(write.literal(float(level)), value) for level, value in values.items()]
        return [(write.quoted(str(level)), value) for level, value in values.items()]

    def group(self, x: str, cuts: Sequence[float]) -> str:
        """Return a number's bin 0, 1, ... between ascending cuts; a number at a cut is above it."""
        whens = [f"WHEN {x} < {self.dialect.literal(cut)} THEN {place}" for place, cut in enumerate(cuts)]
        return f"CASE WHEN {x} IS NULL THEN NULL {' '.join(whens)} ELSE {len(cuts)} END"


@dataclass(frozen=True)
class SqlMatrix:
    """Prepared rows as models read them: the expression of each column."""

    statement: Statement
    columns: tuple[str, ...]

    @property
    def dialect(self) -> Dialect:
        """Return the engine's SQL."""
        return self.statement.dialect
