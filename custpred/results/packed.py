"""A run folder as bytes, and folders that go with their holder."""

from __future__ import annotations

import io
import weakref
import zipfile
from typing import TYPE_CHECKING

from custpred.storage.scratch import Scratch

if TYPE_CHECKING:
    from pathlib import Path


class Temporary:
    """A folder that is deleted with its holder."""

    def __init__(self) -> None:
        own = Scratch()
        self.path = own.path
        weakref.finalize(self, own.remove)


def packed(folder: Path) -> bytes:
    """Return all files of a folder as bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for path in sorted(folder.rglob("*")):
            file.write(path, path.relative_to(folder))
    return buffer.getvalue()


def unpacked(content: bytes) -> Temporary:
    """Return a folder with the files that ``packed`` took."""
    keep = Temporary()
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        file.extractall(keep.path / "run")
    return keep
