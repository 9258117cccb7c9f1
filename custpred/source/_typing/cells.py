"""Cells of one column as text: distinct texts, and a code for every row."""

from __future__ import annotations

import datetime
import re
import unicodedata
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING
from uuid import UUID

import numpy as np
import pandas as pd

from custpred.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Collection

MARKS = frozenset(
    {"?", "na", "n/a", "#n/a", "#na", "nan", "null", "none", "nil", "missing", "unknown", "-", "--", ".", "(null)"}
)
"""Texts, in lower case, that people write for missing values."""

_FEW = 16
_HALF = re.compile("[\ud800-\udfff]")
"""Halves of a character, as of an emoji cut in two: no file can hold them."""


@dataclass(frozen=True)
class Cells:
    """Distinct texts and a code for each row.

    Parameters
    ----------
    codes : ndarray of shape (n_rows,)
        Position in ``levels``; -1 where missing.
    levels : ndarray of shape (n_levels,)
        Distinct texts, in NFC and without surrounding blanks.
    ordered
        Whether the levels are ordered, as in an ordered category.
    blank, empty, marked, trimmed
        Numbers of rows with only blanks, no character, a missing mark, blanks around a value.
    """

    codes: np.ndarray
    levels: np.ndarray
    blank: int = 0
    empty: int = 0
    marked: int = 0
    trimmed: int = 0
    ordered: bool = False

    @cached_property
    def counts(self) -> np.ndarray:
        """Return the number of rows of each level, shape (n_levels,)."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.levels))

    @property
    def filled(self) -> int:
        """Return the number of rows that are not missing."""
        return int(self.counts.sum())

    def spread(self, values: np.ndarray, missing: object) -> np.ndarray:
        """Return one value per row from one value per level; ``missing`` for missing values."""
        wide = np.empty(len(values) + 1, dtype=values.dtype)
        wide[:-1], wide[-1] = values, missing
        spread: np.ndarray = wide[self.codes]
        return spread

    def texts(self) -> np.ndarray:
        """Return the text of each row, None if missing, shape (n_rows,)."""
        return self.spread(self.levels.astype(object), None)

    def marks(self) -> np.ndarray:
        """Return the mask of levels that are common words for 'missing', shape (n_levels,)."""
        folded = map(str.casefold, self.levels)
        return np.fromiter(map(MARKS.__contains__, folded), bool, len(self.levels))


def cells_of(series: pd.Series, missing: Collection[str] = ()) -> Cells:
    """Read a column of any values as text.

    Raises
    ------
    DataError
        If a cell holds a list, a map, bytes or another object that is not a single value.
    """
    codes, values = _factors(series)
    has_order = isinstance(series.dtype, pd.CategoricalDtype) and bool(series.dtype.ordered)
    written = [value if type(value) is str else text_of(value, series.name) for value in values]
    tidy = _tidy(written)
    if tidy == written and len(set(tidy)) == len(tidy) and not {"", *missing}.intersection(tidy):
        return Cells(codes, _objects(tidy), ordered=has_order)
    return replace(_merged(codes, written, tidy, frozenset(missing)), ordered=has_order)


def _tidy(texts: list[str]) -> list[str]:
    bare = list(map(str.strip, texts))
    if all(map(str.isascii, bare)):
        return bare
    return [unicodedata.normalize("NFC", _HALF.sub("\N{REPLACEMENT CHARACTER}", text)) for text in bare]


def _objects(texts: list[str]) -> np.ndarray:
    levels = np.empty(len(texts), dtype=object)
    levels[:] = texts
    return levels


def _merged(codes: np.ndarray, written: list[str], tidy: list[str], missing: frozenset[str]) -> Cells:
    """Assign one code to texts that became equal, and -1 to missing ones; count both."""
    seen: dict[str, int] = {}
    new = [-1 if not text or text in missing else seen.setdefault(text, len(seen)) for text in tidy]
    counts = np.bincount(codes[codes >= 0], minlength=len(tidy))
    bare = np.array([not text for text in tidy], dtype=bool)
    around = np.array([text != text.strip() for text in written], dtype=bool)
    return Cells(
        np.array([*new, -1], dtype=np.intp)[codes],
        _objects(list(seen)),
        blank=int(counts[bare & around].sum()),
        empty=int(counts[bare & ~around].sum()),
        marked=int(counts[(np.array(new, dtype=np.intp) < 0) & ~bare].sum()),
        trimmed=int(counts[around & ~bare].sum()),
    )


def _factors(series: pd.Series) -> tuple[np.ndarray, list[object]]:
    if isinstance(series.dtype, pd.CategoricalDtype):
        return series.cat.codes.to_numpy().astype(np.intp), series.cat.categories.tolist()
    try:
        codes, values = _few_factors(series.tolist()) if len(series) <= _FEW else pd.factorize(series)
    except TypeError as cause:
        raise nested(series.name) from cause
    return codes, values if isinstance(values, list) else values.tolist()


def _few_factors(values: list[object]) -> tuple[np.ndarray, list[object]]:
    """Like ``pd.factorize``, without its overhead per column; for single customers."""
    seen: dict[object, int] = {}
    codes = [-1 if pd.isna(value) is True else seen.setdefault(value, len(seen)) for value in values]
    return np.array(codes, dtype=np.intp), list(seen)


def text_of(value: object, column: object = None) -> str:
    """Return the text of a value, independent of the library.

    >>> text_of(1.0), text_of(True), text_of(0.5), text_of(Decimal("2.50"))
    ('1', 'True', '0.5', '2.5')
    """
    if isinstance(value, bool | np.bool_ | UUID):
        return str(value)
    if isinstance(value, int | np.integer):
        return str(int(value))
    if isinstance(value, float | np.floating | Decimal):
        number = float(value)
        return str(int(number)) if number.is_integer() and abs(number) < 2**53 else repr(number)
    if isinstance(value, datetime.date | datetime.time | np.datetime64):
        return str(pd.Timestamp(value)) if isinstance(value, np.datetime64) else value.isoformat()
    if isinstance(value, str | pd.Interval | pd.Period | datetime.timedelta):
        return str(value)
    raise nested(column)


def id_texts(column: pd.Series) -> pd.Series:
    """Return ids as texts without blanks around them; missing ones stay missing.

    A missing id turns the others into floats, whose texts are those of whole numbers again.

    >>> id_texts(pd.Series([12.0, None])).tolist(), id_texts(pd.Series([12, 7])).tolist()
    (['12', nan], ['12', '7'])
    """
    return column.astype(object).map(lambda value: text_of(value, column.name).strip(), na_action="ignore")


def nested(column: object, place: str | None = None) -> DataError:
    """Return the error for a column with cells that are not single values, with the place."""
    return DataError(
        f"Expected one value in each cell, but column {str(column)!r} holds lists, maps, bytes or other objects.",
        code="CP2120",
        column=str(column),
        place=place,
        remedy=f"Turn it into columns of single values, or leave it out with `drop: [{column}]`.",
    )
