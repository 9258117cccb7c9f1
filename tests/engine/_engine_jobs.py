"""Jobs for the tests of engines, importable by child processes; and checks of processes."""

from __future__ import annotations

import ctypes
import importlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from custpred.engine._child import lower_priority


def double(item: Any) -> Any:
    return item * 2


def nap(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def asleep(seconds: float) -> tuple[float, float]:
    """Return when a nap began and when it ended."""
    began = time.monotonic()
    time.sleep(seconds)
    return began, time.monotonic()


def pid(item: Any) -> tuple[int, int]:
    return os.getpid(), os.getpgrp()


def pause_then_pid(path: str) -> None:
    """Write the process id to a file, then hang."""
    Path(path).write_text(str(os.getpid()))
    time.sleep(60)


def raise_(message: str) -> None:
    raise ValueError(message)


def leave(code: int) -> None:
    sys.exit(code)


def vanish(code: int) -> None:
    os._exit(code)


def segfault(item: Any) -> None:
    ctypes.string_at(0)


def abort(item: Any) -> None:
    os.abort()


def deep(item: Any) -> Any:
    return deep(item)


def stubborn(path: str) -> None:
    """Ignore SIGTERM and start a grandchild, whose process id is written to a file."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    grandchild = subprocess.Popen(["sleep", "60"])
    Path(path).write_text(str(grandchild.pid))
    time.sleep(60)


def hold_lock(path: str) -> None:
    """Hold the interpreter lock for a minute, so that no Python thread of the process can run."""
    Path(path).write_text(str(os.getpid()))
    ctypes.PyDLL(None).sleep(60)


def fill(megabytes: int) -> int:
    """Take memory, 20 MB every 10 milliseconds, and touch it."""
    kept = []
    for _ in range(0, megabytes, 20):
        kept.append(b"x" * 20_000_000)
        time.sleep(0.01)
    return len(kept)


def fill_and_hold(megabytes: int) -> int:
    """Take memory and hold it for two seconds."""
    kept = b"x" * (1_000_000 * megabytes)
    time.sleep(2.0)
    return len(kept)


def no_memory(item: Any) -> None:
    raise MemoryError("Unable to allocate 9 TB")


def unpicklable(item: Any) -> Any:
    return lambda: item


def priorities(low: bool) -> tuple[int, int, str]:
    """Return the priority before and after lowering it, and the line of the session."""
    before = os.nice(0)
    if low:
        lower_priority()
    own = Path("/proc/self/autogroup")
    return before, os.nice(0), own.read_text() if own.exists() else ""


def loud(item: Any) -> str:
    os.write(1, b"nor that")
    return "said"


def large(count: int) -> bytes:
    return b"x" * count


def ignores_interrupt(item: Any) -> bool:
    return signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def loaded(name: str) -> bool:
    return name in sys.modules


def imported(name: str) -> bool:
    return importlib.import_module(name) is not None


def killed(item: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def gone(pid: int, within: float = 5.0) -> bool:
    """Return whether a process is dead (a zombie that nobody reaps is) within some seconds."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state in "ZX":
            return True
        time.sleep(0.02)
    return False


def written(path: Path, within: float = 60.0) -> int:
    """Wait for a process id in a file."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        if path.exists() and path.read_text():
            return int(path.read_text())
        time.sleep(0.02)
    raise AssertionError(f"no process id in {path.name}; our own is {os.getpid()}")
