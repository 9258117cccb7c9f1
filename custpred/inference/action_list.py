"""The action list: scores, decisions and reasons in words; reading and writing it."""

from __future__ import annotations

import csv
import io
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import narwhals as nw
import pandas as pd

from custpred.errors import DataError
from custpred.events.assembly import CUTOFF
from custpred.inference.incoming import gathered, read_new
from custpred.inference.scored import (
    ALL,
    CHOSEN,
    QUIET,
    Reporting,
    add_reasons,
    decided,
    explained,
    scores,
    unknown_reasons,
)
from custpred.source._typing.cells import id_texts
from custpred.source._typing.typed_table import named_frame
from custpred.source.base import Source
from custpred.storage.files import write
from custpred.storage.scratch import scratch
from custpred.text import listed, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.columns.contract import Intake
    from custpred.inference.incoming import Batch
    from custpred.table import Finding

REASONS, MOST = 3, 10
"""Reasons per customer: default and maximum."""
MOST_COMPARED = 20_000
"""Maximum number of ids that are compared with an unknown one."""
UNKNOWN = "Look it up in the table of customers; with events, only eligible customers are scored."
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
"""First characters that make a spreadsheet run a cell as a formula (CVE-2022-24770)."""


def action_list(
    rows: Batch, *, count: int = REASONS, whom: str = CHOSEN, reporting: Reporting = QUIET
) -> tuple[pd.DataFrame, list[Finding]]:
    """Return new customers with scores, decisions and reasons, in input order, and notes.

    Columns: key, cutoff (events), rank, probability of each label or prediction, value and expected
    gain if known, decision, reasons.  All customers are one scoring round.

    Parameters
    ----------
    count
        Maximum number of reasons per customer.
    whom
        ``chosen``: reasons for the customers that the policy selects (for all if there are several
        classes, or amounts without a decision); ``all``: for every customer.
    reporting
        Progress callback for slow reasons, and their language.
    """
    predictor, frame = rows.predictor, rows.frame
    predicted = predictor.predict(frame)
    own, more = decided(predictor, rows.new, frame, predicted)
    chosen = explained(predictor.task, own, whom, len(frame))
    table = pd.DataFrame(index=frame.index)
    for name in (predictor.intake.key, CUTOFF if predictor.intake.events else None):
        values = _values(rows.new, name, len(frame))
        if values is not None:
            table[name] = _unchanged(values, table.index)
    scores(table, predictor.task, predicted, own)
    if count and len(frame):
        add_reasons(table, predictor, frame, chosen, count, reporting)
    return table, [*rows.notes, *more]


def requested_reasons(text: str) -> tuple[int, str]:
    """Parse ``all``, ``chosen``, ``none`` or a number: reasons per customer, and for whom.

    >>> requested_reasons("all"), requested_reasons("5"), requested_reasons("none")
    ((3, 'all'), (5, 'chosen'), (0, 'chosen'))

    Raises
    ------
    DataError
        CP2409 for any other text.
    """
    if text in {CHOSEN, ALL}:
        return REASONS, text
    count = 0 if text == "none" else int(text) if text.isdecimal() else -1
    if not 0 <= count <= MOST:
        raise unknown_reasons(text)
    return count, CHOSEN


def write_list(table: pd.DataFrame, path: Path) -> None:
    """Write a list as CSV, safe to open in a spreadsheet, or as Parquet.

    Raises
    ------
    DataError
        If the extension is neither ``.csv`` nor ``.parquet``.
    """
    check_extension(path)
    write(path, _parquet(table) if path.suffix == ".parquet" else csv_text(table))


def check_extension(path: Path) -> None:
    """Raise DataError CP2402 unless a list can be written to this path."""
    if path.suffix not in {".csv", ".parquet"}:
        raise DataError(
            f"Expected a list that ends in .csv or .parquet, got {path.suffix or 'no extension'!r}.",
            code="CP2402",
            remedy="Change the extension of --out.",
        )


def csv_text(table: pd.DataFrame) -> str:
    """Return a list as CSV that no spreadsheet runs as a formula."""
    text = io.StringIO()
    writer = csv.writer(text)  # line ends of RFC 4180: others leave a carriage return unquoted
    writer.writerow([_harmless(name) for name in table.columns])
    columns = [_cells(table[name]) for name in table.columns]
    writer.writerows(zip(*columns, strict=True))
    return text.getvalue()


def _parquet(table: pd.DataFrame) -> bytes:
    import duckdb

    with scratch() as folder:
        part = folder / "list.parquet"
        duckdb.from_df(table).write_parquet(str(part))
        return part.read_bytes()


def customer(intake: Intake, key: str, data: Path | None = None, as_of: str | None = None) -> pd.DataFrame:
    """Return one customer's raw row, from ``data`` or the run's own table; errors as ``found``."""
    everyone, place = found(intake, key, data, as_of)
    return everyone.iloc[[place]]


def found(intake: Intake, key: str, data: object = None, as_of: str | None = None) -> tuple[pd.DataFrame, int]:
    """Return all customers, from ``data`` or the run's own table, and the position of this id.

    Raises
    ------
    DataError
        If the run has no key column, or no row has this id.
    """
    column = intake.key
    if column is None:
        raise DataError(
            "The recipe names no column with the customer's id.",
            code="CP2403",
            remedy="Add 'key' to 'customers' in the recipe and run it again.",
        )
    frame = customers_of(intake, data, as_of)
    DataError.require_columns([column], map(str, frame.columns))
    ids = id_texts(frame[column])
    places = (ids == key.strip()).to_numpy().nonzero()[0]
    if not len(places):
        near = nearest(ids.dropna().unique().tolist(), key)
        named = f"The nearest {'ids are' if near[1:] else 'id is'} {listed(near)}."
        raise DataError(
            f"No customer has the id {plain(key)!r}.",
            code="CP2404",
            column=column,
            remedy=named if near else UNKNOWN,
        )
    return frame, int(places[0])


def nearest(ids: Sequence[str], key: str, most: int = 3) -> list[str]:
    """Return ids similar to an unknown one: with different case or leading zeros, or a typo.

    >>> nearest(["00001", "C12", "C99"], "1"), nearest(["00001", "C12", "C99"], "c12")
    (['00001'], ['C12'])
    """
    bare = key.strip().casefold().lstrip("0")
    same = [each for each in ids if each.casefold().lstrip("0") == bare]
    return same[:most] or get_close_matches(key.strip(), ids[:MOST_COMPARED], most, 0.8)


def customers_of(intake: Intake, data: object = None, as_of: str | None = None) -> pd.DataFrame:
    """Return the raw customers: gathered from events at a cutoff, or as ``flat_customers``."""
    return gathered(intake, data, as_of)[0] if intake.events else flat_customers(intake, data)


def flat_customers(intake: Intake, data: object = None) -> pd.DataFrame:
    """Return the customers of a path, of a frame, or of the run's own source.

    Raises
    ------
    DataError
        CP2414 if the run's own customers were passed in memory, and none are passed here.
    """
    if isinstance(data, str | Path):
        return read_new(intake, data)[0]
    if data is not None:
        return named_frame(data)[0]
    own = Source.parse(intake.recipe["customers"])
    if "data" in type(own).model_fields:
        raise DataError(
            "The run's customers were passed as a frame, which is not stored.",
            code="CP2414",
            remedy="Pass the table with the customer as 'data'.",
        )
    return own.raw().frame


def _values(new: object, name: str | None, rows: int) -> list[object] | None:
    """Return a column of the new customers as a list; None where there is none."""
    if name is None:
        return None
    frame = nw.from_native(new, eager_only=True, pass_through=True)
    names = list(getattr(frame, "columns", []))
    return frame[name].to_list() if name in names and rows == len(frame) else None


def _unchanged(values: list[object], index: pd.Index) -> pd.Series:
    """Return values as a column; whole numbers are no floats if others are missing."""
    made = pd.Series(values, index=index)
    floats = made.dtype.kind != "f" or all(isinstance(each, float) for each in values)
    return made if floats else pd.Series(values, index=index, dtype=object)


def _cells(column: pd.Series) -> list[object]:
    """Return cells that no spreadsheet runs as a formula; missing ones are empty."""
    values = column.astype(object).where(column.notna(), "") if column.hasnans else column
    return [_harmless(value) if isinstance(value, str) else value for value in values.tolist()]


def _harmless(text: object) -> str:
    """Return text that no spreadsheet runs as a formula."""
    shown = str(text)
    return f"'{shown}" if shown.startswith(DANGEROUS) else shown
