"""Infer the kind of a column from its values, and convert it to the dtype of that kind."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from custpred.source._typing import amounts, date_text, epochs, families, ids, number_text, time_spans, typing_notes
from custpred.source._typing.as_dates import as_dates
from custpred.source._typing.cells import Cells, cells_of
from custpred.source._typing.convert import category, convert, parsed
from custpred.source._typing.forms import some_of
from custpred.table import Column, Finding

if TYPE_CHECKING:
    from custpred.table import Kind

FEW = 30
"""Integers with at most this many distinct values are codes."""
_WORDS, _UNIQUE = 4, 0.5


@dataclass(frozen=True)
class Hints:
    """What is known about a column before its values are read."""

    missing: tuple[str, ...] = ()
    decimal: str | None = None
    kind: str | None = None
    is_target: bool = False


@dataclass(frozen=True)
class Typed:
    """A column in the dtype of its kind, its description, and findings."""

    values: pd.Series
    column: Column
    findings: tuple[Finding, ...] = ()


def type_column(name: str, series: pd.Series, hints: Hints) -> Typed:
    """Infer the kind of a column and convert it.

    Raises
    ------
    DataError
        If cells are not single values, or the order of day and month is ambiguous.
    """
    if hints.kind:
        return _forced(name, series, hints)
    series = time_spans.ordered(series)
    family = families.family_of(series)
    if family == "number":
        return _numbers_column(name, series, hints)
    if family == "date":
        return _dates_column(name, series)
    return _texts_column(name, cells_of(series, hints.missing), hints, isinstance(series.dtype, pd.CategoricalDtype))


def _forced(name: str, series: pd.Series, hints: Hints) -> Typed:
    """Apply the type set in the recipe; unreadable values become missing and are counted."""
    kind, _, order = str(hints.kind).partition(" ")
    if kind == "date":
        return _forced_date(name, series, hints.missing, order)
    series = time_spans.ordered(series)
    order = _written(series, kind, hints)
    column = Column(name, cast("Kind", kind), "the recipe says so", order)
    values, lost = convert(series, column, hints.missing, hints.decimal)
    return Typed(values, column, (*typing_notes.forced_style(name, order), *typing_notes.lost(name, kind, lost)))


def _written(series: pd.Series, kind: str, hints: Hints) -> str:
    """Return the format of values that become numbers, to read new values in the same way."""
    if kind not in {"number", "code"}:
        return ""
    if time_spans.is_duration(series):
        return time_spans.DAYS
    if families.family_of(series) != "text":
        return ""
    cells = cells_of(series, hints.missing)
    style = amounts.style_of(cells, hints.decimal, least=0.0)
    return number_text.written(cells.levels[~cells.marks()], hints.decimal) or (style.written if style else "")


def _forced_date(name: str, series: pd.Series, missing: tuple[str, ...], order: str) -> Typed:
    found = as_dates(series, name, order, missing)
    column = Column(name, "date", "the recipe says so", found.written, found.zoned)
    findings = (*typing_notes.lost(name, "date", found.lost), *typing_notes.dates(name, found.written))
    return Typed(pd.Series(found.values), column, (*findings, *((typing_notes.zone(name),) if found.zoned else ())))


def _numbers_column(name: str, series: pd.Series, hints: Hints) -> Typed:
    values = families.floats(series)
    if families.beyond_float(series, values):
        cells = cells_of(series, hints.missing)
        return _labels(name, cells, hints, (typing_notes.long_numbers(name),))
    declared = [float(mark) for mark in hints.missing if number_text.written(np.array([mark], dtype=object), ".") == ""]
    if declared:
        values = np.where(np.isin(values, declared), np.nan, values)
    if time_spans.is_duration(series):
        column = Column(name, "number", "", time_spans.DAYS)
        return _number_kind(name, values, hints, Typed(series, column, (typing_notes.durations(name),)))
    return _number_kind(name, values, hints)


def _number_kind(name: str, values: np.ndarray, hints: Hints, found: Typed | None = None) -> Typed:
    """Choose between number, code, id, date, constant and empty."""
    written, findings = (found.column.written, found.findings) if found else ("", ())
    infinite = np.isinf(values)
    if infinite.any():
        values = np.where(infinite, np.nan, values)
        findings = (*findings, typing_notes.infinite(name, int(infinite.sum())))
    filled = values[~np.isnan(values)]
    if not len(filled):
        return _empty(name, len(values), findings)
    whole, distinct = bool((filled == np.floor(filled)).all()), _distinct(name, filled)
    if whole and not hints.is_target:
        as_date = _digit_dates(name, values)
        if as_date is not None:
            return as_date
        if reason := ids.number_id(name, filled, distinct):
            return _id(name, pd.Series(values), reason, findings)
    kind, reason = _number_reason(whole, distinct, len(filled) == len(values))
    findings = (*findings, *typing_notes.odd_number(name, filled, distinct))
    return Typed(pd.Series(values), Column(name, kind, reason, written), findings)


def _distinct(name: str, filled: np.ndarray) -> int:
    """Count distinct numbers: exactly up to a limit, or if the name suggests an id."""
    some = len(pd.unique(filled[:10_000]))
    return some if some > FEW and not ids.named_like_id(name) else len(pd.unique(filled))


def _number_reason(whole: bool, distinct: int, complete: bool) -> tuple[Kind, str]:
    if distinct == 1 and complete:
        return "constant", "every row holds the same number"
    if whole and distinct <= FEW:
        return "code", f"whole numbers with {distinct} distinct values"
    return "number", "whole numbers with many values" if whole else "numbers with fractions"


def _digit_dates(name: str, values: np.ndarray) -> Typed | None:
    """Read 20240131, or 20240131093000, as dates if the name suggests a date."""
    form = epochs.form_of(values) if date_text.named_like_date(name) else None
    if form is None or form in epochs.EPOCHS:
        return None
    dates = epochs.dates_of(values, form)
    known = dates[~np.isnan(values)]
    if np.isnat(known).any() or known.min() < np.datetime64("1900") or known.max() >= np.datetime64("2100"):
        return None
    return Typed(pd.Series(dates), Column(name, "date", f"dates written as {form}", form))


def _dates_column(name: str, series: pd.Series) -> Typed:
    values, zoned = families.dates(series)
    beyond = int((np.isnat(values) & series.notna().to_numpy()).sum())
    findings = (*typing_notes.lost(name, "date", beyond), *((typing_notes.zone(name),) if zoned else ()))
    if np.isnat(values).all():
        return _empty(name, len(values), findings)
    periods = time_spans.is_period(series)
    reason = "periods, by their first day" if periods else "dates in the source"
    column = Column(name, "date", reason, time_spans.PERIODS if periods else date_text.ISO, zoned)
    return Typed(pd.Series(values), column, findings)


def _empty(name: str, rows: int, findings: tuple[Finding, ...]) -> Typed:
    column = Column(name, "empty", "no row holds a value")
    return Typed(pd.Series(np.full(rows, np.nan)), column, (*findings, typing_notes.empty(name)))


def _id(name: str, series: pd.Series, reason: str, findings: tuple[Finding, ...]) -> Typed:
    texts = cells_of(series).texts()
    return Typed(pd.Series(texts, dtype=object), Column(name, "id", reason), findings)


def _texts_column(name: str, cells: Cells, hints: Hints, declared: bool) -> Typed:
    """Try numbers, then dates, then kinds of text."""
    findings = typing_notes.missing_words(name, cells)
    if not len(cells.levels):
        return _empty(name, len(cells.codes), findings)
    marks = cells.marks()
    if not declared and not marks.all():
        if number_text.too_long(cells.levels):
            return _labels(name, cells, hints, (*findings, typing_notes.long_numbers(name)))
        found = (
            _read_numbers(name, cells, marks, hints)
            or _read_money(name, cells, marks, hints)
            or _read_dates(name, cells, marks)
        )
        if found is not None:
            merged = Typed(found.values, found.column, (*findings, *found.findings))
            return (
                merged if found.column.kind == "date" else _number_kind(name, merged.values.to_numpy(), hints, merged)
            )
    nearly = typing_notes.unread_money(name, cells) or typing_notes.nearly(name, cells)
    found = _labels(name, cells, hints, (*findings, *nearly))
    notes = typing_notes.marks(name, cells, marks) if found.column.kind == "category" else ()
    return replace(found, findings=(*found.findings, *notes))


def _read_numbers(name: str, cells: Cells, marks: np.ndarray, hints: Hints) -> Typed | None:
    """Read numbers; a few common words for 'missing' among them become missing, and are counted."""
    way = number_text.written(cells.levels[~marks], hints.decimal)
    if way is None and time_spans.are_durations(cells.levels[~marks]):
        way = time_spans.DAYS
    if way is None or not _enough(marks):
        return None
    values = cells.spread(parsed(cells.levels, way), np.nan)
    findings = (*typing_notes.markers_removed(name, cells, marks), *typing_notes.number_style(name, way, cells.filled))
    return Typed(pd.Series(values), Column(name, "number", "", way), findings)


def _read_money(name: str, cells: Cells, marks: np.ndarray, hints: Hints) -> Typed | None:
    """Read amounts or percentages; the few other values become missing, and are counted."""
    if hints.is_target and len(cells.levels) <= FEW:
        return None  # few levels are classes, whose labels must not change
    style = amounts.style_of(cells, hints.decimal)
    if style is None or not _enough(marks):
        return None
    levels = parsed(cells.levels, style.written)
    lost = int(cells.counts[np.isnan(levels) & ~marks].sum())
    findings = (
        *typing_notes.markers_removed(name, cells, marks),
        *typing_notes.money(name, style),
        *typing_notes.lost(name, "number", lost),
    )
    column = Column(name, "number", "", style.written)
    return Typed(pd.Series(cells.spread(levels, np.nan)), column, findings)


def _enough(marks: np.ndarray) -> bool:
    """Return whether at least two distinct values remain besides markers of missing values."""
    return not marks.any() or int((~marks).sum()) >= 2


def _read_dates(name: str, cells: Cells, marks: np.ndarray) -> Typed | None:
    gone = marks | date_text.never(cells.levels)
    if gone.all():
        return None
    found = date_text.parse(cells.levels[~gone], name)
    if found is None or not _enough(gone):
        return None
    values = np.full(len(gone), np.datetime64("NaT"), dtype=epochs.DTYPE)
    values[~gone] = found[0]
    findings = typing_notes.markers_removed(name, cells, gone)
    if found[1] == date_text.ISO and date_text.has_zone(cells.levels[~gone]):
        typed = _dated(name, cells, (values, found[1]), (*findings, typing_notes.zone(name)))
        return replace(typed, column=replace(typed.column, zoned=True))
    return _dated(name, cells, (values, found[1]), findings)


def _dated(name: str, cells: Cells, found: tuple[np.ndarray, str], findings: tuple[Finding, ...]) -> Typed:
    values, written = found
    reason = f"dates written as {written}" if written else "dates with the month's name"
    dated = pd.Series(cells.spread(values, np.datetime64("NaT")))
    return Typed(dated, Column(name, "date", reason, written), findings)


def _labels(name: str, cells: Cells, hints: Hints, findings: tuple[Finding, ...]) -> Typed:
    """Choose between constant, id, text and category."""
    filled, distinct = cells.filled, len(cells.levels)
    if distinct == 1 and filled == len(cells.codes) and not hints.is_target:
        return Typed(
            pd.Series(cells.texts(), dtype=object), Column(name, "constant", "every row holds the same text"), findings
        )
    words = _mean_words(cells.levels)
    if words >= _WORDS and distinct >= _UNIQUE * filled and not hints.is_target:
        column = Column(name, "text", f"{words:.0f} words on average, mostly different")
        return Typed(pd.Series(cells.texts(), dtype=object), column, findings)
    if not hints.is_target and (reason := ids.text_id(name, cells.levels, filled)):
        return Typed(pd.Series(cells.texts(), dtype=object), Column(name, "id", reason), findings)
    values = category(cells)
    what = "ordered levels" if cells.ordered else "texts"
    reason = f"{what} with {len(values.cat.categories):,} distinct values"
    return Typed(values, Column(name, "category", reason), findings)


def _mean_words(levels: np.ndarray) -> float:
    some = some_of(levels)
    return sum(len(text.split()) for text in some) / max(1, len(some))
