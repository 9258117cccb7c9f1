"""The budget of a run and the clock that enforces it."""

from __future__ import annotations  # light: imports inside functions are deliberate

import math
import os
import sys
import time
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from custpred.errors import BudgetSpent
from custpred.text import Bytes, Seconds

_MAX_HELD_SHARE, _MAX_PEAK_SHARE = 0.85, 1.15
"""Maximum shares of the memory held before the first fit, and at the peak of reading."""
_UNKNOWN = 4 * 2**30  # where the system does not report its memory


class Budget(BaseModel):
    """Time, memory and cores of a run; ``work`` counts trials and makes runs repeatable.

    >>> budget = Budget.model_validate("5m")
    >>> budget.time, budget.work
    (300.0, None)
    >>> Budget(time="60s", memory="4GB").memory
    4000000000
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    time: Annotated[Seconds | None, Field(description="Wall time of the whole run, report included.")] = None
    memory: Annotated[
        Bytes | None, Field(description="Memory of all processes together; a quarter of it at least is for fits.")
    ] = None
    jobs: Annotated[int | None, Field(ge=1, description="Cores to use; default: all.")] = None
    work: Annotated[
        int | None, Field(ge=1, description="Number of trials of the recipe's models, in place of seconds.")
    ] = None

    @model_validator(mode="before")
    @classmethod
    def _shorthand(cls, value: object) -> object:
        return {"time": value} if isinstance(value, str | int | float) else value

    @property
    def cores(self) -> int:
        """Return the number of cores to use, at most those available to this process."""
        may = available_cores()
        return min(self.jobs or may, may)

    @property
    def bytes(self) -> int:
        """Return the memory available to worker processes, in bytes.

        The recipe's limit minus what this process and its fork server hold, but at least a quarter
        of the limit and at most the free memory; without a limit, three quarters of the free
        memory.
        """
        free = available_memory()
        return min(max(self.memory - base_memory(), self.memory // 4), free) if self.memory else free * 3 // 4

    def check_memory(self, before: int) -> None:
        """Refuse to continue if the customers alone use up the recipe's memory limit.

        Parameters
        ----------
        before
            The most that this process had held before it read them.

        Raises
        ------
        BudgetSpent
            If too little memory is left for fits, or reading took more than all of it.
        """
        if self.memory is None:
            return
        peak = peak_memory()
        needed = max(base_memory() / _MAX_HELD_SHARE, peak / _MAX_PEAK_SHARE if peak > before else 0.0)
        if needed > self.memory:
            raise BudgetSpent(
                f"Reading the customers alone uses up the memory budget: {self.memory / 1e6:,.0f} MB.",
                code="CP4108",
                remedy=f"Give budget.memory: {math.ceil(1.5 * needed / 1e6)}MB or more, or fewer rows or columns.",
            )


ROWS_A_SECOND = 100_000
"""Rows that a small blend scores and evaluates in a second on two cores (of 1,000,000)."""
CLASSES_A_ROW = 4
"""Classes that double the time of a row, measured on 50,000 rows of 77 classes."""
MAX_REFIT_SHARE, WRITING_SECONDS = 0.2, 1.0
"""Maximum share of the time for the refit; seconds in which a run is written."""
GRACE = 2.0
"""Seconds beyond 1.05 x the budget in which optional measures are still computed."""
MAX_OVERTIME, CORE_SECONDS = 15.0, 2.7
"""Seconds of a process beyond 1.05 x the budget; core seconds of its start and end."""


class Clock:
    """A monotonic clock of one run; 2.4 s and 1 % of the time are for blend, test and report.

    >>> Clock(Budget()).left is None, Clock(Budget(time=60)).left < 60
    (True, True)
    """

    def __init__(self, budget: Budget) -> None:
        self._began, self.peak = time.monotonic(), peak_memory()
        self.seconds = budget.time
        self._reserve = 0.0 if budget.time is None else min(2.4, 0.25 * budget.time) + 0.01 * budget.time
        self._more = self._aside = 0.0

    def keep_for(self, rows: int, classes: int = 0) -> None:
        """Reserve more time for blend, test and report if there are many rows or classes."""
        self.keep_also(rows * (1 + classes / CLASSES_A_ROW) / ROWS_A_SECOND)

    def keep_also(self, seconds: float) -> None:
        """Reserve at least this many seconds more; the reserve is at most 0.4 of the budget."""
        if self.seconds is not None:
            room = max(0.0, 0.4 * self.seconds - self._reserve)
            self._more = max(self._more, min(seconds, room))

    def set_aside(self, seconds: float) -> None:
        """Set seconds aside for the refit, up to the share ``MAX_REFIT_SHARE`` of the budget."""
        self._aside = 0.0 if self.seconds is None else min(seconds, MAX_REFIT_SHARE * self.seconds)

    def give_back(self) -> float:
        """Release the time set aside; return the ``time.monotonic()`` at which it ends."""
        aside, self._aside = self._aside, 0.0
        end = math.inf if self.seconds is None else self._began + self.seconds - WRITING_SECONDS
        return min(max(end, time.monotonic() + aside), self.deadline)

    @property
    def spent(self) -> float:
        """Return the seconds since the run began."""
        return time.monotonic() - self._began

    @property
    def over(self) -> bool:
        """Return whether the whole budget is spent, the reserve included."""
        return self.seconds is not None and self.spent >= self.seconds

    @property
    def deadline(self) -> float:
        """Return the ``time.monotonic()`` at which optional steps end; infinite without a limit.

        A process may take 1.05 x its budget and 15 seconds: a part, larger on a busy machine, is
        for its start before this clock, the last measure and the report.
        """
        if self.seconds is None:
            return math.inf
        return self._began + 1.05 * self.seconds + min(GRACE, MAX_OVERTIME - CORE_SECONDS / core_share()) - self._aside

    @property
    def rest(self) -> float | None:
        """Return the seconds left minus those set aside, below 0 after the end; or None."""
        return None if self.seconds is None else self.seconds - self._aside - self.spent

    @property
    def left(self) -> float | None:
        """Return the seconds left for search, or None without a limit; never negative."""
        return None if self.rest is None else max(0.0, self.rest - self._reserve - self._more)


def peak_memory() -> int:
    """Return the peak memory of this process, or of its largest finished child, in bytes.

    Zero where it is not reported.  Workers come from a fork server, so they are no children in this
    sense: they know their own ``peak``.  The two are not added, as Linux counts a parent's peak as
    that of a child that it starts.

    >>> peak_memory() >= 0
    True
    """
    if sys.platform == "win32":
        return 0
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return max(resource.getrusage(who).ru_maxrss * unit for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def held_memory(pid: int | str = "self") -> int:
    """Return the anonymous memory of a process in bytes; 0 where it is not reported."""
    try:
        _, resident, shared, *_ = Path(f"/proc/{pid}/statm").read_text().split()
    except (OSError, ValueError):
        return 0
    return (int(resident) - int(shared)) * os.sysconf("SC_PAGE_SIZE")


def base_memory() -> int:
    """Return the memory of this process and its children in bytes, libraries included.

    Shared pages are counted once (PSS).  Workers are children of the fork server, counted by the
    engine.  Where the system does not report it, what this process holds.
    """
    pids = [each for path in Path("/proc/self/task").glob("*/children") for each in _text(path).split()]
    sizes = [_numbers(Path(f"/proc/{pid}/smaps_rollup")).get("Pss:", 0) * 1024 for pid in ("self", *pids)]
    return sum(sizes) if sizes[0] else held_memory()


def available_cores(root: Path = Path("/")) -> int:
    """Return the number of available cores: CPU affinity, limited by the container's quota.

    Parameters
    ----------
    root
        Where ``proc`` and ``sys`` are.

    References
    ----------
    Linux kernel, admin-guide/cgroup-v2 (``cpu.max``) and scheduler/sched-bwc: a quota of
    microseconds in each period.  A part of a core counts as a whole one.

    Examples
    --------
    >>> available_cores() >= 1
    True
    """
    may = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([may, *(_quota(folder) for folder in _groups(root, "cpu"))]))


def _quota(folder: Path) -> int:
    """Return a group's CPU quota in cores; without a quota, more than any host has."""
    quota, _, period = _text(folder / "cpu.max").partition(" ")
    quota, period = quota or _text(folder / "cpu.cfs_quota_us"), period or _text(folder / "cpu.cfs_period_us")
    limited = quota.isdigit() and period.isdigit() and int(period) > 0
    return math.ceil(int(quota) / int(period)) if limited else sys.maxsize


def core_share(root: Path = Path("/")) -> float:
    """Return the share of a core that one process gets under the current load, at most 1.

    Cores per runnable process or, if more, what this thread has had of the time in which it could
    run, as others may have a lower priority (Linux, sched-stats); 1 where neither is reported.
    """
    running = _numbers(root / "proc/stat").get("procs_running", 1)
    ran, waited, *_ = (*map(int, _text(root / "proc/thread-self/schedstat").split()), 0, 0)
    return min(1.0, max(available_cores(root) / max(1, running), ran / max(1, ran + waited)))


def available_memory(root: Path = Path("/")) -> int:
    """Return the available memory in bytes: the host's, limited by the container's.

    Parameters
    ----------
    root
        Where ``proc`` and ``sys`` are.

    References
    ----------
    Linux kernel, admin-guide/cgroup-v2 and cgroup-v1/memory.  Inactive file pages can be taken
    back: they count as free.
    """
    host = _numbers(root / "proc/meminfo").get("MemAvailable:", 0) * 1024 or _host()
    return max(0, min([host, *(_room(folder) for folder in _groups(root, "memory"))]))


def _host() -> int:
    names = getattr(os, "sysconf_names", {})
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if "SC_PHYS_PAGES" in names else _UNKNOWN


def _groups(root: Path, controller: str) -> list[Path]:
    """List the control groups of this process, up to the root; version 2, then version 1."""
    folders = []
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        top = root / "sys/fs/cgroup" / (controller if controllers else "")
        if not controllers or controller in controllers.split(","):
            own = top / path.strip("/")
            folders += [own, *(each for each in own.parents if each.is_relative_to(top))]
    return folders


def _room(folder: Path) -> int:
    """Return the memory a group may still allocate in bytes; huge without a limit."""
    limit = _text(folder / "memory.max") or _text(folder / "memory.limit_in_bytes")
    if not limit.isdigit():
        return sys.maxsize
    used = _text(folder / "memory.current") or _text(folder / "memory.usage_in_bytes")
    stat = _numbers(folder / "memory.stat")
    free = stat.get("total_inactive_file", stat.get("inactive_file", 0))
    return int(limit) - max(0, int(used or 0) - free)


def _numbers(path: Path) -> dict[str, int]:
    rows = (line.split() for line in _text(path).splitlines())
    return {row[0]: int(row[1]) for row in rows if len(row) > 1 and row[1].isdigit()}


def _text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
