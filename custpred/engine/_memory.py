"""How much memory a process holds, without any package."""

from __future__ import annotations

import os
from pathlib import Path


def held(pid: int) -> int:
    """Return the bytes that a process holds and no file backs; 0 where the system does not tell."""
    try:
        _, resident, shared, *_ = Path(f"/proc/{pid}/statm").read_text().split()
    except (OSError, ValueError):
        return 0
    return (int(resident) - int(shared)) * os.sysconf("SC_PAGE_SIZE")


def killed_for_memory() -> int:
    """Return how often the kernel has ended a process for want of memory; 0 where it does not tell."""
    try:
        counters = Path("/proc/vmstat").read_text().split()
    except OSError:
        return 0
    return int(counters[counters.index("oom_kill") + 1]) if "oom_kill" in counters else 0
