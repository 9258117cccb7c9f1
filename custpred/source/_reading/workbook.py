"""Read one sheet of a workbook row by row, after checks against decompression bombs."""

from __future__ import annotations  # light: imports inside functions are deliberate

import zipfile
import zlib
from contextlib import closing, contextmanager
from itertools import islice, zip_longest
from typing import TYPE_CHECKING

from custpred.errors import DataError, did_you_mean
from custpred.source._raw import Raw
from custpred.source._reading.packed import bomb, unfolds_to
from custpred.source._reading.path import find_files
from custpred.source._typing.names import clean_names
from custpred.table import Finding
from custpred.text import listed, plain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

_LOOK = 200
_FAULTS = (KeyError, ValueError, SyntaxError, EOFError, NotImplementedError, zlib.error, zipfile.BadZipFile)
"""What the libraries raise for a damaged workbook."""


def read(path: str, sheet: str | None) -> Raw:
    """Return the sheet's cells.

    Raises
    ------
    DataError
        If the file is missing, damaged, a bomb, or has no such sheet or no rows.
    """
    file = _checked(path)
    with _opened(file) as book:
        name, findings = _choose(book.sheetnames, sheet, file)
        rows = list(_filled(book[name]))
        _check_formulas(file, name, rows)
    if not rows:
        raise DataError(f"Expected rows in sheet {name!r}, but it is empty.", code="CP2110", place=plain(file.name))
    return _table(rows, name, file, findings)


def names_of(path: str, sheet: str | None) -> list[str]:
    """Return the column names after reading only the first rows; raises as ``read`` does."""
    file = _checked(path)
    with _opened(file) as book:
        name, _ = _choose(book.sheetnames, sheet, file)
        columns = list(zip_longest(*islice(_filled(book[name]), _LOOK)))
    return clean_names([column[0] for column in columns], plain(file.name))[0]


@contextmanager
def _opened(file: Path, *, values: bool = True) -> Iterator[Workbook]:
    """Open a workbook for values or formulas."""
    import openpyxl

    with _undamaged(file), closing(openpyxl.load_workbook(file, read_only=True, data_only=values)) as book:
        yield book


@contextmanager
def _undamaged(file: Path) -> Iterator[None]:
    """Report any fault of reading as one of the file."""
    try:
        yield
    except DataError:
        raise
    except _FAULTS as cause:
        raise _damaged(file) from cause


def _checked(path: str) -> Path:
    """Refuse old workbooks, decompression bombs and XML entities before parsing."""
    file = find_files(path)[0]
    if not zipfile.is_zipfile(file):
        raise _damaged(file)
    with _undamaged(file), zipfile.ZipFile(file) as archive:
        if sum(member.file_size for member in archive.infolist()) > unfolds_to(file.stat().st_size):
            raise bomb(file)
        if any(_has_entities(archive, member) for member in archive.namelist()):
            raise _damaged(file, "it declares XML entities, which no workbook needs")
    return file


def _has_entities(archive: zipfile.ZipFile, member: str) -> bool:
    with archive.open(member) as opened:
        return b"<!DOCTYPE" in opened.read(2048)


def _damaged(file: Path, why: str = "it is damaged, or an old kind (.xls)") -> DataError:
    return DataError(
        f"Expected an Excel workbook, but {plain(file.name)} cannot be read: {why}.",
        code="CP2117",
        place=plain(file),
        remedy="Save it again as .xlsx.",
    )


def _choose(names: list[str], sheet: str | None, file: Path) -> tuple[str, list[Finding]]:
    if sheet is not None and sheet not in names:
        raise DataError(
            f"Expected sheet {sheet!r}, but {plain(file.name)} has {listed(names)}.{did_you_mean(sheet, names)}",
            code="CP2116",
            place=plain(file),
            remedy="Correct `sheet`.",
        )
    if sheet is not None or len(names) == 1:
        return sheet or names[0], []
    text = f"The workbook has {len(names)} sheets ({listed(names)}); {names[0]!r} was read. `sheet` overrides."
    return names[0], [Finding("D117", "warning", text, numbers={"sheets": len(names)})]


def _filled(sheet: Worksheet) -> Iterator[tuple[object, ...]]:
    sheet.reset_dimensions()  # some programs write a wrong size into the file
    return (row for row in sheet.iter_rows(values_only=True) if any(value is not None for value in row))


def _check_formulas(file: Path, name: str, rows: list[tuple[object, ...]]) -> None:
    """Refuse formulas without saved values, which would look like missing values."""
    if not any(value is None for row in rows for value in row) or not _has_formulas(file):
        return
    with _opened(file, values=False) as book:
        written = list(_filled(book[name]))
    if len(written) != len(rows):
        raise _no_value(str(rows[0][0]) if rows else "", file)
    for values, formulas in zip(rows, written, strict=True):
        for place, (value, formula) in enumerate(zip(values, formulas, strict=False)):
            if value is None and isinstance(formula, str) and formula.startswith("="):
                raise _no_value(str(rows[0][place]), file)


def _has_formulas(file: Path) -> bool:
    with zipfile.ZipFile(file) as archive:
        sheets = [member for member in archive.namelist() if member.startswith("xl/worksheets/")]
        return any(b"<f>" in data or b"<f " in data for data in map(archive.read, sheets))


def _no_value(column: str, file: Path) -> DataError:
    return DataError(
        f"Expected values, but column {column!r} of {plain(file.name)} holds formulas whose values were never saved.",
        code="CP2117",
        column=column,
        place=plain(file),
        remedy="Open and save it in a spreadsheet program, or save only the values.",
    )


def _table(rows: list[tuple[object, ...]], name: str, file: Path, findings: list[Finding]) -> Raw:
    import pandas as pd

    columns = list(zip_longest(*rows))
    header, values = [column[0] for column in columns], [column[1:] for column in columns]
    names, renamed = clean_names(header, plain(file.name))
    frame = pd.DataFrame({place: pd.Series(cells, dtype=object) for place, cells in enumerate(values)})
    frame.columns = pd.Index(names, dtype=object)
    return Raw(frame, file.name, (*findings, *renamed), {"sheet": name, "bytes": file.stat().st_size})
