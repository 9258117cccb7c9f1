"""Compressed files, with limits against decompression bombs."""

from __future__ import annotations

import bz2
import gzip
import zipfile
import zlib
from typing import IO, TYPE_CHECKING

from custpred.errors import DataError
from custpred.source._reading.path import unreadable
from custpred.text import listed, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MOST_BYTES = 8 * 10**9
"""Maximum size of an unpacked file in bytes."""
MOST_TIMES, ALWAYS_FINE = 200, 50 * 10**6
"""A compressed file may unpack to 200 times its size, small ones to 50 MB."""
_CHUNK = 1 << 22


def unpacked(path: Path, most: int | None) -> bytes:
    """Return the unpacked bytes of the file, at most ``most`` from its start.

    Raises
    ------
    DataError
        If it is damaged or unpacks to more than the limit.
    """
    openers: dict[str, Callable[[Path], IO[bytes]]] = {".gz": gzip.open, ".bz2": bz2.open, ".zip": _open_zip}  # type: ignore[dict-item]
    try:
        with openers[path.suffix.lower()](path) as file:
            return b"".join(_unfold(file, path)) if most is None else file.read(most)
    except PermissionError:
        raise
    except (EOFError, OSError, zlib.error, zipfile.BadZipFile, RuntimeError) as cause:
        raise unreadable(
            path, f"it is damaged, encrypted, or compressed in another format than its extension ({plain(cause)})"
        ) from cause


def _unfold(packed: IO[bytes], path: Path) -> Iterator[bytes]:
    cap, total = unfolds_to(path.stat().st_size), 0
    while chunk := packed.read(_CHUNK):
        total += len(chunk)
        if total > cap:
            raise bomb(path)
        yield chunk


def unfolds_to(size: int) -> int:
    """Return the maximum unpacked size of a compressed file of this size."""
    return min(MOST_BYTES, max(ALWAYS_FINE, MOST_TIMES * size))


def bomb(path: Path) -> DataError:
    """Return the error for a compressed file that unpacks to more than the limit."""
    size = path.stat().st_size
    return DataError(
        f"{plain(path.name)} unpacks to more than {unfolds_to(size):,} bytes from {size:,}; it was not read further.",
        code="CP2301",
        place=plain(path),
        remedy="Unpack it yourself if you trust it.",
    )


def _open_zip(path: Path) -> IO[bytes]:
    archive = zipfile.ZipFile(path)
    members = [each for each in archive.infolist() if not each.is_dir() and not each.filename.startswith("__MACOSX")]
    if len(members) != 1:
        named = listed(each.filename for each in members)
        raise unreadable(path, f"it holds {len(members)} files instead of one ({named})")
    if members[0].file_size > unfolds_to(path.stat().st_size):
        raise bomb(path)
    return archive.open(members[0])
