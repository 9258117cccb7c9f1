"""What runs in a child: set up, do the job, reply once through the pipe."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from custpred.budget import peak_memory
from custpred.engine._signals import ENDING
from custpred.errors import CustpredError
from custpred.text import plain

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from custpred.engine.base import Status


class Reply(NamedTuple):
    """What a child sends back; ``peak`` is the most memory it held, in bytes."""

    status: Status
    value: object
    reason: str
    seconds: float
    peak: int


def work(payload: bytes, results: Connection) -> None:
    """Run one pickled (function, item) pair and end the process."""
    _settle()
    began = time.monotonic()
    status, value, reason = _do(payload)
    reply = Reply(status, value, reason, time.monotonic() - began, peak_memory())
    try:
        data = pickle.dumps(reply)
    except Exception as error:
        data = pickle.dumps(
            reply._replace(status="failed", value=None, reason=f"no picklable value: {describe(error)}")
        )
    with suppress(OSError):  # the parent has gone: nobody reads it
        results.send_bytes(data)
    os._exit(0)  # tearing the libraries down costs more than a small fit


def _do(payload: bytes) -> tuple[Status, object, str]:
    try:
        function, item = pickle.loads(payload)
        return "ok", function(item), ""
    except BaseException as error:
        full = isinstance(error, MemoryError) or "bad_alloc" in str(error)
        return "memory" if full else "failed", None, describe(error)


def describe(error: BaseException) -> str:
    """Return an error in one short line."""
    own = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return plain(error if isinstance(error, CustpredError) else own)


def _settle() -> None:
    """Leave the parent's process group, its terminal and its signals; die with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in ENDING:
        signal.signal(number, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)  # the fork server's mask came along
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    if sys.platform != "win32":
        import resource

        os.setsid()
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError):  # where the kernel must end something, it should be this fit, not the run
        Path("/proc/self/oom_score_adj").write_text("500")
    _die_with_parent()


def _die_with_parent() -> None:
    """Arrange that the whole group is killed when the pipe to the parent closes, which even SIGKILL cannot prevent."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    if sys.platform == "linux":
        import fcntl

        # The kernel itself kills the group: a job that holds Python's lock for ever would let no thread run.
        with suppress(OSError):
            fcntl.fcntl(parent.sentinel, fcntl.F_SETSIG, signal.SIGKILL)
            fcntl.fcntl(parent.sentinel, fcntl.F_SETOWN, -os.getpgrp())
            fcntl.fcntl(parent.sentinel, fcntl.F_SETFL, fcntl.fcntl(parent.sentinel, fcntl.F_GETFL) | os.O_ASYNC)
    threading.Thread(target=_follow, args=(parent,), daemon=True).start()


def _follow(parent: BaseProcess) -> None:
    parent.join()
    if sys.platform != "win32":
        os.killpg(0, signal.SIGKILL)
    os._exit(1)
