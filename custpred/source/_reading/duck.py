"""DuckDB as a reader that installs and writes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def connect(path: str = ":memory:", *, read_only: bool = False) -> DuckDBPyConnection:
    """Return a connection that never downloads extensions."""
    import duckdb

    config = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    return duckdb.connect(path, read_only=read_only, config=config)
