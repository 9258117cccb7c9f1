"""Rows of one SELECT from DuckDB, SQLite or PostgreSQL; nothing is ever written."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote, unquote

import pandas as pd

from custpred.errors import DataError
from custpred.lazy import need
from custpred.source._reading.addresses import redacted, without_secrets
from custpred.source._reading.duck import connect
from custpred.source._reading.fetch import fetch
from custpred.source._reading.path import check_file
from custpred.text import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_TRIES, _PAUSE = 3, 0.2
_READS = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, 33}  # 33: recursive


def rows(url: str, query: str) -> pd.DataFrame:
    """Run the query and return its rows.

    Raises
    ------
    DataError
        If the database cannot be reached, or the query is no single SELECT or fails; without any secret.
    """
    scheme, _, rest = url.partition("://")
    if scheme == "duckdb":
        return _from_duckdb(_file(rest), query)
    if scheme == "sqlite":
        return _from_sqlite(_file(rest), query)
    return _from_postgres(url, query)


def _file(rest: str) -> str:
    """Return the path after ``scheme:///``; four slashes make it absolute."""
    name = unquote(rest.partition("?")[0]).removeprefix("/")
    return name if name in {"", ":memory:"} else str(check_file(Path(name)))


def _failed(what: str, cause: Exception, url: str) -> DataError:
    lines = without_secrets(str(cause), url).strip().splitlines()
    return DataError(
        f"Wanted rows from {plain(redacted(url))}, but {what}: {plain(lines[0] if lines else type(cause).__name__)}",
        code="CP2131",
        place=plain(redacted(url)),
        remedy="Correct `url` or `query`.",
    )


def _no_select(found: str) -> DataError:
    return DataError(
        f"Wanted one SELECT statement as the query, got {found}.",
        code="CP2306",
        remedy="Give a query that only reads.",
    )


def _from_duckdb(path: str, query: str) -> pd.DataFrame:
    import duckdb

    try:
        with connect(path or ":memory:", read_only=path not in {"", ":memory:"}) as connection:
            statements = connection.extract_statements(query)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise _no_select(f"{len(statements)} statements" if len(statements) != 1 else "another statement")
            return fetch(connection.sql(query))
    except duckdb.Error as cause:
        raise _failed("the query failed", cause, f"duckdb:///{path}") from cause


def _from_sqlite(path: str, query: str) -> pd.DataFrame:
    address = f"file:{quote(path)}?mode=ro" if path not in {"", ":memory:"} else ":memory:"
    try:
        with closing(sqlite3.connect(address, uri=True)) as connection:
            connection.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in _READS else sqlite3.SQLITE_DENY)
            return _frame(connection.execute(query))
    except (sqlite3.Error, sqlite3.Warning) as cause:
        if "not authorized" in str(cause) or "one statement" in str(cause):
            raise _no_select("another statement, or several") from cause
        raise _failed("the query failed", cause, f"sqlite:///{path}") from cause


class _Cursor(Protocol):
    """What sqlite3 and psycopg return for a query."""

    @property
    def description(self) -> Sequence[Sequence[object]] | None: ...

    def fetchall(self) -> list[tuple[object, ...]]: ...


def _frame(cursor: _Cursor) -> pd.DataFrame:
    """Return a cursor's rows; names are set last, so that duplicates raise the same error as in files."""
    names = [column[0] for column in cursor.description or ()]
    columns = list(zip(*cursor.fetchall(), strict=True)) or [()] * len(names)
    frame = pd.DataFrame({place: pd.Series(cells, dtype=object) for place, cells in enumerate(columns)})
    frame.columns = pd.Index(names, dtype=object)
    return frame


def _from_postgres(url: str, query: str) -> pd.DataFrame:
    psycopg = need("psycopg", purpose="source: sql on a PostgreSQL server", extra="postgres")

    def read() -> pd.DataFrame:
        with psycopg.connect(url, connect_timeout=10, application_name="custpred") as connection:
            connection.read_only = True
            # A prepared statement holds one statement only: nothing can be appended to the query.
            return _frame(connection.execute(query, prepare=True))

    try:
        return _again(read, psycopg.OperationalError)
    except psycopg.errors.ReadOnlySqlTransaction as cause:
        raise _no_select("a statement that writes") from cause
    except psycopg.Error as cause:
        what = "the server cannot be reached" if isinstance(cause, psycopg.OperationalError) else "the query failed"
        raise _failed(what, cause, url) from None


def _again(read: Callable[[], pd.DataFrame], dropped: type[Exception]) -> pd.DataFrame:
    """Try three times with growing pauses: reading twice is harmless."""
    for pause in range(1, _TRIES):
        try:
            return read()
        except dropped as cause:
            if str(getattr(cause, "sqlstate", "") or "").startswith("28"):  # a wrong password stays wrong
                raise
            time.sleep(_PAUSE * pause)
    return read()
