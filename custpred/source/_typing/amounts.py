"""Amounts and percentages in text: ``$1,234.50``, ``1.234,50 €``, ``1,234원``, ``12%``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from custpred.source._typing.forms import COMMA, GROUPED, NUMBERS, ORDER, PLAIN, SEPARATORS, some_of

if TYPE_CHECKING:
    from custpred.source._typing.cells import Cells

AMOUNT, PERCENT = "amount", "percent"
"""First word of ``Column.written`` for such columns; the rest is the number format."""
_AGREE, _MOST = 0.95, 0.5
_SAMPLE = 200
_SAME = {
    "$": ("US$", "USD"),
    "€": ("EUR",),
    "£": ("GBP",),
    "¥": ("￥", "JPY", "円"),
    "元": ("CNY", "RMB"),
    "₩": ("￦", "KRW", "원"),
    "₹": ("INR", "Rs", "Rs."),
    "₽": ("RUB",),
    "₺": ("TRY",),
}
_UNIT = {spelling: unit for unit, spellings in _SAME.items() for spelling in (unit, *spellings)}
_MARK = r"(?:(?:AU|CA|HK|MX|NT|NZ|US|A|C|R|S)?\$|[€£¥￥₩￦₹₽₺₫฿₴₪₱₦]|원|円|元|zł|Kč|kr\.?|Rs\.?)"
_CODE = (
    "(?:USD|EUR|GBP|JPY|KRW|CNY|RMB|CHF|CAD|AUD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|INR|BRL|MXN|ZAR|SGD|HKD|TWD|THB|IDR|MYR|"
    "PHP|VND|RUB|TRY|ILS|AED|SAR)"
)
_TEXT = re.compile(
    rf"(?P<open>\()?\s?(?P<sign>[-\u2212])?\s?(?P<before>{_MARK}|{_CODE}(?=\s))?\s?"
    rf"(?P<inner>[-\u2212])?\s?(?P<number>[0-9](?:[0-9.,'\u00a0\u202f ]*[0-9])?)\s?"
    rf"(?P<after>{_MARK}|(?<=\s){_CODE}|[%\uff05])?\s?(?P<close>\))?"
)
_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}(?:\.[0-9]{3})+")


class Part(NamedTuple):
    """A parsed text: its number as written, with the sign, and its unit ("" if none)."""

    number: str
    unit: str
    brackets: bool = False


class Style(NamedTuple):
    """The format of a column of amounts or percentages, its unit, and the number of such rows."""

    written: str
    unit: str
    rows: int


def part_of(text: str) -> Part | None:
    """Parse a text; None if it is not an amount, percentage or number.

    >>> part_of("($1,234.50)"), part_of("1.234,50 €"), part_of("12%"), part_of("12 kg")
    (Part(number='-1,234.50', unit='$', brackets=True), Part(number='1.234,50', ...
    """
    found = _TEXT.fullmatch(text)
    if found is None:
        return None
    brackets = found["open"] is not None
    signs = sum(bool(each) for each in (found["sign"], found["inner"], brackets))
    if signs > 1 or brackets != (found["close"] is not None) or (found["before"] and found["after"]):
        return None
    unit = "%" if found["after"] == "\uff05" else found["before"] or found["after"] or ""
    return Part(("-" if signs else "") + found["number"], _UNIT.get(unit, unit), brackets)


def style_of(cells: Cells, decimal: str | None, *, least: float = _AGREE) -> Style | None:
    """Return the texts' format if a share ``least`` of rows are amounts, or percentages.

    None also if no text has a unit or brackets, or if units differ, which must not be mixed.
    """
    parts = _parts(cells)
    if parts is None:
        return None
    units = {part.unit for part in parts if part is not None and part.unit}
    marked = bool(units) or len({part.brackets for part in parts if part is not None}) == 2
    if not marked or len(units) > 1:
        return None
    way, rows = _way(cells, parts, decimal)
    if rows < least * cells.counts[~cells.marks()].sum():
        return None
    unit = next(iter(units), "")
    return Style(f"{PERCENT if unit == '%' else AMOUNT} {way}".strip(), unit, rows)


def units_of(cells: Cells) -> tuple[list[str], int]:
    """Return the units and the number of rows with one if these are the majority; else 0."""
    parts = _parts(cells)
    if parts is None:
        return [], 0
    own = np.array([part is not None and bool(part.unit) for part in parts], dtype=bool)
    rows = int(cells.counts[own].sum())
    if rows < _MOST * cells.filled:
        return [], 0
    return sorted({part.unit for part in parts if part is not None and part.unit}), rows


def _parts(cells: Cells) -> list[Part | None] | None:
    """Parse all texts; None if a sample shows that most are not amounts."""
    some = [part_of(text) for text in some_of(cells.levels, _SAMPLE)]
    if sum(part is not None for part in some) < _MOST * len(some):
        return None
    return [part_of(text) for text in cells.levels]


def _way(cells: Cells, parts: list[Part | None], decimal: str | None) -> tuple[str, int]:
    """Return the number format that fits most rows, and the number of these rows."""
    order = ORDER[decimal]
    rows = {
        way: sum(int(count) for part, count in zip(parts, cells.counts, strict=True) if part and _fits(part, way))
        for way in order
    }
    best = max(order, key=lambda way: rows[way])
    dotted = [part.number.lstrip("-") for part in parts if part and "." in part.number]
    if best == PLAIN and decimal is None and dotted and all(map(_THOUSANDS.fullmatch, dotted)):
        best = COMMA  # money has no three decimals: 1.234 € is a thousand and more
    return best, rows[best]


def _fits(part: Part, way: str) -> bool:
    return NUMBERS[way].fullmatch(part.number) is not None


def is_style(written: str) -> bool:
    """Return whether ``Column.written`` is a format of amounts or percentages."""
    return written.partition(" ")[0] in {AMOUNT, PERCENT}


def parse(levels: np.ndarray, written: str) -> np.ndarray:
    """Return amounts, and percentages as shares (``12%`` is 0.12), NaN for others; (n_levels,).

    Numbers without a unit stay.  A percentage is not an amount, nor an amount a percentage.
    """
    kind, _, way = written.partition(" ")
    return _values(levels, kind, (way, PLAIN))


def parse_any(levels: np.ndarray) -> np.ndarray:
    """Return texts with a currency or brackets as numbers, in any format; NaN for the rest."""
    values = _values(levels, AMOUNT, (PLAIN, GROUPED, COMMA))
    marked = [part is not None and bool(part.unit or part.brackets) for part in map(part_of, levels)]
    return np.where(marked, values, np.nan)


def _values(levels: np.ndarray, kind: str, ways: tuple[str, ...]) -> np.ndarray:
    return np.array([_value(text, kind, ways) for text in levels], dtype=np.float64)


def _value(text: str, kind: str, ways: tuple[str, ...]) -> float:
    part = part_of(text)
    if part is None or (part.unit and (part.unit == "%") != (kind == PERCENT)):
        return np.nan
    way = next((each for each in ways if _fits(part, each)), None)
    if way is None:
        return np.nan
    bare = part.number.translate(str.maketrans("", "", SEPARATORS[way]))
    number = bare.replace(",", ".") if way == COMMA else bare
    return float(f"{number}e-2" if part.unit == "%" else number)
