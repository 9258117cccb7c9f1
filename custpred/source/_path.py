"""Files on disk: found and named, never a surprise, never a bomb."""

from __future__ import annotations

import bz2
import gzip
import stat
import zipfile
import zlib
from pathlib import Path
from typing import IO, TYPE_CHECKING

from custpred.errors import DataError, did_you_mean
from custpred.text import listed, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MOST_BYTES = 8 * 10**9
"""Most bytes that a packed file may unfold to."""
MOST_TIMES, ALWAYS_FINE = 200, 50 * 10**6
"""A packed file may unfold to 200 times its size; small ones to 50 MB."""
_CHUNK = 1 << 22
_RUNS_CODE = {".pkl", ".pickle", ".joblib", ".h5", ".hdf5", ".hdf", ".npy", ".npz", ".dill", ".rds", ".rdata", ".pt"}


def find_files(path: str) -> list[Path]:
    """Return the file, or the files that a pattern such as ``orders/*.csv`` names, sorted by name.

    Raises
    ------
    DataError
        If there is none, or it is no ordinary file that can be read.
    """
    if any(char in path for char in "*?[") and not Path(path).exists():
        return _matching(path)
    return [check_file(Path(path))]


def _matching(path: str) -> list[Path]:
    whole = Path(path).expanduser()
    fixed = next(parent for parent in whole.parents if not any(char in str(parent) for char in "*?["))
    found = sorted(each for each in fixed.glob(str(whole.relative_to(fixed))) if each.is_file())
    if not found:
        raise _unreadable(path, "no file matches this pattern")
    return [check_file(each) for each in found]


def check_file(path: Path) -> Path:
    """Return the path of an ordinary, readable file whose reading runs no code."""
    if path.suffix.lower() in _RUNS_CODE:
        raise DataError(
            f"Wanted a table, but {plain(path.name)} is of a kind that can run code when it is read.",
            code="CP2302",
            place=plain(path),
            remedy="Save it as CSV or Parquet first.",
        )
    try:
        mode = path.expanduser().stat().st_mode
    except FileNotFoundError as cause:
        raise _unreadable(path, f"there is no such file.{_near(path)}") from cause
    except (OSError, ValueError) as cause:
        raise _unreadable(path, "the path cannot be opened") from cause
    if not stat.S_ISREG(mode):
        raise _unreadable(path, f"it is {_what(mode)}, not a file")
    return path.expanduser()


def _near(path: Path) -> str:
    folder = path.expanduser().parent
    if not folder.is_dir():
        return f" The folder {plain(folder)} does not exist either."
    return did_you_mean(path.name, (each.name for each in folder.iterdir()))


def _what(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a folder"
    return "a pipe" if stat.S_ISFIFO(mode) else "a device or socket"


def _unreadable(path: str | Path, why: str) -> DataError:
    return DataError(
        f"Wanted to read {plain(path)}, but {why}" + ("" if why.endswith(("?", ".")) else "."),
        code="CP2122",
        place=plain(path),
        remedy="Correct the path.",
    )


def read_bytes(path: Path, most: int | None = None) -> bytes:
    """Return the file's bytes, at most ``most`` from its start, unpacked where its ending says so.

    Raises
    ------
    DataError
        If it cannot be opened, is damaged, or unfolds to far more than it should.
    """
    openers: dict[str, Callable[[Path], IO[bytes]]] = {".gz": gzip.open, ".bz2": bz2.open, ".zip": _open_zip}  # type: ignore[dict-item]
    opener = openers.get(path.suffix.lower())
    try:
        with path.open("rb") if opener is None else opener(path) as file:
            if most is not None or opener is None:
                return file.read(-1 if most is None else most)
            return b"".join(_unfold(file, path))
    except PermissionError as cause:
        raise _unreadable(path, "reading it is not permitted") from cause
    except (EOFError, OSError, zlib.error, zipfile.BadZipFile, RuntimeError) as cause:
        raise _unreadable(path, f"it is damaged, not packed as its ending says, or locked ({plain(cause)})") from cause


def _unfold(packed: IO[bytes], path: Path) -> Iterator[bytes]:
    cap, total = unfolds_to(path.stat().st_size), 0
    while chunk := packed.read(_CHUNK):
        total += len(chunk)
        if total > cap:
            raise bomb(path)
        yield chunk


def unfolds_to(size: int) -> int:
    """Return the most bytes that a packed file of this size may unfold to."""
    return min(MOST_BYTES, max(ALWAYS_FINE, MOST_TIMES * size))


def bomb(path: Path) -> DataError:
    """Return the error for a packed file that unfolds to far more than it should."""
    size = path.stat().st_size
    return DataError(
        f"{plain(path.name)} unfolds to more than {unfolds_to(size):,} bytes from {size:,}; it was not read further.",
        code="CP2301",
        place=plain(path),
        remedy="Unpack it yourself if you trust it.",
    )


def _open_zip(path: Path) -> IO[bytes]:
    archive = zipfile.ZipFile(path)
    members = [each for each in archive.infolist() if not each.is_dir() and not each.filename.startswith("__MACOSX")]
    if len(members) != 1:
        named = listed(each.filename for each in members)
        raise _unreadable(path, f"it holds {len(members)} files instead of one ({named})")
    if members[0].file_size > unfolds_to(path.stat().st_size):
        raise bomb(path)
    return archive.open(members[0])
