"""The child process: set up, run the job, reply once through the pipe."""

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
from custpred.text import describe

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from custpred.engine.base import Status


_LOW_PRIORITY = 10
_settled = threading.Event()  # set in a child of the engine only, not in the user's processes


class Reply(NamedTuple):
    """Reply of a child; ``peak`` is its peak memory in bytes."""

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
    with suppress(OSError):  # the parent is gone
        results.send_bytes(data)
    os._exit(0)  # unloading the libraries takes longer than a small fit


def _do(payload: bytes) -> tuple[Status, object, str]:
    try:
        function, item = pickle.loads(payload)
        return "ok", function(item), ""
    except BaseException as error:
        full = isinstance(error, MemoryError) or "bad_alloc" in str(error)
        return "memory" if full else "failed", None, describe(error)


def lower_priority() -> None:
    """Let other processes go first, in a child whose result is needed only at the end of a run.

    Nothing changes in a process that is not a child of the engine.
    """
    if _settled.is_set() and hasattr(os, "nice"):
        os.nice(_LOW_PRIORITY)
        keep_priority()


def keep_priority() -> None:
    """Give this process's session the priority of the process, as a run may have a low one.

    Linux may divide the time among sessions first (man 7 sched, autogroups), and a child begins
    one, whose priority is the usual one.
    """
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(os.nice(0)))


def _settle() -> None:
    """Detach from the parent's process group, terminal and signals, but die with it."""
    _settled.set()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in ENDING:
        signal.signal(number, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)  # inherited from the fork server
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    if sys.platform != "win32":
        import resource

        os.setsid()
        if os.nice(0):
            keep_priority()
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError):  # out of memory, the kernel should kill this fit, not the run
        Path("/proc/self/oom_score_adj").write_text("500")
    _die_with_parent()


def _die_with_parent() -> None:
    """Have the whole group killed when the pipe to the parent closes, even after SIGKILL."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    if sys.platform == "linux":
        import fcntl

        # The kernel kills the group, as a job that never releases the GIL would block any thread.
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
