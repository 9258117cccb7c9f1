"""SQL expressions as ONNX nodes: arithmetic, comparisons, CASE, and the parts of dates."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from custpred.sql.onnx_nodes import DOUBLE, FLOAT, ML

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlglot.expressions import Expression

    from custpred.sql.onnx_nodes import Nodes
    from custpred.sql.statement import Operator

Kind: TypeAlias = Literal["number", "text", "flag"]
Constant: TypeAlias = float | str | None
"""None is NULL."""

_NUMBERS = {"Add": "Add", "Sub": "Sub", "Mul": "Mul", "Div": "Div", "Abs": "Abs", "Neg": "Neg"}
_NUMBERS |= {"Ln": "Log", "Exp": "Exp", "Floor": "Floor"}
_FLAGS = {"LT": "Less", "LTE": "LessOrEqual", "GT": "Greater", "GTE": "GreaterOrEqual", "EQ": "Equal"}
_FLAGS |= {"And": "And", "Or": "Or", "Not": "Not"}
_CALENDAR = {
    "hour": "FLOOR(({x} - FLOOR({x})) * 24 + 1e-8)",
    "z": "FLOOR({x}) + 719468",
    "era": "FLOOR({z} / 146097)",
    "doe": "{z} - {era} * 146097",
    "yoe": "FLOOR(({doe} - FLOOR({doe} / 1460) + FLOOR({doe} / 36524) - FLOOR({doe} / 146096)) / 365)",
    "doy": "{doe} - (365 * {yoe} + FLOOR({yoe} / 4) - FLOOR({yoe} / 100))",
    "mp": "FLOOR((5 * {doy} + 2) / 153)",
    "day": "{doy} - FLOOR((153 * {mp} + 2) / 5) + 1",
    "month": "CASE WHEN {mp} < 10 THEN {mp} + 3 ELSE {mp} - 9 END",
    "quarter": "FLOOR(({month} + 2) / 3)",
    "year": "{yoe} + {era} * 400 + CASE WHEN {month} <= 2 THEN 1 ELSE 0 END",
    "march": "60 + FLOOR({year} / 4) - FLOOR({year} / 100) + FLOOR({year} / 400)"
    " - FLOOR(({year} - 1) / 4) + FLOOR(({year} - 1) / 100) - FLOOR(({year} - 1) / 400)",
    "doyear": "CASE WHEN {month} <= 2 THEN {doy} - 305 ELSE {doy} + {march} END",
}
"""Howard Hinnant's civil_from_days: years begin in March, leap days come last.  Days are fractions
of milliseconds, so that an hour may lack 1e-10 of its beginning."""


@dataclass(frozen=True)
class Value:
    """A node's output: numbers, texts or flags, one per row; ``single``: one for all rows."""

    name: str
    kind: Kind
    single: bool = False


@dataclass
class Expressions:
    """Expressions by name, over inputs and the outputs of operators.

    Parameters
    ----------
    inputs
        The kind of each input by name: ``number``, ``date`` or ``text``.
    used
        The inputs that an expression reads.
    """

    nodes: Nodes
    inputs: Mapping[str, str]
    operators: Sequence[tuple[Operator, tuple[str, ...]]]
    used: dict[str, str] = field(default_factory=dict)
    _named: dict[str, Value] = field(default_factory=dict)
    _outputs: dict[int, str] = field(default_factory=dict)

    def define(self, name: str, expression: str) -> Value:
        """Write an expression under a name, unless the name is already defined.

        Raises
        ------
        NotImplementedError
            For a function without ONNX nodes.
        """
        import sqlglot

        if name not in self._named:
            self._named[name] = self._value(sqlglot.parse_one(expression, read="duckdb"))
        return self._named[name]

    def full(self, value: Value) -> str:
        """Return a value in the shape (n_rows, 1)."""
        if not value.single:
            return value.name
        if not self.used:
            self._input(next(iter(self.inputs)))
        return self.nodes.add("Expand", [value.name, self.nodes.add("Shape", [next(iter(self.used))])])

    def _value(self, tree: Expression) -> Value:
        kind = type(tree).__name__
        if kind in {"Add", "Sub"}:
            return self._sum(tree)
        if kind in _NUMBERS or kind in _FLAGS:
            sides = [self._value(each) for each in (tree.this, tree.args.get("expression")) if each is not None]
            return self._node((_NUMBERS | _FLAGS)[kind], sides, "number" if kind in _NUMBERS else "flag")
        own: Callable[[Expression], Value] | None = getattr(self, f"_{kind.lower()}", None)
        if own is None:
            raise NotImplementedError(f"{kind} has no ONNX nodes: {tree}")
        return own(tree)

    def _sum(self, tree: Expression) -> Value:
        """Write a sum; iteratively, since sums with many terms exceed the recursion limit."""
        terms: list[tuple[str, Expression]] = []
        while type(tree).__name__ in {"Add", "Sub"}:
            terms.append((type(tree).__name__, tree.expression))
            tree = tree.this
        return reduce(
            lambda so_far, term: self._node(term[0], [so_far, self._value(term[1])], "number"),
            reversed(terms),
            self._value(tree),
        )

    def _node(self, operation: str, values: Sequence[Value], kind: Kind, to: int | None = None) -> Value:
        options = {} if to is None else {"to": to}
        name = self.nodes.add(operation, [each.name for each in values], options=options)
        return Value(name, kind, all(each.single for each in values))

    def _constant(self, value: float | str) -> Value:
        return Value(self.nodes.constant(value), "text" if isinstance(value, str) else "number", True)

    def _input(self, name: str) -> Value:
        self.used[name] = self.inputs[name]
        return Value(name, "text" if self.inputs[name] == "text" else "number")

    def _paren(self, tree: Expression) -> Value:
        return self._value(tree.this)

    def _literal(self, tree: Expression) -> Value:
        return self._constant(tree.name if tree.is_string else float(tree.name))

    def _null(self, tree: Expression) -> Value:
        return self._constant(np.nan)

    def _column(self, tree: Expression) -> Value:
        return self._input(tree.name) if tree.this.quoted else self._named[tree.name]

    def _cast(self, tree: Expression) -> Value:
        wanted = tree.to.this.name
        if wanted.startswith("TIMESTAMP"):
            return self._constant(float(np.datetime64(tree.this.name, "ms").astype(np.int64)) / 86_400_000.0)
        value = self._value(tree.this)
        if wanted != "FLOAT":
            return value
        return self._node("Cast", [self._node("Cast", [value], "number", to=FLOAT)], "number", to=DOUBLE)

    def _is(self, tree: Expression) -> Value:
        return self._missing(self._value(tree.this))

    def _coalesce(self, tree: Expression) -> Value:
        first, other = self._value(tree.this), self._value(tree.expressions[0])
        return self._where(self._missing(first), other, first)

    def _nullif(self, tree: Expression) -> Value:
        value, other = self._value(tree.this), self._value(tree.expression)
        return self._where(self._node("Equal", [value, other], "flag"), self._constant(np.nan), value)

    def _greatest(self, tree: Expression) -> Value:
        return self._node("Max", [self._value(each) for each in (tree.this, *tree.expressions)], "number")

    def _in(self, tree: Expression) -> Value:
        keys = [_literal_of(each) for each in tree.expressions]
        found = self._looked_up(self._value(tree.this), dict.fromkeys(keys, 1.0), 0.0)
        return self._node("Greater", [found, self._constant(0.5)], "flag")

    def _extract(self, tree: Expression) -> Value:
        x, part = tree.expression.name, {"doy": "doyear"}.get(tree.this.name.lower(), tree.this.name.lower())
        names = {"x": x, **{each: f"{x}_{each}" for each in _CALENDAR}}
        for each, formula in _CALENDAR.items():
            self.define(names[each], formula.format(**names))
            if each == part:
                break
        return self._named[names[part]]

    def _anonymous(self, tree: Expression) -> Value:
        """Write an operator when its first output is needed, and return the requested output."""
        number, place = (int(each.name) for each in tree.expressions[:2])
        operator, columns = self.operators[number]
        if number not in self._outputs:
            rows = self.nodes.add("Concat", [self.full(self._named[each]) for each in columns], options={"axis": 1})
            self._outputs[number] = operator.write(self.nodes, rows)
        one = self.nodes.constant([place], np.int64)
        return Value(self.nodes.add("Gather", [self._outputs[number], one], options={"axis": 1}), "number")

    def _case(self, tree: Expression) -> Value:
        table = self._table(tree)
        if table is not None:
            return table
        subject, default = tree.this and self._value(tree.this), tree.args.get("default")
        found = self._constant(np.nan) if default is None else self._value(default)
        for each in reversed(tree.args["ifs"]):
            test = self._value(each.this)
            if subject:
                test = self._node("Equal", [subject, test], "flag")
            found = self._where(test, self._value(each.args["true"]), found)
        return found

    def _table(self, tree: Expression) -> Value | None:
        """Write a CASE that looks one column up in a list of constants; None for any other CASE."""
        ways: list[tuple[Expression, list[Expression], Expression]] = []
        for each in tree.args["ifs"]:
            test, listed = each.this, {"In": each.this.expressions, "EQ": [each.this.args.get("expression")]}
            keys = [test] if tree.this else listed.get(type(test).__name__)
            if keys is None:
                return None
            ways.append((tree.this or test.this, keys, each.args["true"]))
        subjects, default = {each.sql() for each, _, _ in ways}, tree.args.get("default")
        constant = all(_is_literal(each) for _, keys, value in ways for each in (*keys, value))
        if len(subjects) != 1 or not constant or (default is not None and not _is_literal(default)):
            return None
        table = {_literal_of(key): _literal_of(value) for _, keys, value in reversed(ways) for key in keys}
        return self._looked_up(self._value(ways[0][0]), table, None if default is None else _literal_of(default))

    def _looked_up(self, x: Value, table: Mapping[Constant, Constant], default: Constant) -> Value:
        """Map each value to its constant; None is NULL."""
        texts = any(isinstance(each, str) for each in (*table.values(), default))
        empty = "" if texts else np.nan
        values = [empty if each is None else each for each in (*table.values(), default)]
        options = {"keys_tensor": list(table), "values_tensor": values[:-1], "default_tensor": values[-1:]}
        listed = {name: self.nodes.tensor(each, name) for name, each in options.items()}
        name = self.nodes.add("LabelEncoder", [x.name], domain=ML, options=listed)
        return Value(name, "text" if texts else "number", x.single)

    def _missing(self, value: Value) -> Value:
        if value.kind == "text":
            return self._node("Equal", [value, self._constant("")], "flag")
        return self._node("IsNaN", [value], "flag")

    def _where(self, test: Value, one: Value, other: Value) -> Value:
        """Write a choice; if one side is a text and the other NULL, NULL is the empty text."""
        if one.kind != other.kind:
            one, other = (each if each.kind == "text" else self._constant("") for each in (one, other))
        return self._node("Where", [test, one, other], one.kind)


def _is_literal(tree: Expression) -> bool:
    return type(tree).__name__ in {"Literal", "Null"} or (type(tree).__name__ == "Neg" and _is_literal(tree.this))


def _literal_of(tree: Expression) -> Constant:
    """Return a constant; None is NULL."""
    if type(tree).__name__ == "Null":
        return None
    if type(tree).__name__ == "Neg":
        return -float(tree.this.name)
    return str(tree.name) if tree.is_string else float(tree.name)
