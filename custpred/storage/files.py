"""Plain data as files, written atomically: JSON, ``npz`` for arrays, raw files for bytes."""

from __future__ import annotations  # light: imports inside functions are deliberate

import hashlib
import io
import json
import os
from contextlib import suppress
from errno import EISDIR
from typing import TYPE_CHECKING, Any, TypeVar
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from custpred.errors import ModelFileError, RunError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import numpy as np

    from custpred.storage.plain import JSON

Built = TypeVar("Built")

_ARRAY, _BYTES = "$array", "$bytes"
LARGE = 100_000
"""Arrays of at least this many bytes are stored only once if they are equal."""


def write(path: Path, content: bytes | str, *, synced: bool = True) -> None:
    """Write a file atomically: temporary file, fsync, rename.

    Parameters
    ----------
    synced
        Wait until the disk has the content.  Not needed for files whose hash is kept elsewhere, and
        which are made again if it differs after a crash of the system.

    Raises
    ------
    RunError
        If the disk is full, the folder cannot be written, or the path is itself a folder.
    """
    raw = content.encode() if isinstance(content, str) else content
    if not path.name:  # '.' or '/'
        raise unwritable(f"{path} ({len(raw):,} bytes)", IsADirectoryError(EISDIR, os.strerror(EISDIR)), path)
    temporary = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            file.write(raw)
            file.flush()
            if synced:
                os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as cause:
        with suppress(OSError):
            temporary.unlink()
        raise unwritable(f"{path.name} ({len(raw):,} bytes)", cause, path.parent) from cause


def append(path: Path, line: str) -> None:
    """Add a line to a file in one call of the system, so that two processes lose none of theirs.

    A last line that was written only in part ends before it.

    Raises
    ------
    RunError
        As ``write``.
    """
    try:
        with path.open("a+b", buffering=0) as file:
            torn = file.tell() and (file.seek(-1, os.SEEK_END), file.read(1))[1] != b"\n"
            file.write(("\n" if torn else "").encode() + f"{line}\n".encode())
    except OSError as cause:
        raise unwritable(path.name, cause, path.parent) from cause


def unwritable(what: str, cause: OSError, place: Path | str) -> RunError:
    """Return the error for files that could not be written, or only in part."""
    return RunError(
        f"{what} could not be written: {cause.strerror or 'only a part of it was written'}.",
        code="CP4102",
        place=str(place),
        remedy="Free some disk space, correct the permissions, or choose another folder with --out.",
    )


def digest(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal text.

    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write(Path(folder) / "a.txt", "text")
    ...     len(digest(Path(folder) / "a.txt"))
    64
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def save_state(folder: Path, name: str, state: object, *, packed: bool = False, synced: bool = True) -> None:
    """Write nested plain data to ``name.json``, ``name.npz`` for arrays, and a file for each bytes.

    Parameters
    ----------
    state
        JSON values, arrays of numbers or text, and bytes, in dicts with text keys, lists, tuples.
    packed
        Compress, and store bytes in the ``npz`` as well, for at most two files.
    synced
        As for ``write``.
    """
    import numpy as np

    arrays: dict[str, np.ndarray] = {}
    blobs: dict[str, bytes] = {}
    tree = _take_out(state, arrays, blobs)
    if packed:
        arrays |= {key: np.frombuffer(blob, dtype=np.uint8) for key, blob in blobs.items()}
    if arrays:
        write(folder / f"{name}.npz", _zipped(arrays, ZIP_DEFLATED if packed else ZIP_STORED), synced=synced)
    for key, blob in () if packed else blobs.items():
        write(folder / f"{name}.{key}.bin", blob, synced=synced)
    write(folder / f"{name}.json", json.dumps(tree, ensure_ascii=False, separators=(",", ":")), synced=synced)


def load_state(folder: Path, name: str) -> Any:
    """Load the data of ``save_state``; never runs code from the files.

    Raises
    ------
    ModelFileError
        If a file is missing or invalid.
    """
    import numpy as np

    try:
        tree = json.loads((folder / f"{name}.json").read_text("utf-8"))
        arrays: dict[str, np.ndarray] = {}
        if (folder / f"{name}.npz").exists():
            with np.load(folder / f"{name}.npz", allow_pickle=False) as file:
                arrays = {key: file[key] for key in file.files}

        def blob(key: str) -> bytes:
            return arrays[key].tobytes() if key in arrays else (folder / f"{name}.{key}.bin").read_bytes()

        return _put_back(tree, arrays, blob)
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as cause:
        raise unreadable(folder, name, cause) from cause


def seal(plain: Mapping[str, object]) -> str:
    """Return the SHA-256 of a JSON map without its own key ``seal``, to detect changes."""
    own = {key: value for key, value in plain.items() if key != "seal"}
    return hashlib.sha256(json.dumps(own, sort_keys=True).encode()).hexdigest()


def save_arrays(path: Path, arrays: JSON, *, packed: bool = False) -> None:
    """Write arrays as one NumPy file; ``load_arrays`` reads it."""
    write(path, _zipped(arrays, ZIP_DEFLATED if packed else ZIP_STORED))


def load_arrays(folder: Path, name: str, build: Callable[[JSON], Built]) -> Built | None:
    """Return what ``build`` makes of the arrays; None if there is no such file.

    Raises
    ------
    ModelFileError
        CP5202 if the file is damaged, or lacks an array.
    """
    import numpy as np

    if not (folder / name).exists():
        return None
    try:
        with np.load(folder / name, allow_pickle=False) as file:
            return build({each: file[each] for each in file.files})
    except Exception as cause:  # zip, zlib and NumPy raise errors of many kinds
        raise unreadable(folder, name, cause) from cause


def unreadable(folder: Path, name: str, cause: Exception) -> ModelFileError:
    """Return the error for a file of a run folder that is damaged."""
    return ModelFileError(
        f"{name} cannot be read: {type(cause).__name__}.",
        code="CP5202",
        place=str(folder),
        remedy="The folder is damaged or incomplete: copy it again, or run the recipe again.",
    )


def _zipped(arrays: JSON, how: int) -> bytes:
    """Return arrays as ``npz`` of the lowest compression: the next saves 10 % in twice the time."""
    import numpy as np

    buffer = io.BytesIO()
    with ZipFile(buffer, "w", how, compresslevel=1) as file:
        for key, array in arrays.items():
            with file.open(f"{key}.npy", "w", force_zip64=True) as part:
                np.lib.format.write_array(part, np.asarray(array, order="C"), allow_pickle=False)
    return buffer.getvalue()


def _take_out(value: object, arrays: JSON, blobs: dict[str, bytes]) -> object:
    """Return ``value`` as JSON; arrays and bytes are moved out and replaced by references."""
    import numpy as np

    if isinstance(value, dict):
        return {str(key): _take_out(each, arrays, blobs) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_take_out(each, arrays, blobs) for each in value]
    if isinstance(value, np.ndarray):
        return {_ARRAY: _filed(value.astype(str) if value.dtype == object else value, arrays)}
    if isinstance(value, bytes):
        blobs[f"b{len(blobs)}"] = value
        return {_BYTES: f"b{len(blobs) - 1}"}
    return value.item() if isinstance(value, np.generic) else value


def _filed(array: np.ndarray, arrays: JSON) -> str:
    """Return the key of an array; equal large ones, such as words of texts, are stored once."""
    import numpy as np

    if array.nbytes >= LARGE:
        for key, other in arrays.items():
            if other.dtype == array.dtype and other.shape == array.shape and np.array_equal(other, array):
                return key
    arrays[f"a{len(arrays)}"] = array
    return f"a{len(arrays) - 1}"


def _put_back(value: object, arrays: JSON, blob: Callable[[str], bytes]) -> object:
    if isinstance(value, list):
        return [_put_back(each, arrays, blob) for each in value]
    if not isinstance(value, dict):
        return value
    if _ARRAY in value:
        return arrays[value[_ARRAY]]
    if _BYTES in value:
        return blob(value[_BYTES])
    return {key: _put_back(each, arrays, blob) for key, each in value.items()}
