"""Excel workbooks."""

from __future__ import annotations

import datetime
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from custpred.errors import DataError
from custpred.source.base import Source
from custpred.table import Table


def book(path: Path, **sheets: list[list[Any]]) -> Path:
    """Write a workbook."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    made.save(path)
    return path


def read(path: Path, **options: Any) -> Table:
    """Read a workbook, and compare the names of its header with those of the table."""
    source = Source.parse({"path": str(path), **options})
    table = source.read()
    assert source.header() == table.names
    return table


ROWS: list[list[Any]] = [["key", "n", "flag", "day"]]
ROWS += [[f"K{n:03}", n / 4, n % 2 == 0, datetime.datetime(2024, 1, 1 + n)] for n in range(25)]


def test_excel_cells_keep_their_types(tmp_path: Path) -> None:
    """Numbers, booleans and dates keep their types, below blank rows."""
    table = read(book(tmp_path / "a.xlsx", one=[[], [], *ROWS, []]))
    assert [column.kind for column in table.columns] == ["id", "number", "category", "date"]
    assert len(table) == 25


def test_excel_several_sheets_name_the_one_read(tmp_path: Path) -> None:
    """Of several sheets the first is read, with a finding; a given one without."""
    path = book(tmp_path / "a.xlsx", one=ROWS, two=ROWS[:9])
    table = read(path)
    assert "'one'" in next(f.text for f in table.findings if f.code == "D117")
    assert len(read(path, sheet="two")) == 8
    assert not [f for f in read(path, sheet="two").findings if f.code == "D117"]


def test_excel_wrong_sheet_names_the_nearest(tmp_path: Path) -> None:
    """A wrong sheet is an error with the nearest name."""
    with pytest.raises(DataError, match="Did you mean 'orders'"):
        read(book(tmp_path / "a.xlsx", orders=ROWS), sheet="order")


def test_excel_merged_header_gets_positions(tmp_path: Path) -> None:
    """Blank names, as of merged cells, become positions with a finding."""
    table = read(book(tmp_path / "a.xlsx", one=[["a", None, "c"], [1.5, 2.5, "x"], [2.5, 3.5, "y"]]))
    assert table.names == ["a", "column_2", "c"]
    assert "D113" in {finding.code for finding in table.findings}


def test_excel_bomb_is_refused(tmp_path: Path) -> None:
    """A workbook that expands far beyond the limit is refused before reading."""
    path = book(tmp_path / "a.xlsx", one=ROWS)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/big.bin", b"0" * 60_000_000)
    with pytest.raises(DataError) as caught:
        read(path)
    assert caught.value.code == "CP2301"


def test_excel_entities_are_refused(tmp_path: Path) -> None:
    """A workbook that declares XML entities is refused."""
    path = book(tmp_path / "a.xlsx", one=ROWS)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/evil.xml", '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>')
    with pytest.raises(DataError, match="entities"):
        read(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"\xd0\xcf\x11\xe0 an old workbook"])
def test_excel_damaged_files_are_named(tmp_path: Path, content: bytes) -> None:
    """Damaged and old workbooks are errors that name the file."""
    (tmp_path / "a.xlsx").write_bytes(content)
    with pytest.raises(DataError, match=r"a\.xlsx"):
        read(tmp_path / "a.xlsx")


def test_excel_formulas_without_values_are_an_error(tmp_path: Path) -> None:
    """A formula without a stored value is an error that names its column."""
    with pytest.raises(DataError, match="'n'"):
        read(book(tmp_path / "a.xlsx", one=[["k", "n"], ["a", "=1+1"], ["b", "=2+2"]]))


def test_excel_empty_sheet_is_an_error(tmp_path: Path) -> None:
    """A sheet without rows, and with a header alone, are errors."""
    for rows in ([], [["a", "b"]]):
        with pytest.raises(DataError) as caught:
            read(book(tmp_path / "a.xlsx", one=rows))
        assert caught.value.code == "CP2110"


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml"])
def test_excel_damaged_parts_are_named(tmp_path: Path, part: str) -> None:
    """Damage inside of a workbook is an error that names the file."""
    path = book(tmp_path / "a.xlsx", one=ROWS)
    with zipfile.ZipFile(path) as archive:
        start = archive.getinfo(part).header_offset + 30 + len(part)
    for at in (start - len(part), start + 4):
        whole = bytearray(path.read_bytes())
        whole[at : at + 8] = b"\xff" * 8
        (tmp_path / "b.xlsx").write_bytes(whole)
        with pytest.raises(DataError, match=r"b\.xlsx") as caught:
            read(tmp_path / "b.xlsx")
        assert caught.value.code == "CP2117"
