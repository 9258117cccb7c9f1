"""The contract of every file in ``custpred/source``."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from custpred.errors import DataError
from custpred.source.base import Source

KINDS = Source.kinds()
every_kind = pytest.mark.parametrize("kind", KINDS)
DATA = pd.DataFrame({"key": ["a1", "b2", "c3"], "n": [1.5, 2.5, 4.0], "left": ["yes", "no", "no"]})


def options(kind: str, folder: Path) -> dict[str, Any]:
    """Return options by which a source of this kind can be read; defaults suffice for most."""
    if kind == "sql":
        with duckdb.connect(str(folder / "t.duckdb")) as connection:
            connection.execute(
                "create table t as select * from (values ('a1', 1.5, 'yes'), ('b2', 2.5, 'no')) v(key, n, l)"
            )
        return {"url": f"duckdb:///{folder}/t.duckdb", "query": "select * from t"}
    if kind == "frame":
        return {"data": DATA}
    writers = {
        "csv": ("t.csv", DATA.to_csv),
        "parquet": ("t.parquet", DATA.to_parquet),
        "excel": ("t.xlsx", DATA.to_excel),
        "jsonl": ("t.jsonl", lambda path, index: DATA.to_json(path, orient="records", lines=True)),
    }
    if kind not in writers:
        return {}
    name, write = writers[kind]
    write(folder / name, index=False)
    return {"path": str(folder / name)}


@every_kind
def test_source_round_trips(kind: str) -> None:
    """Every source builds from its defaults, and dumps, pickles and copies to an equal one."""
    spec = Source.find(kind)()
    assert spec.kind() == kind
    assert Source.parse(spec.dump()) == spec
    assert pickle.loads(pickle.dumps(spec)) == spec
    assert spec.with_(key="key").key == "key"
    assert spec.summary().endswith(".")
    assert all(description for _, _, description in spec.options())


@every_kind
def test_source_reads_the_same_table_twice(kind: str, tmp_path: Path) -> None:
    """Reading twice gives the same table, and nothing on disk changes."""
    spec = Source.find(kind)(**options(kind, tmp_path))
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    first, again = spec.read(), spec.read()
    pd.testing.assert_frame_equal(first.frame, again.frame)
    assert first.columns == again.columns
    assert first.findings == again.findings
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert spec.header() in (None, first.names, list(spec.raw().frame.columns))


@every_kind
def test_source_tables_match_their_columns(kind: str, tmp_path: Path) -> None:
    """The frame has a plain index, the described columns, and the dtypes of their kinds."""
    table = Source.find(kind)(**options(kind, tmp_path)).read()
    assert table.frame.index.equals(pd.RangeIndex(len(table)))
    assert list(table.frame.columns) == table.names
    for column in table.columns:
        dtype = table.frame[column.name].dtype
        promised = {"number": "f", "code": "f", "date": "M", "category": "O", "text": "O", "id": "O"}
        assert dtype.kind == promised.get(column.kind, dtype.kind)
        assert (str(dtype) == "category") == (column.kind == "category")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "path" in Source.find(kind).model_fields])
def test_source_missing_path_is_named(kind: str, tmp_path: Path) -> None:
    """A path that does not exist is an error that names it."""
    spec = Source.find(kind)(path=str(tmp_path / "nowhere.csv"))
    with pytest.raises(DataError, match="nowhere") as caught:
        spec.read()
    assert caught.value.remedy


def test_source_importing_all_loads_no_heavy_library() -> None:
    """Importing every source loads neither numpy nor pandas nor a database."""
    program = (
        "import sys; from custpred.source.base import Source; [Source.find(k)() for k in Source.kinds()];"
        "print([m for m in ('numpy', 'pandas', 'duckdb', 'openpyxl', 'narwhals', 'polars') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
