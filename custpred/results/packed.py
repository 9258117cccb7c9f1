"""A run folder as bytes, and temporary folders that are deleted with their owner."""

from __future__ import annotations

import io
import weakref
import zipfile
from typing import TYPE_CHECKING

from custpred.storage.scratch import Scratch

if TYPE_CHECKING:
    from pathlib import Path


class Temporary:
    """A folder that is deleted with this object."""

    def __init__(self) -> None:
        own = Scratch()
        self.path = own.path
        weakref.finalize(self, own.remove)


def packed(folder: Path) -> bytes:
    """Pack all files of a folder into bytes."""
    buffer = io.BytesIO()
    # Images of containers may date files 1970, before the first day of ZIP.
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as file:
        for path in sorted(folder.rglob("*")):
            file.write(path, path.relative_to(folder))
    return buffer.getvalue()


def unpacked(content: bytes) -> Temporary:
    """Unpack the files of ``packed`` into a temporary folder."""
    keep = Temporary()
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        file.extractall(keep.path / "run")
    return keep
