"""Whether the system ended a process for want of memory."""

from __future__ import annotations

from pathlib import Path


def killed_for_memory() -> int:
    """Return how often the kernel has ended a process for want of memory; 0 where it does not tell."""
    try:
        counters = Path("/proc/vmstat").read_text().split()
    except OSError:
        return 0
    return int(counters[counters.index("oom_kill") + 1]) if "oom_kill" in counters else 0
