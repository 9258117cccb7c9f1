"""Files on disk: found, checked and named in errors."""

from __future__ import annotations  # light: imports inside functions are deliberate

import re
import stat
from pathlib import Path

from custpred.errors import DataError, did_you_mean
from custpred.text import plain

PACKED = frozenset({".gz", ".bz2", ".zip"})
_AWAY = re.compile(r"(https?|ftp|s3|gs|gcs|az|abfss?|hf)://", re.IGNORECASE)
_RUNS_CODE = {".pkl", ".pickle", ".joblib", ".h5", ".hdf5", ".hdf", ".npy", ".npz", ".dill", ".rds", ".rdata", ".pt"}


def remote(path: str) -> bool:
    """Return whether a path is a remote address such as ``https://host/c.csv``.

    >>> remote("s3://bucket/c.csv"), remote("data/c.csv")
    (True, False)
    """
    return _AWAY.match(path) is not None


def find_files(path: str, endings: tuple[str, ...] = ()) -> list[Path]:
    """Return the file, or the files that match a pattern such as ``orders/*.csv``, sorted by name.

    Parameters
    ----------
    path
        A local path, or an address whose files are downloaded first.
    endings
        Patterns of the files to use if an address names a folder.

    Raises
    ------
    DataError
        If there is no file, or it is not a readable regular file.
    """
    if remote(path):
        from custpred.source._reading.remote import fetched_files

        return [check_file(file) for file in fetched_files(path, endings)]
    if any(char in path for char in "*?[") and not Path(path).exists():
        return _matching(path)
    return [check_file(Path(path))]


def matched(path: str, file: Path) -> str:
    """Return the text that a pattern's wildcards match in a file name, or the whole name.

    >>> matched("ratings_*.txt", Path("data/ratings_train.txt")), matched("a.csv", Path("a.csv"))
    ('train', 'a')
    """
    pattern = re.escape(Path(path).name).replace(r"\*", "(.*)").replace(r"\?", "(.)")
    found = re.fullmatch(pattern, file.name)
    return "-".join(found.groups()) if found and found.groups() else file.name.partition(".")[0]


def _matching(path: str) -> list[Path]:
    whole = Path(path).expanduser()
    fixed = next(parent for parent in whole.parents if not any(char in str(parent) for char in "*?["))
    found = sorted(each for each in fixed.glob(str(whole.relative_to(fixed))) if each.is_file())
    if not found:
        raise unreadable(path, "no file matches this pattern")
    return [check_file(each) for each in found]


def check_file(path: Path) -> Path:
    """Return the path of a regular, readable file that cannot run code when read."""
    if path.suffix.lower() in _RUNS_CODE:
        raise DataError(
            f"Expected a table, but {plain(path.name)} is of a kind that can run code when it is read.",
            code="CP2302",
            place=plain(path),
            remedy="Save it as CSV or Parquet first.",
        )
    try:
        mode = path.expanduser().stat().st_mode
    except FileNotFoundError as cause:
        raise unreadable(path, f"there is no such file.{_near(path)}") from cause
    except (OSError, ValueError) as cause:
        raise unreadable(path, "the path cannot be opened") from cause
    if not stat.S_ISREG(mode):
        raise unreadable(path, f"it is {_what(mode)}, not a file")
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


def unreadable(path: str | Path, why: str) -> DataError:
    """Return the error for a path that cannot be read."""
    return DataError(
        f"Cannot read {plain(path)}: {why}" + ("" if why.endswith(("?", ".")) else "."),
        code="CP2122",
        place=plain(path),
        remedy="Correct the path.",
    )


def read_bytes(path: Path, most: int | None = None) -> bytes:
    """Return the file's bytes, at most ``most``, unpacked according to its extension.

    Raises
    ------
    DataError
        If it cannot be opened, is damaged, or unpacks to more than the limit.
    """
    try:
        if path.suffix.lower() in PACKED:
            from custpred.source._reading.packed import unpacked

            return unpacked(path, most)
        with path.open("rb") as file:
            return file.read(-1 if most is None else most)
    except PermissionError as cause:
        raise unreadable(path, "reading it is not permitted") from cause
    except OSError as cause:
        raise unreadable(path, f"it is damaged or locked ({plain(cause)})") from cause
