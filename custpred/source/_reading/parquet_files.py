"""Parquet files as one DuckDB relation, after checks that name the faulty file."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from custpred.errors import DataError
from custpred.source._reading.cost import Cost
from custpred.source._reading.duck import connect
from custpred.source._reading.path import find_files
from custpred.text import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duckdb import DuckDBPyConnection, DuckDBPyRelation

_NUMBER, _OTHER, _BYTE = 40, 90, 6
"""Peak bytes of memory per cell of numbers or dates, per cell of texts, and per byte of text.

Within 8 % of three measured tables of a million rows: 31 numbers 1.29 GB, 8 numbers or dates and 4
texts 0.74 GB, 3 texts, one of 69 bytes, 0.83 GB."""
_MARK = b"PAR1"
_ENDINGS = ("*.parquet", "*.pq", "*.parq")


def files_of(path: str) -> list[Path]:
    """Return the files of a path, a pattern or a folder (with its subfolders).

    Raises
    ------
    DataError
        If there are no files, or one is incomplete.
    """
    folder = Path(path).expanduser()
    if not folder.is_dir():
        return [_checked(file) for file in find_files(path, _ENDINGS)]
    found = sorted({file for ending in _ENDINGS for file in folder.rglob(ending) if file.is_file()})
    if not found:
        raise DataError(
            f"Expected Parquet files in the folder {plain(path)}, but there are none.",
            code="CP2122",
            place=plain(path),
            remedy="Correct the path.",
        )
    return [_checked(file) for file in found]


def _checked(file: Path) -> Path:
    """Refuse a file without the Parquet magic bytes before any parser reads it."""
    size = file.stat().st_size
    with file.open("rb") as opened:
        start = opened.read(4)
        opened.seek(max(0, size - 4))
        end = opened.read(4)
    if size < 12 or start != _MARK or end != _MARK:
        raise _damaged(file, f"it is incomplete or not a Parquet file ({size:,} bytes)")
    return file


def _damaged(file: Path, why: str) -> DataError:
    return DataError(
        f"Expected a Parquet file, but {plain(file.name)} cannot be read: {why}.",
        code="CP2118",
        place=plain(file),
        remedy="Fetch or write the file again.",
    )


def relation(connection: DuckDBPyConnection, files: list[Path]) -> DuckDBPyRelation:
    """Return all files as one relation.

    Raises
    ------
    DataError
        If a file is damaged, or its columns differ from those of the first file.
    """
    import duckdb

    first: dict[str, str] = {}
    for file in files:
        try:
            one = connection.read_parquet(str(file).replace("[", "[[]"))
        except duckdb.Error as cause:
            raise _damaged(file, "its footer is damaged") from cause
        schema = dict(zip(one.columns, map(str, one.types), strict=True))
        first = first or schema
        if schema != first:
            raise _differs(file, files[0], sorted(set(schema.items()) ^ set(first.items()))[0][0])
    hive = any("=" in part for part in files[0].parent.parts)  # folders such as year=2024
    return connection.read_parquet([str(file).replace("[", "[[]") for file in files], hive_partitioning=hive)


@contextmanager
def undamaged(path: str) -> Iterator[None]:
    """Report a fault inside of a file, which only reading all of its rows shows.

    Raises
    ------
    DataError
        CP2118 with the path; a full disk or memory is no fault of a file.
    """
    import duckdb

    try:
        yield
    except (duckdb.IOException, duckdb.OutOfMemoryException, duckdb.InterruptException):
        raise
    except duckdb.Error as cause:
        raise _damaged(Path(path), f"its rows are damaged ({plain(cause)})") from cause


class Size(NamedTuple):
    """The number of rows of Parquet files, and the estimated cost of reading them."""

    rows: int
    cost: Cost


def size_of(files: list[Path]) -> Size:
    """Estimate the cost of reading files from footers; dictionaries count by row group."""
    with undamaged(str(files[0].parent if len(files) > 1 else files[0])), connect() as connection:
        found = connection.execute(
            "SELECT type = 'BYTE_ARRAY', sum(num_values), sum(total_uncompressed_size)"
            " FROM parquet_metadata(?) GROUP BY 1",
            [[str(file) for file in files]],
        ).fetchall()
        counted = connection.execute("SELECT sum(num_rows) FROM parquet_file_metadata(?)", [[str(f) for f in files]])
        (rows,) = counted.fetchone() or (0,)
    memory = sum(_OTHER * cells + _BYTE * size if text else _NUMBER * cells for text, cells, size in found)
    return Size(int(rows), Cost(float(memory), divisible=True))


def _differs(file: Path, first: Path, column: str) -> DataError:
    return DataError(
        f"Expected the same columns in all files, but column {column!r} of {plain(file.name)} is not as in "
        f"{plain(first.name)}.",
        code="CP2119",
        column=column,
        place=plain(file),
        remedy="Write the files with one schema.",
    )
