"""Rows of one SELECT from DuckDB, SQLite, PostgreSQL or others by SQLAlchemy; read-only."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from custpred.lazy import need
from custpred.source._reading.addresses import SCHEMES, quoted_table
from custpred.source._reading.duck import connect
from custpred.source._reading.fetch import fetch
from custpred.source._reading.other_databases import cursor_frame, failed, from_other, no_select, quoted_for
from custpred.source._reading.path import check_file

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

_TRIES, _PAUSE = 3, 0.2
_READS = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, 33}  # 33: recursive


def rows(url: str, query: str) -> pd.DataFrame:
    """Run the query and return its rows.

    Raises
    ------
    DataError
        If the database is unreachable, or the query no single SELECT or fails; without secrets.
    """
    scheme, _, rest = url.partition("://")
    if scheme == "duckdb":
        return _from_duckdb(_file(rest), query)
    if scheme == "sqlite":
        return _from_sqlite(_file(rest), query)
    return _from_postgres(url, query) if scheme in {"postgresql", "postgres"} else from_other(url, query)


def all_of(url: str, table: str) -> str:
    """Return the query for a whole table, with the name quoted for the database."""
    if url.partition("://")[0] in {*SCHEMES, "postgres"}:
        return f"SELECT * FROM {quoted_table(table)}"
    return f"SELECT * FROM {quoted_for(url, table)}"


def _file(rest: str) -> str:
    """Return the path after ``scheme:///``; four slashes make it absolute."""
    name = unquote(rest.partition("?")[0]).removeprefix("/")
    return name if name in {"", ":memory:"} else str(check_file(Path(name)))


def _from_duckdb(path: str, query: str) -> pd.DataFrame:
    import duckdb

    try:
        with connect(path or ":memory:", read_only=path not in {"", ":memory:"}) as connection:
            statements = connection.extract_statements(query)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise no_select(f"{len(statements)} statements" if len(statements) != 1 else "another statement")
            return fetch(connection.sql(query))
    except duckdb.Error as cause:
        raise failed("the query failed", cause, f"duckdb:///{path}") from cause


def _from_sqlite(path: str, query: str) -> pd.DataFrame:
    address = f"file:{quote(path)}?mode=ro" if path not in {"", ":memory:"} else ":memory:"
    try:
        with closing(sqlite3.connect(address, uri=True)) as connection:
            connection.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in _READS else sqlite3.SQLITE_DENY)
            return cursor_frame(connection.execute(query))
    except (sqlite3.Error, sqlite3.Warning) as cause:
        if "not authorized" in str(cause) or "one statement" in str(cause):
            raise no_select("another statement, or several") from cause
        raise failed("the query failed", cause, f"sqlite:///{path}") from cause


def _from_postgres(url: str, query: str) -> pd.DataFrame:
    psycopg = need("psycopg", purpose="source: sql on a PostgreSQL server", extra="postgres")

    def read() -> pd.DataFrame:
        with psycopg.connect(url, connect_timeout=10, application_name="custpred") as connection:
            connection.read_only = True
            # A prepared statement holds a single statement: nothing can be appended to the query.
            return cursor_frame(connection.execute(query, prepare=True))

    try:
        return _again(read, psycopg.OperationalError)
    except psycopg.errors.ReadOnlySqlTransaction as cause:
        raise no_select("a statement that writes") from cause
    except psycopg.Error as cause:
        what = "the server cannot be reached" if isinstance(cause, psycopg.OperationalError) else "the query failed"
        raise failed(what, cause, url) from None


def _again(read: Callable[[], pd.DataFrame], dropped: type[Exception]) -> pd.DataFrame:
    """Try up to three times with growing pauses: reading twice is harmless."""
    for pause in range(1, _TRIES):
        try:
            return read()
        except dropped as cause:
            # a wrong password: no retry
            if str(getattr(cause, "sqlstate", "") or "").startswith("28"):
                raise
            time.sleep(_PAUSE * pause)
    return read()
