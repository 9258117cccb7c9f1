"""Private scratch folders: only their user may read them, and one whose process has died is removed by the next."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
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
    """A folder of mode 0700 in the temporary folder; it is swept when the process that made it is dead.

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
        """Remove the folder; a fork of the process that made it leaves it alone."""
        if os.getpid() == self._owner and self._lock is not None:
            _emptied(self.path)
            self._lock.release()
            self._lock = None


def _made() -> tuple[Path, Lock]:
    while True:
        path = Path(tempfile.mkdtemp(prefix=PREFIX))  # mkdtemp gives mode 0700
        lock = acquire(path / OWNER)
        if lock is not None:  # else: a sweep came between the two
            return path, lock


def _emptied(path: Path) -> None:
    """Remove a folder, its lock last: what is killed half-way is swept by the next."""
    for each in path.iterdir():
        if each.is_dir() and not each.is_symlink():
            shutil.rmtree(each, ignore_errors=True)
        elif each.name != OWNER:
            each.unlink(missing_ok=True)
    shutil.rmtree(path, ignore_errors=True)


@contextmanager
def scratch() -> Iterator[Path]:
    """Yield a scratch folder, which is removed at the end of the block."""
    made = Scratch()
    try:
        yield made.path
    finally:
        made.remove()


@contextmanager
def coded() -> Iterator[None]:
    """Turn the system's refusal of a temporary file into an error that says what to do.

    Raises
    ------
    RunError
        CP4106 for every OSError of the block that is not an error of ours already.
    """
    try:
        yield
    except OSError as cause:
        if isinstance(cause, CustpredError):
            raise
        raise full(cause) from cause


def full(cause: OSError) -> RunError:
    """Return the error for a temporary file that the system refused."""
    return RunError(
        f"A temporary file could not be written: {cause.strerror or 'the disk took only a part of it'}.",
        code="CP4106",
        place=os.environ.get("TMPDIR", tempfile.tempdir),
        remedy="Free some space there, or set TMPDIR to a folder with more.",
    )


def sweep() -> None:
    """Remove this user's scratch folders whose process is dead: after SIGKILL or a power cut nothing else would."""
    with suppress(OSError), os.scandir(tempfile.gettempdir()) as entries:
        for path in [Path(entry.path) for entry in entries if entry.name.startswith(PREFIX)]:
            with suppress(OSError):
                _sweep(path)


def _sweep(path: Path) -> None:
    """Remove one folder unless it is somebody else's, in use, or just being made."""
    found = path.lstat()
    mine = sys.platform == "win32" or found.st_uid == os.getuid()
    if not (stat.S_ISDIR(found.st_mode) and mine and (path / OWNER).exists()):
        return
    lock = acquire(path / OWNER)
    if lock is not None:
        _emptied(path)
        lock.release()
