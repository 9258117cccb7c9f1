"""A statement as an ONNX graph: the same expressions as nodes on columns (n_rows, 1).

Numbers have 64 bits; NULL is NaN or the empty string.  SQLGlot parses the expressions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from custpred.sql.dialect import Dialect
from custpred.sql.onnx_expressions import Expressions
from custpred.sql.onnx_nodes import Nodes
from custpred.sql.statement import Statement

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from custpred.sql.statement import Operator

PLAIN = Dialect("onnx", number="{x}", text="{x}", folded="{x}", moment="{x}", days="{x}", match="", single="FLOAT")
"""Cells are already numbers and texts, dates are days since 1970: nothing is parsed."""


@dataclass
class Graph(Statement):
    """Named expressions, with operators that exist in ONNX but not in SQL."""

    dialect: Dialect = PLAIN
    operators: list[tuple[Operator, tuple[str, ...]]] = field(default_factory=list)

    def operator(self, operator: Operator, columns: Sequence[str]) -> list[str] | None:
        """Return the expressions of an operator's outputs."""
        named = [self.name(each) for each in columns]
        self.operators.append((operator, tuple(named)))
        number = len(self.operators) - 1
        return [self.name(f"CP_OUTPUT({', '.join([f'{number}', f'{k}', *named])})") for k in range(operator.outputs)]

    def model(
        self,
        inputs: Mapping[str, str],
        outputs: tuple[str, Sequence[str]],
        facts: Mapping[str, str],
        texts: Mapping[str, str] = MappingProxyType({}),
    ) -> bytes:
        """Return an ONNX file.

        Parameters
        ----------
        inputs
            The kind of each column by name: ``number``, ``date`` or ``text``; columns that no
            output needs are left out.
        outputs
            The first output's name, and the expressions of its columns, shape (n_rows, n_outputs).
        facts
            The file's metadata.
        texts
            Further outputs by name: expressions of texts, of shape (n_rows, 1).
        """
        name, last = outputs[0], [self.name(each) for each in outputs[1]]
        more = {name: self.name(each) for name, each in texts.items()}
        needs = [self._needs(each) for each in self.expressions]
        written = Expressions(Nodes(), inputs, self.operators)
        for number in self._wanted(needs, {need for each in (*last, *more.values()) for need in self._needs(each)}):
            written.define(f"cp_{number + 1}", self.expressions[number])
        columns = [written.full(written.define(each, each)) for each in last]
        written.nodes.add("Concat", columns, output=name, options={"axis": 1})
        for own, each in more.items():
            written.nodes.add("Identity", [written.full(written.define(each, each))], output=own)
        used = {each: kind for each, kind in inputs.items() if each in written.used}
        return written.nodes.model(used, {name: len(columns), **dict.fromkeys(more, 0)}, facts)
