"""The memory limit of all workers of this process, across pools."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from custpred.budget import base_memory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from custpred.engine._job import Child
    from custpred.engine._pool import Pool

POLL, OWN_POLL = 0.05, 1.0
"""Seconds between readings of the workers' memory, and of this process, which is slower."""
MIN_POLL_RATIO = 50
"""Minimum interval of readings of this process's memory, as a multiple of their duration."""
MIN_JOBS_FRACTION = 4
"""Workers may always use 1 / MIN_JOBS_FRACTION of the memory, however much this process uses."""


def killed_for_memory() -> int:
    """Return how often the kernel killed a process for lack of memory; 0 if not reported."""
    try:
        counters = Path("/proc/vmstat").read_text().split()
    except OSError:
        return 0
    return int(counters[counters.index("oom_kill") + 1]) if "oom_kill" in counters else 0


class Watch:
    """Thread that watches the memory of all pools with a limit.

    The memory of all pools' jobs, plus the growth of this process since a pool was opened, must not
    exceed that pool's limit.  If it does, the largest job of all pools is killed.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        """Held while a child starts or ends, so that no signal goes to an ended process."""
        self._pools: dict[Pool, tuple[int, int]] = {}
        self._thread: threading.Thread | None = None

    def add(self, pool: Pool, limit: int) -> None:
        """Start watching a pool."""
        with self.lock:
            self._pools[pool] = (limit, base_memory())
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="custpred-memory", daemon=True)
                self._thread.start()

    def remove(self, pool: Pool) -> None:
        """Stop watching a pool; the thread ends with the last one."""
        with self.lock:
            self._pools.pop(pool, None)

    def _run(self) -> None:
        base, due = 0, 0.0
        while True:
            if time.monotonic() >= due:
                began = time.monotonic()
                base = base_memory()
                due = time.monotonic() + max(OWN_POLL, MIN_POLL_RATIO * (time.monotonic() - began))
            with self.lock:
                if not self._pools:
                    self._thread = None
                    return
                self._check(base)
            time.sleep(POLL)

    def _check(self, base: int) -> None:
        used = {child: (pool, child.used()) for pool, child in self._children()}
        for pool in self._pools:
            pool.peak = max(pool.peak, sum(size for owner, size in used.values() if owner is pool))
        total = sum(size for _, size in used.values())
        limit = min(
            max(limit // MIN_JOBS_FRACTION, limit - max(0, base - before)) for limit, before in self._pools.values()
        )
        if used and total > limit:
            largest = max(used, key=lambda child: used[child][1])
            given = min(limit for limit, _ in self._pools.values())
            size = used[largest][1]
            largest.end("memory", f"it used {size / 1e6:,.0f} MB of the {given / 1e6:,.0f} MB that all jobs may use")

    def _children(self) -> Iterator[tuple[Pool, Child]]:
        for pool in self._pools:
            yield from ((pool, child) for child in pool.running() if not child.killed)


WATCH = Watch()
