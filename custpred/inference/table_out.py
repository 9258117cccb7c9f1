"""Output of a list as a database table, created or replaced in one transaction."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from custpred.errors import CustpredError, DataError
from custpred.lazy import need
from custpred.source._reading.addresses import expanded, quoted_table, redacted, split_table, without_secrets
from custpred.source._reading.duck import connect
from custpred.text import plain, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    import pandas as pd

_FILES = {".duckdb": "duckdb", ".ddb": "duckdb", ".sqlite": "sqlite", ".sqlite3": "sqlite", ".db": "sqlite"}
_KINDS = {"i": "BIGINT", "u": "BIGINT", "f": "DOUBLE PRECISION", "b": "BOOLEAN"}


class Place(NamedTuple):
    """A database table: its address, its file if there is one, and its name in SQL."""

    url: str
    file: Path | None
    table: str


def place_of(out: str) -> Place | None:
    """Return the table that ``ADDRESS::TABLE`` names; None for the name of a file.

    >>> place_of("scores.duckdb::june"), place_of("scores.csv")
    (Place(url='duckdb:///scores.duckdb', file=PosixPath('scores.duckdb'), table='"june"'), None)

    Raises
    ------
    DataError
        CP2424 for an address other than DuckDB, SQLite or PostgreSQL.
    MissingDependency
        If the extra ``postgres`` is needed and not installed: nothing is scored in vain.
    """
    split = split_table(out)
    if split is None:
        return None
    where, name = split
    table = quoted_table(name) if name else ""
    scheme, _, rest = where.partition("://") if "://" in where else (_FILES.get(Path(where).suffix.lower(), ""), "", "")
    scheme = "postgresql" if scheme == "postgres" else scheme
    if scheme not in {"duckdb", "sqlite", "postgresql"} or not table:
        raise DataError(
            f"Expected a table such as scores.duckdb::june, sqlite:///shop.db::june or postgresql://host/shop::june,"
            f" got {plain(redacted(out), 80)!r}.",
            code="CP2424",
            remedy="Name the database and the table with --out.",
        )
    if scheme == "postgresql":
        _driver()
        return Place(where, None, table)
    file = Path(unquote(rest.removeprefix("/"))) if rest else Path(where)
    return Place(where if rest else f"{scheme}:///{where}", file, table)


def write_table(list_: pd.DataFrame, place: Place) -> None:
    """Create or replace the table in one transaction.

    Raises
    ------
    DataError
        CP2425 if the database refuses; nothing is changed, and the message contains no secret.
    """
    columns = [f"{quoted(str(name))} {_KINDS.get(dtype.kind, 'TEXT')}" for name, dtype in list_.dtypes.items()]
    made = f"CREATE TABLE {place.table} ({', '.join(columns)})"
    try:
        if place.url.startswith("duckdb"):
            _to_duckdb(list_, place, made)
        elif place.file is not None:
            _to_sqlite(_rows(list_), place, made)
        else:
            _to_postgres(_rows(list_), place, made)
    except CustpredError:
        raise
    except Exception as cause:  # every driver raises its own errors
        why = plain(without_secrets(str(cause), expanded(place.url)).strip().partition("\n")[0], 200)
        raise DataError(
            f"Cannot write the table {place.table} of {plain(redacted(place.url))}: {why.rstrip('.!')}.",
            code="CP2425",
            remedy="Nothing was changed. Correct the address, or unlock the table and write again.",
        ) from None


def _rows(list_: pd.DataFrame) -> list[list[object]]:
    """Return the rows as lists, with None for missing values."""
    rows: list[list[object]] = list_.astype(object).where(list_.notna(), None).to_numpy().tolist()
    return rows


def _to_duckdb(list_: pd.DataFrame, place: Place, made: str) -> None:
    with connect(str(place.file)) as connection:
        connection.begin()
        connection.execute(f"DROP TABLE IF EXISTS {place.table}")
        connection.execute(made)
        connection.register("cp_list", list_)
        connection.execute(f"INSERT INTO {place.table} SELECT * FROM cp_list")
        connection.commit()


def _to_sqlite(rows: Sequence[Sequence[object]], place: Place, made: str) -> None:
    with closing(sqlite3.connect(str(place.file), isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(f"DROP TABLE IF EXISTS {place.table}")
        connection.execute(made)
        if rows:
            connection.executemany(f"INSERT INTO {place.table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
        connection.execute("COMMIT")


def _driver() -> ModuleType:
    return need("psycopg", purpose="predict --out to a PostgreSQL server", extra="postgres")


def _to_postgres(rows: Sequence[Sequence[object]], place: Place, made: str) -> None:
    with _driver().connect(expanded(place.url), connect_timeout=10, application_name="custpred") as connection:
        connection.execute(f"DROP TABLE IF EXISTS {place.table}")
        connection.execute(made)
        with connection.cursor() as cursor, cursor.copy(f"COPY {place.table} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
