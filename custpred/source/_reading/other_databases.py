"""Helpers for all databases, and those of SQLAlchemy: MySQL, SQL Server, Oracle, Snowflake, ..."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

import pandas as pd

from custpred.errors import DataError, MissingDependency
from custpred.lazy import need
from custpred.source._reading.addresses import redacted, without_secrets
from custpred.text import plain

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    from sqlalchemy import Engine

_READS = re.compile(r"\s*(--[^\n]*\n\s*)*(SELECT|WITH)\b[^;]*;?\s*", re.IGNORECASE)


def from_other(url: str, query: str) -> pd.DataFrame:
    """Return the rows of a query with SQLAlchemy; the transaction is rolled back.

    Raises
    ------
    DataError
        As ``database.rows``.
    MissingDependency
        CP1107 if SQLAlchemy, or the driver that the address names, is not installed.
    """
    library = _library()
    if not _READS.fullmatch(query):
        raise no_select("another statement, or several")
    engine = _engine(library, url)
    try:
        with engine.connect() as connection, connection.begin() as transaction:
            frame = cursor_frame(connection.exec_driver_sql(query).cursor)
            transaction.rollback()
            return frame
    except library.exc.SQLAlchemyError as cause:
        origin = getattr(cause, "orig", None) or cause
        raise failed("the query failed, or the server cannot be reached", origin, url) from None
    finally:
        engine.dispose()


def quoted_for(url: str, table: str) -> str:
    """Quote a table name for its database."""
    quote = _engine(_library(), url).dialect.identifier_preparer.quote_identifier
    return ".".join(map(quote, table.split(".")))


def _library() -> ModuleType:
    return need("sqlalchemy", purpose="source: sql on other databases", extra="sqlalchemy")


def _engine(library: ModuleType, url: str) -> Engine:
    try:
        engine: Engine = library.create_engine(url)
        return engine
    except ImportError as cause:
        name = plain(getattr(cause, "name", None) or "its driver", 60)
        raise MissingDependency(
            f"{name} is needed for a database of {plain(url.partition('://')[0], 60)}.",
            code="CP1107",
            remedy=f"Install it with: pip install {name}.",
        ) from cause
    except (library.exc.ArgumentError, ValueError) as cause:
        raise failed("SQLAlchemy does not know such an address", cause, url) from None


def failed(what: str, cause: Exception, url: str) -> DataError:
    """Return the error for a database that did not return rows, without secrets."""
    lines = without_secrets(str(cause), url).strip().splitlines()
    why = plain(lines[0] if lines else type(cause).__name__).rstrip(".!")
    return DataError(
        f"Cannot read rows from {plain(redacted(url))}: {what}: {why}.",
        code="CP2131",
        place=plain(redacted(url)),
        remedy="Correct `url` or `query`.",
    )


def no_select(found: str) -> DataError:
    """Return the error for a query that is not a single SELECT."""
    return DataError(
        f"Expected one SELECT statement as the query, got {found}.",
        code="CP2306",
        remedy="Write a query that only reads.",
    )


class _Cursor(Protocol):
    """The part of sqlite3's and psycopg's cursors that is used here."""

    @property
    def description(self) -> Sequence[Sequence[object]] | None: ...

    def fetchall(self) -> Sequence[Sequence[object]]: ...


def cursor_frame(cursor: _Cursor) -> pd.DataFrame:
    """Return a cursor's rows; names are set last: duplicates raise the error of files."""
    names = [column[0] for column in cursor.description or ()]
    columns = list(zip(*cursor.fetchall(), strict=True)) or [()] * len(names)
    frame = pd.DataFrame({place: pd.Series(cells, dtype=object) for place, cells in enumerate(columns)})
    frame.columns = pd.Index(names, dtype=object)
    return frame
