"""Private scratch folders, which later processes remove if their process is dead."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from custpred.errors import CustpredError, RunError
from custpred.storage.locks import acquire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from custpred.storage.locks import Lock

PREFIX, OWNER = "custpred-scratch-", "owner.lock"


class Scratch:
    """A folder of mode 0700 in the temporary folder; ``sweep`` removes it if its process is dead.

    Raises
    ------
    RunError
        If the temporary folder is full or cannot be written.
    """

    def __init__(self) -> None:
        with coded():
            sweep()
            self.path, lock = _made()
            self._lock: Lock | None = lock
            self._owner = os.getpid()

    def remove(self) -> None:
        """Remove the folder, unless called in a fork of the process that made it."""
        if os.getpid() == self._owner and self._lock is not None:
            _emptied(self.path)
            self._lock.release()
            self._lock = None


def _made() -> tuple[Path, Lock]:
    while True:
        path = Path(tempfile.mkdtemp(prefix=PREFIX))  # mkdtemp gives mode 0700
        with suppress(FileNotFoundError):  # swept before its lock was held
            lock = acquire(path / OWNER)
            if lock is not None:
                return path, lock


def _emptied(path: Path) -> None:
    """Remove a folder, its lock last: the next sweep completes an interrupted removal."""
    for each in path.iterdir():
        if each.is_dir() and not each.is_symlink():
            shutil.rmtree(each, ignore_errors=True)
        elif each.name != OWNER:
            each.unlink(missing_ok=True)
    shutil.rmtree(path, ignore_errors=True)


@contextmanager
def scratch(*, wait: bool = True) -> Iterator[Path]:
    """Yield a scratch folder, which is removed at the end of the block.

    Parameters
    ----------
    wait
        False: a thread removes the files, which takes a second for hundreds on a busy disk.
    """
    made = Scratch()
    try:
        yield made.path
    finally:
        if wait:
            made.remove()
        else:
            threading.Thread(target=made.remove).start()  # no daemon: the process waits at its end


@contextmanager
def coded() -> Iterator[None]:
    """Convert errors about temporary files into an error with a remedy.

    Raises
    ------
    RunError
        CP4106 for every OSError of the block that is not already an error of custpred.
    """
    try:
        yield
    except OSError as cause:
        if isinstance(cause, CustpredError):
            raise
        raise full(cause) from cause


def full(cause: OSError) -> RunError:
    """Return the error for a temporary file that could not be written."""
    return RunError(
        f"A temporary file could not be written: {cause.strerror or 'only a part of it was written'}.",
        code="CP4106",
        place=os.environ.get("TMPDIR", tempfile.tempdir),
        remedy="Free some space there, or set TMPDIR to a folder with more space.",
    )


def sweep() -> None:
    """Remove this user's scratch folders of dead processes, such as after SIGKILL."""
    with suppress(OSError), os.scandir(tempfile.gettempdir()) as entries:
        for path in [Path(entry.path) for entry in entries if entry.name.startswith(PREFIX)]:
            with suppress(OSError):
                _sweep(path)


def _sweep(path: Path) -> None:
    """Remove one folder unless it belongs to another user, is in use, or is just being made."""
    found = path.lstat()
    mine = sys.platform == "win32" or found.st_uid == os.getuid()
    if not (stat.S_ISDIR(found.st_mode) and mine and (path / OWNER).exists()):
        return
    lock = acquire(path / OWNER)
    if lock is not None:
        _emptied(path)
        lock.release()
