"""Database queries: read-only, without secrets, with retries."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

from custpred.errors import DataError, MissingDependency
from custpred.source._reading import addresses, database
from custpred.source.base import Source
from custpred.source.sql import Sql
from custpred.table import Table

SECRET = "s3cr:t@pa/ss"
ROWS = "select 'K' || n as key, n * 0.25 as spend, case when n % 2 = 0 then 'x' end as label from {numbers}"


def read(url: str, query: str) -> Table:
    return Source.parse({"url": url, "query": query}).read()


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    """Return the address of an SQLite file with a table of 30 rows."""
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        connection.execute(
            "create table t as with recursive s(n) as (select 1 union all select n + 1 from s where n < 30) "
            "select n from s"
        )
        connection.commit()
    return f"sqlite:///{tmp_path}/shop.db"


@pytest.fixture
def duck(tmp_path: Path) -> str:
    """Return the address of a DuckDB file with a table of 30 rows."""
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute("create table t as select range as n from range(1, 31)")
    return f"duckdb:///{tmp_path}/shop.duckdb"


@pytest.fixture(params=["sqlite", "duck"])
def address(request: pytest.FixtureRequest) -> str:
    """Return the address of each kind of database file."""
    return str(request.getfixturevalue(request.param))


def test_sql_query_rows_are_typed(address: str) -> None:
    """A query's rows are typed like those of files."""
    table = read(address, ROWS.format(numbers="t"))
    assert [column.kind for column in table.columns] == ["id", "number", "category"]
    assert len(table) == 30


def test_sql_a_file_of_one_table_needs_no_query(address: str) -> None:
    """The path or address of a database file means its only table."""
    path = address.partition(":///")[2]
    for options in ({"path": path}, {"url": address}):
        source = Source.parse(options)
        assert source.kind() == "sql"
        assert source.read().frame["n"].tolist() == list(range(1, 31))
        assert Source.parse(source.dump()) == source


def test_sql_a_file_of_several_tables_names_them(sqlite: str) -> None:
    """Without a query, several tables are an error with their names and the remedy."""
    with closing(sqlite3.connect(sqlite.partition(":///")[2])) as connection:
        connection.execute("create table other (n int)")
    with pytest.raises(DataError, match="CP2134.*it has 2: other, t") as caught:
        Source.parse({"url": sqlite}).read()
    assert "Name the table as ADDRESS::TABLE, or set a query: `query: SELECT" in str(caught.value)


def test_sql_a_path_to_no_database_is_named(tmp_path: Path) -> None:
    """A file that only has a database's extension is an error that names it."""
    (tmp_path / "c.sqlite").write_text("a,b\n1,2\n", "utf-8")
    with pytest.raises(DataError, match=r"CP2122.*c\.sqlite"):
        Source.parse({"path": str(tmp_path / "c.sqlite")}).read()


@pytest.mark.parametrize(
    "query",
    [
        "delete from t",
        "drop table t",
        "create table u (n int)",
        "select 1; drop table t",
        "attach database 'other.db' as other",
        "pragma user_version = 3",
        "copy t to 'other.csv'",
        "insert into t values (5)",
    ],
)
def test_sql_nothing_is_written(address: str, query: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Anything but one SELECT is refused, and no file is changed or created."""
    monkeypatch.chdir(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(DataError):
        read(address, query)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_sql_failing_query_says_why(address: str) -> None:
    """A wrong query is an error of ours with the database's reason."""
    with pytest.raises(DataError, match="nosuch") as caught:
        read(address, "select nosuch from t")
    assert caught.value.code == "CP2131"
    assert ". Correct `url` or `query`." in str(caught.value)


@pytest.mark.parametrize("scheme", ["sqlite", "duckdb"])
def test_sql_missing_file_is_not_created(tmp_path: Path, scheme: str) -> None:
    """A database that does not exist is an error, and is not created."""
    with pytest.raises(DataError) as caught:
        read(f"{scheme}:///{tmp_path}/nothing.db", "select 1")
    assert caught.value.code == "CP2122"
    assert not list(tmp_path.iterdir())


def test_sql_no_rows_and_duplicate_names_are_errors(address: str) -> None:
    """No rows, and one name for two columns, are errors."""
    with pytest.raises(DataError, match="no rows"):
        read(address, "select n from t where n < 0")
    if address.startswith("sqlite"):
        with pytest.raises(DataError, match="columns 1 and 2"):
            read(address, "select n as a, n as a from t")


def test_sql_files_need_no_extension_from_the_network() -> None:
    """DuckDB may not install or load extensions itself."""
    from custpred.source._reading.duck import connect

    with connect() as connection:
        names = "('autoinstall_known_extensions', 'autoload_known_extensions')"
        found = connection.execute(f"select value from duckdb_settings() where name in {names}").fetchall()
    assert {value for (value,) in found} == {"false"}


@pytest.mark.parametrize("url", ["my sql://u:pw@host/db", "nonsense", "postgressql://u:pw@h/d"])
def test_sql_unknown_addresses_are_refused_without_their_secret(url: str) -> None:
    """An unknown scheme is refused before anything is read."""
    with pytest.raises(ValueError, match="sqlite://") as caught:
        addresses.check(url)
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://me:{SECRET}@127.0.0.1:1/shop",
        f"postgresql://127.0.0.1:1/shop?user=me&password={SECRET.replace('/', '%2F')}",
        "postgresql://me:s3cr%3At%40pa%2Fss@127.0.0.1:1/shop",
    ],
)
def test_sql_secrets_are_never_shown(url: str) -> None:
    """A password is in no message, repr, dump or finding."""
    pytest.importorskip("psycopg", reason="psycopg is not installed (extra: postgres)")
    spec = Sql(url=url, query="select 1")
    with pytest.raises(DataError) as caught:
        spec.read()
    told = [
        str(caught.value),
        repr(caught.value),
        repr(spec),
        str(spec),
        str(spec.dump()),
        str(addresses.findings(url)),
    ]
    for text in told:
        for piece in ("s3cr", "t@pa", "pa/ss", "pa%2Fss"):
            assert piece not in text
    assert caught.value.__cause__ is None
    assert addresses.findings(url)


def test_sql_secrets_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reference to the environment stays in dumps, and is resolved when reading."""
    url = "postgresql://me:${ENV:SHOP_PASSWORD}@host/shop"
    spec = Sql(url=url, query="select 1")
    assert Source.parse(spec.dump()) == spec
    assert addresses.findings(url) == []
    with pytest.raises(DataError, match="SHOP_PASSWORD"):
        spec.read()
    monkeypatch.setenv("SHOP_PASSWORD", SECRET)
    assert addresses.expanded(url) == "postgresql://me:s3cr%3At%40pa%2Fss@host/shop"
    assert SECRET not in addresses.redacted(addresses.expanded(url))


def test_sql_dropped_connections_are_tried_three_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that drops twice is read at the third attempt; three times is an error."""
    monkeypatch.setattr(database, "_PAUSE", 0.0)
    tries: list[int] = []

    def read_rows() -> Any:
        tries.append(1)
        if len(tries) < 3:
            raise ConnectionError
        return "rows"

    assert database._again(read_rows, ConnectionError) == "rows"
    tries.extend([-9] * -4)
    with pytest.raises(ConnectionError):
        database._again(lambda: (_ for _ in ()).throw(ConnectionError()), ConnectionError)


def test_sql_without_driver_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error has the install command."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingDependency, match=r"custpred\[postgres\]"):
        read("postgresql://127.0.0.1:1/shop", "select 1")


def test_sql_postgres_rows_are_typed(postgres: str) -> None:
    """Numbers, decimals, dates, booleans and missing values of a real server keep their types."""
    query = """
        select 'K' || n as key, n::numeric / 4 as spend, n % 2 = 0 as flag, date '2024-01-01' + n as day,
               nullif(n % 3, 0) as visits, now() as seen
        from generate_series(1, 40) as n
    """
    table = read(postgres, query)
    assert [c.kind for c in table.columns] == ["id", "number", "category", "date", "code", "date"]
    assert table.frame["spend"][0] == 0.25
    assert int(table.frame["visits"].isna().sum()) == 13


@pytest.mark.parametrize(
    "query", ["create table u (n int)", "select 1; create table u (n int)", "selec 1", "select * from u"]
)
def test_sql_postgres_writes_nothing(postgres: str, query: str) -> None:
    """Statements that write, several statements and wrong ones are errors, without the password."""
    with pytest.raises(DataError) as caught:
        read(postgres, query)
    assert "s3cr" not in str(caught.value)
    assert read(postgres, "select count(*) as n from pg_tables where tablename = 'u'").frame["n"][0] == 0


def test_sql_postgres_wrong_password_is_an_error(postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message contains neither the wrong nor the right password."""
    monkeypatch.setenv("SHOP_PASSWORD", "wr0ng!")
    with pytest.raises(DataError, match="password authentication failed") as caught:
        read(postgres, "select 1")
    assert "wr0ng" not in str(caught.value)


def test_sql_a_table_is_read_by_address_and_name(address: str, tmp_path: Path) -> None:
    """``ADDRESS::TABLE`` is a table of a database by address or file, with any characters."""
    file = address.partition("///")[2]
    for path in (f"{address}::t", f"{file}::t"):
        source = Source.parse({"path": path})
        assert source.kind() == "sql"
        assert source.raw().frame.equals(Source.parse({"url": address, "query": "select * from t"}).raw().frame)
    with pytest.raises(DataError, match="CP2131"):
        Source.parse({"path": f'{address}::t"; drop table t'}).raw()
    assert len(Source.parse({"path": f"{address}::t"}).raw().frame)


def test_sql_postgres_a_table_of_a_schema(postgres: str) -> None:
    """A schema precedes the table's name; the password of an address is in no recipe."""
    frame = Source.parse({"path": f"{postgres}::pg_catalog.pg_type"}).raw().frame
    assert "typname" in frame.columns
    kept = Source.parse({"path": "postgresql://me:pw@host/shop::customers"}).dump()
    assert (kept["url"], kept["table"]) == ("postgresql://me:***@host/shop", "customers")


def test_sql_table_or_query_not_both() -> None:
    """Giving both is refused."""
    with pytest.raises(ValueError, match="not both"):
        Source.parse({"url": "sqlite:///a.db", "table": "t", "query": "select 1"})


def test_sql_other_databases_by_sqlalchemy(tmp_path: Path) -> None:
    """An address with a driver is read through SQLAlchemy, read-only."""
    pytest.importorskip("sqlalchemy", reason="SQLAlchemy is not installed (extra: sqlalchemy)")
    with closing(sqlite3.connect(tmp_path / "shop.db")) as made:
        made.executescript(
            "create table 'the customers' (n int, name text); insert into 'the customers' values (1, 'a')"
        )
    url = f"sqlite+pysqlite:///{tmp_path}/shop.db"
    assert Source.parse({"path": f"{url}::the customers"}).raw().frame.to_dict("list") == {"n": [1], "name": ["a"]}
    assert Source.parse({"url": url, "query": "select n + 1 as m from 'the customers';"}).raw().frame["m"].tolist() == [
        2
    ]
    for query in ("delete from 'the customers'", "select 1; delete from 'the customers'"):
        with pytest.raises(DataError, match="CP2306"):
            Source.parse({"url": url, "query": query}).raw()
    with pytest.raises(DataError, match="nosuch") as caught:
        Source.parse({"url": url, "query": "select nosuch"}).raw()
    assert caught.value.code == "CP2131"


def test_sql_other_databases_without_their_driver() -> None:
    """The missing driver is named; no password is shown."""
    pytest.importorskip("sqlalchemy", reason="SQLAlchemy is not installed (extra: sqlalchemy)")
    with pytest.raises(MissingDependency, match="pip install oracledb") as caught:
        Source.parse({"path": "oracle+oracledb://me:pw@host/shop::t"}).raw()
    assert "pw@" not in str(caught.value)
