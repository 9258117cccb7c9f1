"""Infer the kind of source from its options."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from custpred.source._reading.path import PACKED

if TYPE_CHECKING:
    from custpred.storage.plain import JSON

_ENDINGS = {
    "csv": {".csv", ".tsv", ".tab", ".txt", ".data"},
    "parquet": {".parquet", ".pq", ".parq"},
    "jsonl": {".jsonl", ".ndjson", ".json"},
    "excel": {".xlsx", ".xlsm", ".xls"},
    "sql": {".sqlite", ".sqlite3", ".db", ".duckdb", ".ddb"},
}


def tables() -> tuple[str, ...]:
    """Return the extensions of files with one table, without the dot.

    >>> "xlsx" in tables(), "duckdb" in tables()
    (True, False)
    """
    return tuple(sorted(each[1:] for kind, endings in _ENDINGS.items() if kind != "sql" for each in endings))


def kind_of(options: JSON) -> str | None:
    """Return ``sample``, ``sql``, ``parquet``, ``jsonl``, ``excel`` or ``csv``; None if undecided.

    >>> kind_of({"path": "shop.db::orders"})
    'sql'
    >>> kind_of({"path": "orders/*.parquet"}), kind_of({"url": "x", "query": "y"})
    ('parquet', 'sql')
    """
    if "sample" in options:
        return "sample"
    if "url" in options or "query" in options:
        return "sql"
    if "data" in options:
        return "frame"
    if "path" not in options:
        return None
    return "sql" if "::" in str(options["path"]) else _by_ending(str(options["path"]))


def names_a_file(text: str) -> bool:
    """Return whether a text ends like a file that a source reads.

    >>> names_a_file("data/bike.csv"), names_a_file("shop.db::orders"), names_a_file("shop.own")
    (True, True, False)
    """
    return "::" in text or _kind_of_suffix(text) is not None


def _by_ending(path: str) -> str:
    """Decide by the extension; a path without one is a folder of Parquet files, others are CSV."""
    path = path.partition("?")[0] if path.lower().startswith("http") else path
    folder = path.endswith(("/", "\\")) or not PurePath(path).suffixes
    return _kind_of_suffix(path) or ("parquet" if folder else "csv")


def _kind_of_suffix(path: str) -> str | None:
    """Return the kind of the last extension that is no compression; None if no kind has it."""
    last = next((each.lower() for each in reversed(PurePath(path).suffixes) if each.lower() not in PACKED), "")
    return next((kind for kind, endings in _ENDINGS.items() if last in endings), None)
