"""Reading of a table's columns in SQL: the cell conversions of ``conform``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.columns.spelling import MEANS, number
from custpred.sql.rows import Cell, SqlRows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from custpred.columns.contract import Expected
    from custpred.inference.predictor import Predictor
    from custpred.sql.statement import Statement
    from custpred.table import Column

_FLAGS = {"true": 1, "false": 0}


def raw_rows(predictor: Predictor, made: Statement) -> SqlRows:
    """Return the model's columns, read from a table that has them under the same names."""
    rows = SqlRows(made)
    for column in predictor.columns:
        rows.put(column.name, _cell(column, predictor.intake.by_name.get(column.name), predictor.missing, made))
    return rows


def number_of(name: str, missing: Iterable[str], words: Mapping[str, int], made: Statement) -> str:
    """Return a column's numbers; NULL for missing marks, non-numeric texts and infinite values.

    Parameters
    ----------
    words
        Texts that mean 1 or 0.
    """
    write, x = made.dialect, made.name(made.dialect.named(name))
    found, text = made.name(write.of("number", x)), write.of("folded", write.of("text", x))
    if words:
        whens = " ".join(f"WHEN {write.quoted(word)} THEN {write.literal(value)}" for word, value in words.items())
        found = made.name(f"CASE WHEN {found} IS NULL THEN CASE {text} {whens} END ELSE {found} END")
    marks = [write.literal(value) for mark in missing if (value := number(mark)) is not None]
    known = write.finite(found)
    return made.name(f"CASE WHEN {write.among(found, marks)} THEN NULL ELSE {known} END" if marks else known)


def _cell(column: Column, expected: Expected | None, missing: Iterable[str], made: Statement) -> Cell:
    write = made.dialect
    if column.kind == "empty":
        return Cell("number", f"CAST(NULL AS {write.double})")
    if column.kind in {"number", "code"}:
        words = MEANS if expected and expected.truth else _FLAGS
        return Cell("number", number_of(column.name, missing, words, made))
    x = made.name(write.named(column.name))
    if column.kind == "date":
        return Cell("date", write.of("moment", x))
    text = made.name(write.of("text", x))
    known = expected.known if expected and column.kind == "category" else ()
    clean = f"WHEN {write.among(text, [*map(write.quoted, ('', *missing))])} THEN NULL"
    if expected is None or not known:
        return Cell("level" if column.kind == "category" else "text", f"CASE {clean} ELSE {text} END")
    own = write.among(text, [*map(write.quoted, sorted(known))])
    spelled = _respelled(expected, text, made)
    return Cell("level", f"CASE {clean} WHEN {own} THEN {text} ELSE {spelled} END")


def _respelled(expected: Expected, text: str, made: Statement) -> str:
    """Return the known level of which a text is a spelling variant, else the text itself."""
    write = made.dialect
    folded = made.name(write.of("folded", text))
    found = [_chosen(folded, {write.quoted(one): level for one, level in sorted(expected.by_fold.items())}, made)]
    if expected.by_number:
        numbers = {write.literal(value): level for value, level in sorted(expected.by_number.items())}
        found.append(_chosen(made.name(write.of("number", text)), numbers, made))
    if expected.truth:
        pair = expected.truth
        found.append(_chosen(folded, {write.quoted(w): pair[m] for w, m in MEANS.items() if pair[m]}, made))
    return f"COALESCE({', '.join(each for each in [*found, text] if each)})"


def _chosen(x: str, levels: Mapping[str, str], made: Statement) -> str:
    whens = [f"WHEN {key} THEN {made.dialect.quoted(level)}" for key, level in levels.items()]
    return f"CASE {x} {' '.join(whens)} END" if whens else ""
