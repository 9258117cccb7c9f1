"""Files sent to a cluster's workers and back: a folder of rows, and the files that jobs write."""

from __future__ import annotations

import atexit
from dataclasses import is_dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from custpred.storage.files import write
from custpred.storage.scratch import Scratch

if TYPE_CHECKING:
    from collections.abc import Callable

Files = dict[str, bytes]


@runtime_checkable
class WithFolders(Protocol):
    """A job's item, a dataclass, that reads the files of ``data`` and writes into ``out``."""

    data: Path
    out: Path


class Folder:
    """A folder pickled with its files; unpickled, it is temporary and ends with this object."""

    def __init__(self, path: Path, place: TemporaryDirectory[str] | None = None) -> None:
        self.path, self._place, self._names = path, place, _names(path)  # those that exist now

    def __reduce__(self) -> tuple[Callable[[Files], Folder], tuple[Files]]:
        return _landed, (_packed(self.path, self._names),)


def _landed(files: Files) -> Folder:
    place = TemporaryDirectory(dir=scratch(), prefix="rows-", ignore_cleanup_errors=True)
    unpack(Path(place.name), files)
    return Folder(Path(place.name), place)


def packed(folder: Path) -> Files:
    """Return the contents of files below a folder by name."""
    return _packed(folder, _names(folder))


def _packed(folder: Path, names: list[str]) -> Files:
    return {name: (folder / name).read_bytes() for name in names}


def _names(folder: Path) -> list[str]:
    """Return the files below a folder, without those being written (``.name``)."""
    inside = [file.relative_to(folder) for file in sorted(folder.rglob("*")) if file.is_file()]
    return [str(name) for name in inside if not any(part.startswith(".") for part in name.parts)]


def unpack(folder: Path, files: Files) -> None:
    """Write files into a folder, each atomically."""
    for name, content in files.items():
        write(folder / name, content)


def with_folders(item: object) -> list[WithFolders]:
    """Return the item, or the items of a tuple, whose jobs read and write files."""
    each = item if isinstance(item, tuple) else (item,)
    return [one for one in each if is_dataclass(one) and isinstance(one, WithFolders)]


@cache
def scratch() -> Path:
    """Return this process's scratch folder; custpred's next process removes a killed one's."""
    made = Scratch()
    atexit.register(made.remove)
    return made.path
