"""Findings of typing: every cast and every value that became missing is named and counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from custpred.errors import DataError
from custpred.source._typing import amounts, date_text, epochs, hangul, number_text, time_spans
from custpred.source._typing.forms import COMMA, GROUPED, PLAIN
from custpred.table import Finding
from custpred.text import listed, plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.source._typing.cells import Cells

_SENTINELS = (999.0, 9999.0, 99999.0, 999999.0, -999.0, -9999.0, -99999.0)
_STYLE = {COMMA: ("D104", "a decimal comma"), GROUPED: ("D105", "thousands separators")}
_SHOWN = 10


def missing_words(name: str, cells: Cells) -> tuple[Finding, ...]:
    """Report cells with only blanks, and texts that the recipe declares missing."""
    found = []
    if cells.blank:
        text = f"Column {name!r} has {plural(cells.blank, 'cell')} with only blanks; they are missing values."
        found.append(Finding("D103", "warning", text, name, {"rows": cells.blank}))
    if cells.marked:
        text = f"Column {name!r} has {plural(cells.marked, 'cell')} with a text that the recipe declares missing."
        found.append(Finding("D121", "info", text, name, {"rows": cells.marked}))
    if cells.trimmed:
        text = f"Blanks around {plural(cells.trimmed, 'value')} of column {name!r} were removed."
        found.append(Finding("D116", "info", text, name, {"rows": cells.trimmed}))
    return tuple(found)


def together(findings: Sequence[Finding]) -> list[Finding]:
    """Merge the findings about removed blanks into one for all columns."""
    trimmed = [finding for finding in findings if finding.code == "D116"]
    if len(trimmed) < 2:
        return list(findings)
    names, rows = listed(finding.column for finding in trimmed), sum(int(f.numbers["rows"]) for f in trimmed)
    text = f"Blanks around {plural(rows, 'value')} of {len(trimmed)} columns were removed: {names}."
    kept = [finding for finding in findings if finding.code != "D116"]
    return [*kept, Finding("D116", "info", text, None, {"rows": rows, "columns": len(trimmed)})]


def empty_cells(counts: dict[str, int]) -> list[Finding]:
    """Report empty cells, in one finding for the whole table."""
    filled = {name: count for name, count in counts.items() if count}
    if not filled:
        return []
    total, names = sum(filled.values()), listed(filled)
    text = f"{plural(total, 'empty cell')} in {plural(len(filled), 'column')} are missing values: {names}."
    return [Finding("D123", "info", text, None, {"cells": total, "columns": len(filled)})]


def marks(name: str, cells: Cells, is_mark: np.ndarray) -> tuple[Finding, ...]:
    """Report common words for 'missing' among labels, which stay values if not declared."""
    words = [str(cells.levels[place]) for place in np.flatnonzero(is_mark)]
    if not words:
        return ()
    rows = int(cells.counts[is_mark].sum())
    quoted = ", ".join(repr(word) for word in words)
    text = (
        f"Column {name!r} has {plural(rows, 'row')} with {quoted}, which may mean 'missing'; they are kept as values."
    )
    return (Finding("D124", "info", f"{text} List it to change that: `missing: [{quoted}]`.", name, {"rows": rows}),)


def markers_removed(name: str, cells: Cells, is_mark: np.ndarray) -> tuple[Finding, ...]:
    """Report common words for 'missing' among numbers or dates, which became missing values."""
    if not is_mark.any():
        return ()
    rows, words = int(cells.counts[is_mark].sum()), listed(repr(str(word)) for word in cells.levels[is_mark])
    text = f"Column {name!r} holds numbers or dates, and {words} in {plural(rows, 'row')}; these became missing."
    return (Finding("D125", "warning", text, name, {"rows": rows}),)


def number_style(name: str, way: str, rows: int) -> tuple[Finding, ...]:
    """Report numbers with a decimal comma or thousands separators."""
    if way == time_spans.DAYS:
        return (durations(name),)
    if way not in _STYLE:
        return ()
    code, words = _STYLE[way]
    text = f"Column {name!r} is read as numbers with {words} ({plural(rows, 'row')}); `decimal` overrides."
    return (Finding(code, "warning", text, name, {"rows": rows}),)


def money(name: str, style: amounts.Style) -> tuple[Finding, ...]:
    """Report amounts of money and percentages that are read as numbers."""
    kind, _, way = style.written.partition(" ")
    what = f"amounts of money ({style.unit})" if style.unit else "amounts of money"
    read = (
        "percentages, which are read as shares (12% is 0.12)" if kind == amounts.PERCENT else f"{what}, read as numbers"
    )
    marks = f", written with {_STYLE[way][1]}; `decimal` overrides" if way in _STYLE else ""
    text = f"Column {name!r} holds {read} ({plural(style.rows, 'row')}){marks}."
    return (Finding("D106", "info", text, name, {"rows": style.rows}),)


def unread_money(name: str, cells: Cells) -> tuple[Finding, ...]:
    """Report a column in which most rows are amounts or percentages, but unreadable."""
    units, rows = amounts.units_of(cells)
    if not rows:
        return ()
    numbers: dict[str, float | int | str] = {"rows": rows, "others": cells.filled - rows, "units": len(units)}
    if len(units) > 1:
        text = f"Column {name!r} holds amounts in several units ({listed(units)}), so it is kept as text. "
        return (Finding("D108", "warning", text + "Convert all amounts to one unit.", name, numbers),)
    text = f"Column {name!r} holds amounts ({units[0]}) in {plural(rows, 'row')}, and other values in "
    text += f"{plural(cells.filled - rows, 'row')}, so it is kept as text. "
    remedy = f"Use `types: {{{name}: number}}` to make the others missing."
    return (Finding("D108", "warning", text + remedy, name, numbers),)


def forced_style(name: str, written: str) -> tuple[Finding, ...]:
    """Report how percentages are read if the recipe requires a number."""
    if not written.startswith(amounts.PERCENT):
        return ()
    return (Finding("D106", "info", f"Percentages in column {name!r} are read as shares (12% is 0.12).", name),)


def nearly(name: str, cells: Cells) -> tuple[Finding, ...]:
    """Report a column that would be numbers, or dates, except for a few other values."""
    some = cells.levels[:: max(1, len(cells.levels) // 200)]
    if len(cells.levels) < 10:
        return ()
    if np.isnan(number_text.parse(some, PLAIN)).mean() > 0.5:
        return _nearly_dates(name, cells, some)
    good, bad = number_text.almost(cells)
    if bad == 0 or bad > 0.1 * good:
        return ()
    text = f"Column {name!r} holds {plural(good, 'number')}, and {plural(bad, 'other value')}, so it is kept as text."
    remedy = f"Use `types: {{{name}: number}}` to make the others missing."
    return (Finding("D127", "warning", f"{text} {remedy}", name, {"numbers": good, "others": bad}),)


def _nearly_dates(name: str, cells: Cells, some: np.ndarray) -> tuple[Finding, ...]:
    try:
        if np.isnat(date_text.read_loosely(some, name, "")[0]).mean() > 0.5:
            return ()
        lost = np.isnat(date_text.read_loosely(cells.levels, name, "")[0])
    except DataError:  # day or month may come first
        return ()
    good, bad = int(cells.counts[~lost].sum()), int(cells.counts[lost & ~cells.marks()].sum())
    if bad > 0.1 * good:
        return ()
    if not bad:
        mixed = f"Column {name!r} holds dates in several formats, so it is kept as text. Use `types: {{{name}: date}}`."
        return (Finding("D127", "warning", mixed, name, {"dates": good, "others": 0}),)
    text = f"Column {name!r} holds {plural(good, 'date')}, and {plural(bad, 'other value')}, so it is kept as text."
    remedy = f"Use `types: {{{name}: date}}` to make the others missing."
    return (Finding("D127", "warning", f"{text} {remedy}", name, {"dates": good, "others": bad}),)


def odd_number(name: str, filled: np.ndarray, distinct: int) -> tuple[Finding, ...]:
    """Report frequent values far from all others, such as 999: they may mean 'missing'."""
    edges = {float(filled.min()), float(filled.max())}
    if distinct < 3:
        return ()
    for mark in edges.intersection(_SENTINELS):
        rows = int((filled == mark).sum())
        if rows < max(_SHOWN, 0.005 * len(filled)) or not _stands_alone(filled, mark):
            continue
        text = f"Column {name!r} holds {mark:.0f} in {plural(rows, 'row')}, far from all other values; it may mean "
        text += f"'missing' or 'never'. It is kept; to change that: `missing: ['{mark:.0f}']`."
        return (Finding("D124", "info", text, name, {"rows": rows}),)
    return ()


def _stands_alone(filled: np.ndarray, mark: float) -> bool:
    others = filled[filled != mark]
    edge = float(np.abs(others).max())
    return bool((others < mark).all() if mark > 0 else (others > mark).all()) and edge < 0.6 * abs(mark)


def infinite(name: str, rows: int, *, dates: bool = False) -> Finding:
    """Report infinite numbers, or dates, which databases write for 'never' and 'always'."""
    what = plural(rows, "infinite date") if dates else plural(rows, "infinite number")
    text = f"Column {name!r} has {what}; they became missing."
    return Finding("D126", "warning", text, name, {"rows": rows})


def long_numbers(name: str) -> Finding:
    """Report integers that a float cannot represent exactly."""
    text = f"Column {name!r} holds whole numbers of 2^53 or more, which would lose digits; they are kept as text."
    return Finding("D122", "warning", text, name)


def durations(name: str) -> Finding:
    """Report durations, which became numbers of days."""
    return Finding("D142", "info", f"Column {name!r} holds durations; they are read as numbers of days.", name)


def zone(name: str) -> Finding:
    """Report times with a zone."""
    return Finding("D140", "warning", f"Column {name!r} has times with a time zone; they were turned into UTC.", name)


def other_zone(name: str, *, zoned: bool) -> Finding:
    """Report new times with a zone where training had none, or the reverse: hours may differ."""
    text = (
        "has times with a time zone, which training did not have; they were turned into UTC."
        if zoned
        else "has times without a time zone, which training had; they are taken as UTC."
    )
    return Finding("D167", "warning", f"Column {name!r} {text}", name)


def dates(name: str, written: str) -> tuple[Finding, ...]:
    """Report dates read from an ambiguous format."""
    if written in epochs.EPOCHS:
        text = f"Column {name!r} is read as dates: {written.removeprefix('epoch ')} since 1970-01-01 in UTC."
    elif written in (*epochs.FORMS, hangul.WRITTEN):
        text = f"Column {name!r} is read as dates written as {written}."
    else:
        return ()
    return (Finding("D141", "info", text, name, {"written": written}),)


def empty(name: str) -> Finding:
    """Report a column without any value."""
    return Finding("D130", "warning", f"Column {name!r} holds no value in any row; it is not used.", name)


def unused(names: Sequence[str], kind: str) -> list[Finding]:
    """Report columns that are constant or ids."""
    if not names:
        return []
    code, what = {"constant": ("D131", "the same value in every row"), "id": ("D132", "ids")}[kind]
    contents = f"holds {what} and is" if len(names) == 1 else f"hold {what} and are"
    text = f"{plural(len(names), 'column')} {contents} not used: {listed(names)}."
    return [Finding(code, "info", text, names[0], {"columns": len(names)})]


def lost(name: str, kind: str, rows: int) -> tuple[Finding, ...]:
    """Report values that could not be read as the required kind."""
    if not rows:
        return ()
    text = f"Column {name!r} has {plural(rows, 'value')} that cannot be read as {kind}; they became missing."
    return (Finding("D128", "warning", text, name, {"rows": rows}),)


def repeats(rows: int, total: int, columns: list[str] | None) -> Finding:
    """Report how many rows the recipe's ``duplicates`` dropped."""
    where = f"in {listed(columns)}" if columns else "in every column"
    text = f"{plural(rows, 'row')} of {total:,} that {'repeats' if rows == 1 else 'repeat'} an earlier one {where}"
    return Finding("D133", "info", f"{text} were left out, as the recipe says.", None, {"rows": rows, "total": total})


def extra(names: Sequence[str]) -> list[Finding]:
    """Report columns that the model does not know."""
    if not names:
        return []
    text = f"Ignored {plural(len(names), 'column')} that the model does not know: {listed(names)}."
    return [Finding("D160", "info", text, None, {"columns": len(names)})]
