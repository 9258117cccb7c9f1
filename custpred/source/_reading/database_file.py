"""A database file passed as a path: its kind, and its only table."""

from __future__ import annotations

from urllib.parse import quote

from custpred.errors import DataError
from custpred.source._reading.addresses import redacted
from custpred.source._reading.database import rows
from custpred.source._reading.path import find_files, unreadable
from custpred.text import plain

_LISTED = (
    "SELECT table_name FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema')"
)
_LISTED_SQLITE = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND substr(name, 1, 7) <> 'sqlite_'"
_SHOWN = 10


def address(path: str) -> str:
    """Return the address of a database file, whose kind is detected from its first bytes.

    Raises
    ------
    DataError
        If there is no such file, or it is neither an SQLite nor a DuckDB file.
    """
    found = find_files(path)[0]
    with found.open("rb") as file:
        start = file.read(16)
    if start.startswith(b"SQLite format 3\0"):
        return f"sqlite:///{quote(str(found))}"
    if start[8:12] == b"DUCK":
        return f"duckdb:///{quote(str(found))}"
    raise unreadable(path, "it is not an SQLite or DuckDB file")


def whole_table(url: str) -> str:
    """Return the query for the only table of a database.

    Raises
    ------
    DataError
        CP2134 if it holds no table or several; the message names them.
    """
    found = rows(url, _LISTED_SQLITE if url.startswith("sqlite") else _LISTED)
    names = sorted(map(str, found.iloc[:, 0]))
    if len(names) == 1:
        return 'SELECT * FROM "{}"'.format(names[0].replace('"', '""'))
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    listed = f"{len(names)}: {plain(', '.join(names[:_SHOWN]))}{more}" if names else "none"
    raise DataError(
        f"Expected a database with one table, or a query, but it has {listed}.",
        code="CP2134",
        place=plain(redacted(url)),
        remedy="Name the table as ADDRESS::TABLE, or set a query: `query: SELECT * FROM ...`.",
    )
