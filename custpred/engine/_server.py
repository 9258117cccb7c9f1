"""Starting processes: from a fork server with loaded libraries, or by spawning without one."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from functools import cache
from multiprocessing import forkserver, resource_tracker, util
from types import ModuleType
from typing import TYPE_CHECKING

from custpred.engine._paths import safe
from custpred.engine._signals import ENDING, STOPPING
from custpred.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.context import ForkServerContext, SpawnContext
    from multiprocessing.process import BaseProcess

PRELOAD = ["custpred.engine._preload"]
"""Modules that the fork server preloads."""

_PAUSES = (0.05, 0.5)
"""Seconds between attempts: a killed server's socket closes before its end is visible."""

_LONGEST = 60
"""Maximum bytes of a temporary folder's path, to which multiprocessing adds names."""

_swap = threading.Lock()


@cache
def context() -> SpawnContext | ForkServerContext:
    """Return the multiprocessing context: ``forkserver``, or ``spawn`` if the system lacks it."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    chosen = multiprocessing.get_context("forkserver")
    chosen.set_forkserver_preload(PRELOAD)
    return chosen


def started() -> bool:
    """Return whether the fork server of this process has been started."""
    return getattr(forkserver._forkserver, "_forkserver_pid", None) is not None


def warm() -> None:
    """Start the fork server and return at once; it loads its libraries in the background."""
    if context().get_start_method() == "spawn":
        return
    _keep_paths_short()
    with _swap, safe():
        with _blocked(*ENDING):
            resource_tracker.ensure_running()  # its start unblocks SIGINT
        with _blocked(*STOPPING), _without_main():
            forkserver.ensure_running()


def _keep_paths_short() -> None:
    """Let multiprocessing use ``/tmp`` if $TMPDIR is long: socket paths have 107 bytes at most."""
    if len(os.fsencode(tempfile.gettempdir())) <= _LONGEST:
        return
    before, tempfile.tempdir = tempfile.tempdir, "/tmp"
    try:
        util.get_temp_dir()  # created once, cached and finally removed by multiprocessing
    finally:
        tempfile.tempdir = before


def start(make: Callable[[], BaseProcess]) -> BaseProcess:
    """Start the process returned by ``make``; a fork server that has died is restarted.

    Raises
    ------
    RunError
        If no process can be started.
    """
    for pause in _PAUSES:
        try:
            return _start(make())
        except (OSError, EOFError):
            time.sleep(pause)
    try:
        return _start(make())
    except (OSError, EOFError) as error:
        raise RunError(
            f"A child process could not be started: {type(error).__name__}.",
            code="CP5101",
            remedy="Free memory, processes or file handles (ulimit -u, ulimit -n), or lower budget.jobs.",
        ) from error


def _start(process: BaseProcess) -> BaseProcess:
    warm()
    with _swap, safe(), _without_main():
        process.start()
    return process


@contextmanager
def _without_main() -> Iterator[None]:
    """Hide the caller's ``__main__``, which multiprocessing would run again in every child."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@contextmanager
def _blocked(*numbers: signal.Signals) -> Iterator[None]:
    """Block signals for processes started inside, which inherit the mask."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
