"""Expressions that build on each other, written as one statement or a chain of tables.

Each expression gets a name and is placed in the first part (common table expression) in which its
inputs are known.  A part selects from the previous one and passes on only the columns that later
parts need: every row is read once, and nothing is joined.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from custpred.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.sql.dialect import Dialect
    from custpred.sql.onnx_nodes import Nodes

_NAME = re.compile(r"cp_\d+")
_USED = {
    escaped: re.compile(rf"{text}|\"[^\"]*\"|`[^`]*`|\bcp_(?P<number>\d+)\b", re.DOTALL)
    for escaped, text in ((False, r"'[^']*'"), (True, r"'(?:[^'\\]|\\.)*'"))
}
"""Names of expressions, by whether a backslash escapes; quoted ones are columns and texts."""
_TOGETHER = 40
"""Maximum terms of one sum: longer ones nest deeper than some engines can parse."""
_HEAD = 2_000
"""Bytes of a statement besides its expressions."""


class Operator(Protocol):
    """A computation on many columns that is one node in a graph, while SQL spells it out."""

    @property
    def outputs(self) -> int:
        """Return the number of output columns."""

    def write(self, nodes: Nodes, rows: str) -> str:
        """Add its nodes; return outputs (n_rows, outputs) for rows (n_rows, n_columns)."""


@dataclass
class Statement:
    """Named expressions over the columns of a table.

    >>> from custpred.sql.dialect import DIALECTS
    >>> made = Statement(DIALECTS["duckdb"])
    >>> double = made.name('"age" * 2')
    >>> print(made.text([("twice", double)], "people"))
    WITH
    cp_part_1 AS (SELECT "age" * 2 AS cp_1 FROM people)
    SELECT cp_1 AS "twice" FROM cp_part_1
    """

    dialect: Dialect
    expressions: list[str] = field(default_factory=list)
    _names: dict[str, str] = field(default_factory=dict)

    def name(self, expression: str) -> str:
        """Return an expression's name, the same for equal ones; names are returned unchanged."""
        if _NAME.fullmatch(expression):
            return expression
        if expression not in self._names:
            self.expressions.append(expression)
            self._names[expression] = f"cp_{len(self.expressions)}"
        return self._names[expression]

    def total(self, terms: Sequence[str]) -> str:
        """Return the sum of terms, in parts if there are many."""
        while len(terms) > _TOGETHER:
            parts = [terms[i : i + _TOGETHER] for i in range(0, len(terms), _TOGETHER)]
            terms = [self.name(" + ".join(part)) for part in parts]
        return f"({' + '.join(terms)})" if terms else self.dialect.literal(0)

    def operator(self, operator: Operator, columns: Sequence[str]) -> list[str] | None:
        """Return the expressions of an operator's outputs; None without operators, as in SQL."""
        return None

    def text(self, outputs: Sequence[tuple[str, str]], table: str) -> str:
        """Return one statement that selects the outputs, (name, expression), from a table.

        Raises
        ------
        DataError
            CP2423 if a part has more columns than the engine allows.
        """
        parts, last = self._parts(outputs, table, "cp_part", None)
        return "WITH\n" + ",\n".join(f"{name} AS ({select})" for name, select in parts) + f"\n{last}"

    def tables(self, outputs: Sequence[tuple[str, str]], table: str, scores: str) -> list[str]:
        """Return statements that create the table ``scores``, each short enough for the engine.

        Each part is a temporary table, since the engine would merge views into one statement.
        """
        parts, last = self._parts(outputs, table, f"{scores}_part", self.dialect.part_bytes)
        made = [f"DROP TABLE IF EXISTS {name}" for name, _ in [*parts, (scores, last)]]
        made += [f"CREATE TEMPORARY TABLE {name} AS\n{select}" for name, select in parts]
        return [*made, f"CREATE TABLE {scores} AS\n{last}"]

    def _parts(
        self, outputs: Sequence[tuple[str, str]], table: str, prefix: str, most: int | None
    ) -> tuple[list[tuple[str, str]], str]:
        """Return the named parts (common table expressions) and the final SELECT."""
        needs = [self._needs(each) for each in self.expressions]
        final = {need for _, expression in outputs for need in self._needs(expression)}
        wanted = self._wanted(needs, final)
        place = self._places(needs, wanted, most)
        last_use = dict.fromkeys(final, max(place.values(), default=0) + 1)
        for number in wanted:
            for need in needs[number]:
                last_use[need] = max(last_use.get(need, 0), place[number])
        made, source = [], table
        for part in range(1, max(place.values(), default=0) + 1):
            kept = [f"cp_{n + 1}" for n in wanted if place[n] < part < last_use[n]]
            new = [f"{self.expressions[n]} AS cp_{n + 1}" for n in wanted if place[n] == part]
            self._check(len(kept) + len(new))
            made.append((f"{prefix}_{part}", self._select([*kept, *new], source)))
            source = made[-1][0]
        named = [f"{expression} AS {self.dialect.named(name)}" for name, expression in outputs]
        return made, f"SELECT {', '.join(named)} FROM {source}"

    def _select(self, columns: Sequence[str], source: str) -> str:
        fence = f" {self.dialect.fence}" if self.dialect.fence else ""
        return f"SELECT {', '.join(columns)} FROM {source}{fence}"

    def _needs(self, expression: str) -> list[int]:
        """Return the indices of the expressions that one depends on."""
        found = {each["number"] for each in _USED[self.dialect.escaped].finditer(expression)}
        return sorted({int(number) - 1 for number in found if number})

    @staticmethod
    def _wanted(needs: Sequence[Sequence[int]], final: set[int]) -> list[int]:
        """Return, in order, the expressions that the outputs need."""
        used = set(final)
        for number in range(len(needs) - 1, -1, -1):
            if number in used:
                used.update(needs[number])
        return sorted(used)

    def _places(self, needs: Sequence[Sequence[int]], wanted: Sequence[int], most: int | None) -> dict[int, int]:
        """Return each expression's part, counted from 1; parts stay below ``most`` bytes."""
        place: dict[int, int] = {}
        filled: dict[int, int] = {}
        for number in wanted:
            part = 1 + max((place[need] for need in needs[number]), default=0)
            size = len(self.expressions[number].encode()) + 20
            while most and filled.get(part, _HEAD) + size > most and filled.get(part, 0):
                part += 1
            place[number] = part
            filled[part] = filled.get(part, _HEAD) + size
        return place

    def _check(self, columns: int) -> None:
        most = self.dialect.most_columns
        if most and columns > most:
            raise DataError(
                f"Expected a statement for {self.dialect.name}, but a part of it has {columns:,} columns; the engine"
                f" takes {most:,}.",
                code="CP2423",
                remedy="Use fewer columns (features: select with at_most), or models that need no 0/1 columns.",
            )
