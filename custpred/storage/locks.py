"""Operating system locks, released by the system however the holding process ends."""

from __future__ import annotations  # light: imports inside functions are deliberate

import errno
import json
import os
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from custpred.storage.plain import JSON

_UNSUPPORTED = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}
_LOCK_OFFSET = 2**30
"""Offset of the byte that Windows locks: locked ranges, such as the start, are unreadable."""


class Lock:
    """A lock file held by this process; its content (pid, start time, host) is informative."""

    def __init__(self, path: Path, handle: int) -> None:
        self.path, self._handle = path, handle

    @property
    def intact(self) -> bool:
        """Return whether the lock file is still the held one, neither removed nor replaced."""
        return _same_file(self._handle, self.path)

    def release(self) -> None:
        """Remove the lock file, unless it was replaced, and release the lock."""
        if sys.platform == "win32":  # Windows cannot remove open files
            os.close(self._handle)
            self.path.unlink(missing_ok=True)
            return
        if self.intact:
            self.path.unlink(missing_ok=True)
        os.close(self._handle)


def acquire(path: Path) -> Lock | None:
    """Acquire the lock at a path in an existing folder; None if this or another process holds it.

    Raises
    ------
    OSError
        If the file cannot be opened or written.
    """
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            taken = _take(handle, path)
            if taken and _same_file(handle, path):
                os.ftruncate(handle, 0)
                os.lseek(handle, 0, os.SEEK_SET)
                os.write(handle, json.dumps(_facts()).encode())
                return Lock(path, handle)
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)
        if not taken:
            return None  # retry if its holder removed the file


def started(pid: int) -> int | None:
    """Return a process's start time, in clock ticks since the system's boot; None if unknown."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return None


def _facts() -> JSON:
    return {"pid": os.getpid(), "started": started(os.getpid()), "host": socket.gethostname()}


def _same_file(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except OSError:
        return False


def _take(handle: int, path: Path) -> bool:
    """Lock an open file without waiting; return whether that was possible."""
    try:
        _lock(handle)
    except OSError as cause:
        if cause.errno in _UNSUPPORTED:  # no locks on some network file systems
            return not _alive(path)
        if isinstance(cause, BlockingIOError | PermissionError):
            return False
        raise
    return True


def _lock(handle: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        os.lseek(handle, _LOCK_OFFSET, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _alive(path: Path) -> bool:
    """Return whether the process named in the file is running on this host."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        facts = json.loads(path.read_text())
        pid = int(facts["pid"])
        if facts["host"] == socket.gethostname() and pid != os.getpid() and _exists(pid):
            return facts.get("started") is None or facts["started"] == started(pid)
    return False


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return True
