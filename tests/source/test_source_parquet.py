"""Parquet files, patterns and folders."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from custpred.errors import DataError
from custpred.source.base import Source
from custpred.source.parquet import Parquet


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of two files with the same columns."""
    for part in (0, 1):
        frame = pd.DataFrame({"n": [part * 2.5, part + 0.25], "c": ["x", "y"], "odd \"name'": [1, 2]})
        frame.to_parquet(tmp_path / f"part[{part}].parquet")
    return tmp_path


def test_parquet_folder_pattern_and_file(folder: Path) -> None:
    """A folder and a pattern give all files by name; a file gives itself, odd names too."""
    for path in (folder, folder / "*.parquet", folder / "part*.parquet"):
        assert Parquet(path=str(path)).read().frame["n"].tolist() == [0.0, 0.25, 2.5, 1.25]
    one = Parquet(path=str(folder / "part[1].parquet"))
    assert one.read().frame["n"].tolist() == [2.5, 1.25]
    assert one.header() == ["n", "c", "odd \"name'"]


def test_parquet_truncated_file_is_named(folder: Path) -> None:
    """A truncated file is an error that names it and its size."""
    whole = (folder / "part[0].parquet").read_bytes()
    (folder / "part[0].parquet").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"part\[0\]\.parquet.*incomplete") as caught:
        Parquet(path=str(folder)).read()
    assert caught.value.code == "CP2118"


def test_parquet_damaged_footer_is_named(folder: Path) -> None:
    """A file whose footer is damaged is an error of ours."""
    whole = bytearray((folder / "part[0].parquet").read_bytes())
    whole[-60:-8] = b"\xff" * 52
    (folder / "part[0].parquet").write_bytes(whole)
    with pytest.raises(DataError, match=r"part\[0\]\.parquet"):
        Parquet(path=str(folder)).read()


def test_parquet_other_types_in_one_file_are_named(folder: Path) -> None:
    """A file whose column has another type is an error that names file and column."""
    pd.DataFrame({"n": ["a", "b"], "c": ["x", "y"], "odd \"name'": [1, 2]}).to_parquet(folder / "part[2].parquet")
    with pytest.raises(DataError, match=r"column 'n' of part\[2\]\.parquet"):
        Parquet(path=str(folder)).read()


@pytest.mark.parametrize("path", ["nothing.parquet", "*.parquet", "empty"])
def test_parquet_without_files_is_an_error(tmp_path: Path, path: str) -> None:
    """No file, no match and an empty folder are errors."""
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError) as caught:
        Source.parse({"kind": "parquet", "path": str(tmp_path / path)}).read()
    assert caught.value.code == "CP2122"


def test_parquet_nested_columns_are_named(tmp_path: Path) -> None:
    """A column of lists is an error with its name."""
    pd.DataFrame({"a": [1, 2], "tags": [["x"], ["y"]]}).to_parquet(tmp_path / "t.parquet")
    with pytest.raises(DataError, match="'tags'"):
        Parquet(path=str(tmp_path / "t.parquet")).read()


def test_parquet_damaged_rows_are_named(tmp_path: Path) -> None:
    """Damage that only reading the rows shows is an error that names the path."""
    path = tmp_path / "a.parquet"
    pd.DataFrame({"id": [f"c{i}" for i in range(3000)], "n": range(3000)}).to_parquet(path)
    whole = bytearray(path.read_bytes())
    whole[200:400] = b"\xff" * 200
    path.write_bytes(whole)
    source = Parquet(path=str(path), key="id")
    for read in (source.read, lambda: source.part(0.5)):
        with pytest.raises(DataError, match=r"a\.parquet.*damaged") as caught:
            read()
        assert caught.value.code == "CP2118"


def test_parquet_times_stay_times(tmp_path: Path) -> None:
    """Times are read as such: a zone is reported, and an infinite time or date is a missing one."""
    path = tmp_path / "a.parquet"
    columns = "TIMESTAMP '2024-01-01' + INTERVAL (i) DAY AS plain, (TIMESTAMPTZ '2024-01-01 09:00:00+09') AS zoned"
    endless = "CASE WHEN i = 3 THEN TIMESTAMP 'infinity' ELSE TIMESTAMP '2024-01-01' + INTERVAL (i) DAY END AS endless"
    days = "CASE WHEN i = 4 THEN DATE '-infinity' ELSE DATE '2024-01-01' + CAST(i AS INT) END AS days"
    duckdb.sql(f"SELECT {columns}, {endless}, {days} FROM range(20) r(i)").write_parquet(str(path))
    raw = Parquet(path=str(path)).raw().frame
    assert [str(each) for each in raw.dtypes] == ["datetime64[us]", "datetime64[us, UTC]", *["datetime64[us]"] * 2]
    table = Parquet(path=str(path)).read()
    assert [column.kind for column in table.columns] == ["date"] * 4
    assert table.frame["zoned"].eq(pd.Timestamp("2024-01-01")).all()
    assert [finding.column for finding in table.findings if finding.code == "D140"] == ["zoned"]
    assert np.flatnonzero(table.frame["endless"].isna()).tolist() == [3]
    assert np.flatnonzero(table.frame["days"].isna()).tolist() == [4]
    said = [finding.text for finding in table.findings if finding.code in {"D123", "D126"}]
    assert said == [f"Column '{name}' has 1 infinite date; they became missing." for name in ("endless", "days")]


def test_infinite_dates_are_not_empty_cells(tmp_path: Path) -> None:
    """Databases write them for 'never': they are counted apart, also if a column is dropped."""
    for kind in ("TIMESTAMP", "TIMESTAMPTZ", "TIMESTAMP_NS", "DATE"):
        path, never = tmp_path / f"{kind}.parquet", "2024-01-01" if kind == "TIMESTAMP_NS" else "infinity"
        cells = (
            f"CASE WHEN i < 3 THEN TIMESTAMP '{never}' WHEN i > 4 THEN TIMESTAMP '2024-01-01' + INTERVAL (i) DAY END"
        )
        cells = f"CAST({cells} AS {kind})"
        duckdb.sql(f"SELECT i, {cells} AS until, 1 AS gone FROM range(20) r(i)").write_parquet(str(path))
        table = Parquet(path=str(path), drop=["gone"]).read()
        said = {finding.code: finding.numbers for finding in table.findings}
        assert said["D123"] == {"cells": 2, "columns": 1}
        assert ("D126" in said) is (kind != "TIMESTAMP_NS")
        assert said.get("D126", {"rows": 3}) == {"rows": 3}
