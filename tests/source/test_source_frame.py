"""Every library and every file format gives the same table."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from custpred.errors import DataError
from custpred.source._typing.conform import conform
from custpred.source.base import Source
from custpred.source.frame import Frame

N = 40
DATA = pd.DataFrame(
    {
        "id": [f"C{n:04}" for n in range(N)],
        "spend": [n * 1.25 for n in range(N)],
        "visits": pd.array([None if n % 7 == 0 else n % 5 for n in range(N)], dtype="Int64"),
        "big": pd.array([None if n == 3 else 2**60 + n for n in range(N)], dtype="Int64"),
        "new": [n % 2 == 0 for n in range(N)],
        "city": [["Busan", "서울", None][n % 3] for n in range(N)],
        "joined": pd.date_range("2024-01-01", periods=N).astype("datetime64[us]"),
    }
)
ARROW = pa.Table.from_pandas(DATA, preserve_index=False)
EXPECTED = Frame(data=DATA).read()
FORMS: dict[str, Callable[[], Any]] = {
    "polars": lambda: pl.from_arrow(ARROW),
    "polars lazy": lambda: pl.from_arrow(ARROW).lazy(),
    "arrow": lambda: ARROW,
    "arrow decimal": lambda: ARROW.set_column(1, "spend", ARROW["spend"].cast(pa.decimal128(10, 2))),
    "arrow dictionary": lambda: ARROW.set_column(5, "city", ARROW["city"].dictionary_encode()),
    "duckdb": lambda: duckdb.connect().from_arrow(ARROW),
    "pandas pyarrow": lambda: DATA.convert_dtypes(dtype_backend="pyarrow"),
    "pandas nullable": lambda: DATA.convert_dtypes(),
    "pandas category": lambda: DATA.astype({"city": "category"}),
    "pandas decimal": lambda: DATA.assign(spend=[Decimal(str(value)) for value in DATA["spend"]]),
    "dict": lambda: DATA.astype(object).where(DATA.notna(), None).to_dict("list"),
    "rows": lambda: DATA.astype(object).where(DATA.notna(), None).to_dict("records"),
}


@pytest.mark.parametrize("form", FORMS)
def test_frame_every_library_gives_the_same_table(form: str) -> None:
    """Frames of every library give the same typed table, at training and for new rows."""
    table = Frame(data=FORMS[form]()).read()
    assert [c.kind for c in table.columns] == ["id", "number", "code", "id", "category", "category", "date"]
    pd.testing.assert_frame_equal(table.frame, EXPECTED.frame)
    again, _ = conform(FORMS[form](), EXPECTED.columns)
    pd.testing.assert_frame_equal(again, EXPECTED.frame)


def test_frame_every_file_gives_the_same_table(tmp_path: Path) -> None:
    """CSV, Parquet, Excel and databases give the table that the frame gives."""
    DATA.to_csv(tmp_path / "t.csv", index=False)
    DATA.to_parquet(tmp_path / "t.parquet")
    DATA.assign(big=DATA["big"].astype("string")).to_excel(tmp_path / "t.xlsx", index=False)
    with duckdb.connect(str(tmp_path / "t.duckdb")) as connection:
        connection.register("given", ARROW)
        connection.execute("create table t as from given")
    sources: list[dict[str, Any]] = [{"path": str(tmp_path / f"t.{ending}")} for ending in ("csv", "parquet", "xlsx")]
    sources.append({"url": f"duckdb:///{tmp_path}/t.duckdb", "query": "select * from t"})
    for source in sources:
        pd.testing.assert_frame_equal(Source.parse(source).read().frame, EXPECTED.frame, obj=str(source))


def test_frame_sqlite_gives_its_own_types(tmp_path: Path) -> None:
    """SQLite, which has no dates or booleans, gives dates from ISO text."""
    with sqlite3.connect(tmp_path / "t.db") as connection:
        DATA.astype({"joined": str}).to_sql("t", connection, index=False)
    connection.close()
    table = Source.parse({"url": f"sqlite:///{tmp_path}/t.db", "query": "select * from t"}).read()
    assert table.column("joined").kind == "date"
    pd.testing.assert_series_equal(table.frame["big"], EXPECTED.frame["big"])


def test_frame_input_is_not_modified() -> None:
    """Reading changes no value, name or index of the given frame."""
    given = DATA.set_index(pd.Index(range(7, 7 + N), name="mine"))
    before = given.copy(deep=True)
    Frame(data=given, key="id").read(target="new")
    pd.testing.assert_frame_equal(given, before)


def test_frame_structured_arrays_are_tables() -> None:
    """A numpy array with named fields is a table."""
    array = np.array([(1.5, b"a"), (2.5, b"b")], dtype=[("x", float), ("y", "S1")])
    assert Frame(data=array, drop=["y"]).read().names == ["x"]


@pytest.mark.parametrize("data", [None, 3, "customers.csv", np.zeros((2, 2)), object()])
def test_frame_other_objects_are_an_error(data: Any) -> None:
    """Anything but a table is an error of custpred."""
    with pytest.raises(DataError, match="table") as caught:
        Frame(data=data).read()
    assert caught.value.code == "CP2100"


@pytest.mark.parametrize("form", ["polars", "arrow", "duckdb"])
def test_frame_nested_columns_are_named(form: str) -> None:
    """Lists and structs are an error with the column's name."""
    table = pa.table({"a": [1, 2], "tags": [["x"], ["y"]]})
    data = {"polars": pl.from_arrow, "arrow": lambda t: t, "duckdb": duckdb.connect().from_arrow}[form](table)
    with pytest.raises(DataError, match="'tags'") as caught:
        Frame(data=data).read()
    assert caught.value.code == "CP2120"


def test_frame_options_change_and_compare() -> None:
    """Changing an option keeps the table; specs are equal if the table is the same object."""
    spec = Frame(data=DATA)
    assert spec.with_(key="id").read().key == "id"
    assert spec == Frame(data=DATA)
    assert spec != Frame(data=DATA.copy())
    assert "data" not in spec.dump()
    assert spec.header() == list(DATA.columns)


def test_frame_empty_tables_are_an_error() -> None:
    """No rows, and no columns, are errors."""
    for data in (DATA.head(0), pd.DataFrame(index=range(3))):
        with pytest.raises(DataError) as caught:
            Frame(data=data).read()
        assert caught.value.code == "CP2110"


def test_dates_beyond_all_bounds_are_counted() -> None:
    """Read as missing by pandas: they were values, not empty cells."""
    days = [np.datetime64("400000-01-01", "D"), None, *[np.datetime64("2024-01-01", "D")] * 6]
    table = Frame(data=pd.DataFrame({"until": pd.Series(days, dtype=object), "x": range(8)})).read()
    assert table.column("until").kind == "date"
    assert {finding.code: finding.numbers["rows"] for finding in table.findings if finding.code == "D128"} == {
        "D128": 1
    }
