"""Action lists as database tables."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

import custpred as cp
from custpred.errors import DataError, MissingDependency
from custpred.inference.table_out import place_of, write_table
from custpred.source.base import Source

LIST = pd.DataFrame(
    {"고객": ["K1", "it's", None], "rank": [1, 2, 3], "probability of yes": [0.25, 1 / 3, np.nan], "kept": [True] * 3}
)


def write(out: str, rows: pd.DataFrame = LIST) -> None:
    place = place_of(out)
    assert place is not None
    write_table(rows, place)


def back(url: str, table: str) -> pd.DataFrame:
    """Return the content of the table, read by the database's own driver."""
    return Source.parse({"url": url, "query": f'SELECT * FROM {table} ORDER BY "rank"'}).raw().frame


@pytest.mark.parametrize("kind", ["duckdb", "sqlite", "postgres"])
def test_a_table_is_made_and_replaced(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Numbers are exact, missing values are NULL, and the second list replaces the first."""
    url = request.getfixturevalue("postgres") if kind == "postgres" else f"{kind}:///{tmp_path}/scores.{kind}"
    write(f"{url}::june", LIST.iloc[:1])
    write(f"{url}::june")
    found = back(url, "june")
    assert list(found) == list(LIST)
    assert found["고객"].tolist()[:2] == ["K1", "it's"]
    assert found["고객"].isna().tolist() == [False, False, True]
    assert found["probability of yes"].astype(float).tolist()[:2] == [0.25, 1 / 3]
    assert int(found["probability of yes"].isna().sum()) == 1
    write(f"{url}::june", LIST.iloc[:0])
    assert len(back(url, "june")) == 0


def test_a_file_needs_no_address(tmp_path: Path) -> None:
    """The extension selects the database."""
    write(f"{tmp_path}/scores.duckdb::main.june")
    assert len(back(f"duckdb:///{tmp_path}/scores.duckdb", "june")) == 3


def test_a_refused_write_changes_nothing(tmp_path: Path, postgres: str) -> None:
    """The old table stays, and the message contains no password."""
    with closing(sqlite3.connect(tmp_path / "a.sqlite")) as connection:
        connection.execute("CREATE TABLE june (rank INT)")
        connection.execute("INSERT INTO june VALUES (7)")
        connection.commit()
        connection.execute("BEGIN EXCLUSIVE")
        with pytest.MonkeyPatch.context() as patch:
            real = sqlite3.connect
            patch.setattr(sqlite3, "connect", lambda *own, **how: real(*own, timeout=0, **how))
            with pytest.raises(DataError, match="locked") as caught:
                write(f"{tmp_path}/a.sqlite::june")
        assert caught.value.code == "CP2425"
        assert "locked. Nothing was changed." in str(caught.value)
        assert connection.execute("SELECT rank FROM june").fetchall() == [(7,)]
    write(f"{postgres}::kept")
    import psycopg

    from custpred.source._reading.addresses import expanded

    with psycopg.connect(expanded(postgres)) as connection:
        connection.execute("CREATE OR REPLACE VIEW needs_it AS SELECT * FROM kept")
    with pytest.raises(DataError, match="CP2425") as caught:
        write(f"{postgres}::kept", LIST.iloc[:1])
    assert "s3cr" not in str(caught.value)
    assert len(back(postgres, "kept")) == 3


@pytest.mark.parametrize("out", ["mysql://me:pw@h/d::t", "scores.csv::t", "scores.duckdb::", "://x::t"])
def test_wrong_places_are_named(out: str) -> None:
    """The message contains no password."""
    with pytest.raises(DataError, match="CP2424") as caught:
        place_of(out)
    assert "pw@" not in str(caught.value)


def test_folders_of_partitions_are_columns(tmp_path: Path) -> None:
    """``country=kr/part.parquet`` has a column ``country``."""
    for country in ("kr", "us"):
        (tmp_path / "shop" / f"country={country}").mkdir(parents=True)
        duckdb.sql("SELECT range AS n FROM range(3)").write_parquet(f"{tmp_path}/shop/country={country}/a.parquet")
    frame = Source.parse({"kind": "parquet", "path": f"{tmp_path}/shop"}).raw().frame
    assert frame["country"].astype(str).tolist() == ["kr"] * 3 + ["us"] * 3


def test_tables_are_input_and_output(
    tmp_path: Path, people: Callable[..., pd.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    """``shop.db::customers`` is read by recipe and command, ``shop.db::scores`` written."""
    from typer.testing import CliRunner

    from custpred.cli import app

    frame = people(160).drop(columns="remark")
    monkeypatch.chdir(tmp_path)
    with closing(sqlite3.connect("shop.db")) as made:
        frame.assign(joined=frame["joined"].astype(str)).to_sql("customers", made, index=False)
    lean = "search: none\nengine: inline\nmodels: [logistic]\nbudget: {work: 1, jobs: 1}\n"
    split = "split: {kind: stratified, folds: 2, test: 0.3}\n"
    source = "customers: {path: shop.db::customers, key: customer}\ntarget: left\n"
    Path("shop.yaml").write_text(f"name: shop\n{source}{lean}{split}", "utf-8")
    result = cp.run("shop.yaml", out="run")
    done = CliRunner().invoke(app, ["predict", "run", "shop.db::customers", "--out", "shop.db::scores"])
    assert done.exit_code == 0, done.output
    with closing(sqlite3.connect("shop.db")) as made:
        scores = pd.read_sql("select * from scores", made)
    assert scores["customer"].tolist() == frame["customer"].tolist()
    wanted = result.predict_proba(frame)["yes"].to_numpy()
    assert scores["probability of yes"].to_numpy() == pytest.approx(wanted, abs=1e-12)
    table = tmp_path / "shop.db"
    address = f"sqlite:///{table}::customers"
    done = CliRunner().invoke(app, ["predict", "run", address, "--out", "scores.csv"])
    assert done.exit_code == 0, done.output


def test_an_absent_driver_is_named_before_anything_is_scored(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error has the pip command, and no advice about the address."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingDependency, match=r"custpred\[postgres\]"):
        place_of("postgresql://me@127.0.0.1:1/shop::june")
