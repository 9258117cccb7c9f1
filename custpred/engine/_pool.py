"""Local workers: a queue and running processes, with limits of time and memory."""

from __future__ import annotations

import atexit
import itertools
import multiprocessing
import multiprocessing.connection
import os
import time
from collections import deque
from typing import TYPE_CHECKING

from custpred.engine._base_workers import BaseWorkers
from custpred.engine._job import Child, Job
from custpred.engine._memory import WATCH
from custpred.engine._signals import held_back
from custpred.engine.base import Outcome
from custpred.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from custpred.engine.base import Item

_POLL = 0.2  # seconds between two readings of the memory


class Pool(BaseWorkers):
    """Workers that run every job in a separate child process."""

    def __init__(self, slots: int, memory: int | None = None) -> None:
        if multiprocessing.current_process().daemon:
            raise RunError(
                "custpred was called inside a daemonic process, which may not have children.",
                code="CP5102",
                remedy="Use concurrent.futures.ProcessPoolExecutor instead of multiprocessing.Pool.",
            )
        super().__init__()
        self.slots = max(1, slots)
        self.peak = 0  # peak bytes of all jobs together
        self._owner = os.getpid()
        self._tickets = itertools.count()
        self._queue: deque[Job] = deque()
        self._running: dict[int, Child] = {}
        atexit.register(self.close)  # before the hook of multiprocessing, which waits for jobs
        if memory is not None:
            WATCH.add(self, memory)

    def submit(self, function: Callable[[Item], object], item: Item, *, seconds: float | None = None) -> int:
        """Queue ``function(item)``; it fails if it cannot be pickled."""
        ticket = next(self._tickets)
        payload = self._pickled(ticket, function, item)
        if payload is not None:
            self._queue.append(Job(ticket, payload, seconds))
            self._start()
        return ticket

    def wait(self, timeout: float | None = None, of: Collection[int] | None = None) -> list[Outcome]:
        """Return the outcomes so far; none after ``timeout`` seconds, or if there is no such job.

        Parameters
        ----------
        of
            Tickets of the jobs to wait for; outcomes of other jobs are kept.
        """
        until = float("inf") if timeout is None else time.monotonic() + timeout
        while True:
            with held_back(), WATCH.lock:
                self._collect()
            self._start()
            left = until - time.monotonic()
            ended = self._fetch(of)
            if ended or left <= 0 or not self._awaits(of):
                return ended
            handles = [handle for job in self._running.values() for handle in job.handles]
            multiprocessing.connection.wait(handles, self._pause(left))

    def cancel(self, *tickets: int) -> None:
        """Cancel jobs, whose outcome is ``cancelled``, and start queued ones in their place."""
        gone = set(tickets)
        for job in [each for each in self._queue if each.ticket in gone]:
            self._queue.remove(job)
            self._note(Outcome(job.ticket, "cancelled", reason="cancelled before it started"))
        ended = [self._running[ticket] for ticket in gone & self._running.keys()]
        for child in ended:
            child.end("cancelled", "cancelled")
        if ended:  # they die soon; otherwise queued jobs would start only at the next wait
            multiprocessing.connection.wait([child.handles[1] for child in ended], _POLL)
            with held_back(), WATCH.lock:
                self._collect()
            self._start()

    def close(self) -> None:
        """Kill all jobs."""
        if os.getpid() != self._owner:  # a fork of the owner, which does not own the jobs
            return
        atexit.unregister(self.close)
        WATCH.remove(self)
        self._queue.clear()
        for child in self._running.values():
            child.kill()
        for child in self._running.values():
            child.bury()
        self._running.clear()

    def running(self) -> list[Child]:
        """Return the running children."""
        return list(self._running.values())

    def _start(self) -> None:
        while self._queue and len(self._running) < self.slots:
            with held_back(), WATCH.lock:
                job = self._queue.popleft()
                child = self._running[job.ticket] = Child(job)
                child.start()

    def _awaits(self, of: Collection[int] | None) -> bool:
        """Return whether one of these jobs, or any job if None, is queued or running."""
        open_jobs = {*self._running, *(job.ticket for job in self._queue)}
        return bool(open_jobs if of is None else open_jobs & set(of))

    def _pause(self, left: float) -> float:
        """Return the seconds until the next memory reading, deadline or timeout."""
        now = time.monotonic()
        return max(0.0, min(left, _POLL, *(child.due - now for child in self._running.values())))

    def _collect(self) -> None:
        """Collect results, then end jobs over their time limit."""
        for ticket, child in list(self._running.items()):
            outcome = child.outcome()
            if outcome is not None:
                self.peak = max(self.peak, child.peak)
                self._note(outcome)
                del self._running[ticket]
            elif child.lost:  # the fork server died: restart from a new one
                del self._running[ticket]
                self._queue.appendleft(child.job._replace(again=False))
            else:
                child.keep_time()
