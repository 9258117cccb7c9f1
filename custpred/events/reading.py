"""Read a table of events through its own source; errors name table, file and column."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd
from pandas.api.types import is_datetime64_any_dtype, is_numeric_dtype

from custpred.errors import DataError, did_you_mean
from custpred.source._typing.typed_table import named_frame, table_of
from custpred.text import listed, plain, plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.events.table import EventTable
    from custpred.source._raw import Raw
    from custpred.source.base import Source
    from custpred.table import Finding, Table

_NUMBERS = {"number", "code", "empty"}
_OUR_OWN = {"D129", "D132"}
"""Codes of findings on columns that are left out, or are ids, because of this table's options."""
_FORMS = "2024-03-05 15:20, 20240305152000, epoch seconds or milliseconds, 2024년 3월 5일"

_PATH = 60
"""Maximum number of characters shown of a path: its end."""


@dataclass(frozen=True)
class Rows:
    """A table of events as read; ``repeats`` counts duplicates of earlier rows.

    ``frame`` is None if the database reads the files; ``decimal`` is the decimal mark if known.
    """

    frame: pd.DataFrame | None
    origin: str
    findings: tuple[Finding, ...] = ()
    repeats: int = 0
    decimal: str | None = None


def called(name: str, source: Source) -> str:
    """Return a table's name with its file."""
    place = getattr(source, "path", None)
    shown = plain(place, 1000)
    return f"{name!r} ({shown if len(shown) <= _PATH else '…' + shown[-_PATH:]})" if place else repr(name)


def check_columns(name: str, table: EventTable, header: Sequence[str]) -> None:
    """Check that a table has all columns named by its keys.

    Raises
    ------
    DataError
        CP2102, which names table, file, key and the existing columns.
    """
    missing = {column: place for place, column in table.columns().items() if column not in header}
    if not missing:
        return
    named = "; ".join(f"{each!r} is missing.{did_you_mean(each, header)}" for each in missing)
    keys = listed(dict.fromkeys(str(place[0]) for place in missing.values()))
    raise DataError(
        f"Expected {plural(len(missing), 'column')} that table {called(name, table.source)} does not have: {named}"
        f" Its columns are {listed(map(repr, header), 20)}.",
        code="CP2102",
        column=next(iter(missing)),
        found=plural(len(header), "column"),
        remedy=f"Add the column to the table, or name another under events: {{{name}: ...}} ({keys}).",
    )


def read(name: str, table: EventTable, *, needed: bool = True) -> Rows:
    """Read the rows of a table of events.

    Parameters
    ----------
    needed
        Whether a table without rows is an error.

    Raises
    ------
    DataError
        CP2102 for missing columns, CP2222 without rows, CP2224 if a column has the wrong content,
        CP2141 if the order of day and month is ambiguous.
    """
    try:
        raw = _raw(name, table)
    except DataError as error:
        if error.code != "CP2110":
            raise
        return _none(name, table, error, needed=needed)
    if not len(raw.frame):
        return _none(name, table, None, needed=needed)
    raw, repeats = _without_repeats(table, raw)
    found = _typed(name, table, raw)
    _check_numbers(name, table, found)
    findings = tuple(each for each in found.findings if each.code not in _OUR_OWN)
    return Rows(found.frame, found.origin, findings, repeats, found.facts.get("decimal"))


def _raw(name: str, table: EventTable) -> Raw:
    """Return the content of the source, after checking its header."""
    header = table.source.header()
    if header is not None:
        check_columns(name, table, header)
    raw = _named(table.source.raw())
    check_columns(name, table, list(raw.frame.columns))
    return raw


def _named(raw: Raw) -> Raw:
    frame, findings = named_frame(raw.frame)
    return replace(raw, frame=frame, findings=(*raw.findings, *findings))


def _none(name: str, table: EventTable, cause: DataError | None, *, needed: bool) -> Rows:
    """Return zero rows with the columns that are used; raise if rows are needed."""
    if not needed:
        columns = dict.fromkeys(table.columns().values(), ())
        return Rows(pd.DataFrame(columns, dtype=object), called(name, table.source))
    raise DataError(
        f"Expected events in table {called(name, table.source)}, found no rows.",
        code="CP2222",
        column=name,
        found="no rows",
        remedy=f"Provide a table with events, or remove {name!r} from 'events', and from 'of' under 'features'.",
    ) from cause


def _without_repeats(table: EventTable, raw: Raw) -> tuple[Raw, int]:
    """Count and drop rows that repeat an earlier one in all or in the named columns."""
    named = table.duplicates if isinstance(table.duplicates, list) else None
    try:
        again = raw.frame.duplicated(named).to_numpy()
    except TypeError:  # lists in a cell
        again = raw.frame.astype(str).duplicated(named).to_numpy()
    kept = raw.frame if table.duplicates == "keep" else raw.frame[~again].reset_index(drop=True)
    return replace(raw, frame=kept), int(again.sum())


def _typed(name: str, table: EventTable, raw: Raw) -> Table:
    moments = [each for each in (table.time, table.available_at) if each]
    types = dict.fromkeys(table.labels(), "category") | ({table.order: "id"} if table.order else {})
    types |= dict.fromkeys(moments, "date") | table.source.types
    used = set(table.columns().values())
    unused = [each for each in raw.frame.columns if each not in used]
    types = {each: kind for each, kind in types.items() if each not in unused}
    try:
        found = table_of(raw, table.source.with_(types=types, drop=unused), None)
    except DataError as error:
        if error.code == "CP2141":
            kinds = [
                f"`events: {{{name}: {{types: {{{error.column}: date {order}}}}}}}`" for order in ("D/M/Y", "M/D/Y")
            ]
            error.remedy = f"Table {called(name, table.source)}: write {' or '.join(kinds)}."
        raise
    for column in moments:
        _check_dates(name, table, raw.frame[column], found.frame[column])
    return found


def _check_dates(name: str, table: EventTable, raw: pd.Series, read: pd.Series) -> None:
    """Raise an error if most values of a column are not dates; a few are left out and counted."""
    filled = int(raw.notna().sum())
    lost = filled - int(read.notna().sum()) if is_datetime64_any_dtype(read.dtype) else filled
    if not filled or 2 * lost <= filled:
        return
    what = "numbers" if is_numeric_dtype(raw.dtype) else "texts"
    raise DataError(
        f"Expected dates in column {raw.name!r} of table {called(name, table.source)}, but {lost:,} of {filled:,}"
        f" values are {what}, not dates.",
        code="CP2224",
        column=str(raw.name),
        found=what,
        remedy=f"Name another column with 'time', or write the dates in a form such as {_FORMS}.",
    )


def _check_numbers(name: str, table: EventTable, found: Table) -> None:
    for column in table.amount:
        kind = found.column(column).kind
        if kind in _NUMBERS or (kind == "constant" and is_numeric_dtype(found.frame[column].dtype)):
            continue
        raise DataError(
            f"Expected numbers in column {column!r} of table {called(name, table.source)}, but it is of kind {kind!r}.",
            code="CP2224",
            column=column,
            found=kind,
            remedy=f"Name another column with 'amount', or write `events: {{{name}: {{types: {{{column}: number}}}}}}`;"
            " other values then count as missing.",
        )
