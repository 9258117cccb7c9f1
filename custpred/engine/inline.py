"""Fits in this process, one after the other: for debugging and very small tables."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

from custpred.engine._base_workers import BaseWorkers
from custpred.engine.base import Engine, Outcome
from custpred.text import describe

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from custpred.engine.base import Item, Job


class Inline(Engine):
    """Fits in the calling process, without limits of time and memory; a crash ends the process.

    >>> workers = Inline().open(jobs=1)
    >>> ticket = workers.submit(abs, -3)
    >>> [(outcome.status, outcome.value) for outcome in workers.wait()]
    [('ok', 3)]
    """

    forks: ClassVar[bool] = False

    def open(self, jobs: int, memory: int | None = None) -> InlineWorkers:
        """Return a worker that runs jobs inside ``wait``."""
        return InlineWorkers()


class InlineWorkers(BaseWorkers):
    """One slot; jobs run inside ``wait``, in order of submission."""

    slots, peak = 1, 0

    def __init__(self) -> None:
        super().__init__()
        self._queue: dict[int, Job] = {}
        self._tickets = 0

    def submit(self, function: Callable[[Item], object], item: Item, *, seconds: float | None = None) -> int:
        """Queue a job."""
        self._tickets += 1
        self._queue[self._tickets] = (function, item)
        return self._tickets

    def wait(self, timeout: float | None = None, of: Collection[int] | None = None) -> list[Outcome]:
        """Run the oldest job, or the oldest of the tickets ``of``, and return its outcome.

        Parameters
        ----------
        of
            Tickets of the jobs to wait for; other jobs and their outcomes stay queued.
        """
        ended = self._fetch(of)
        ticket = next((each for each in self._queue if of is None or each in of), None)
        if not ended and ticket is not None:
            self._note(_run(ticket, *self._queue.pop(ticket)))
            ended = self._fetch({ticket})
        return ended

    def cancel(self, *tickets: int) -> None:
        """Drop queued jobs."""
        for ticket in tickets:
            if self._queue.pop(ticket, None):
                self._note(Outcome(ticket, "cancelled"))

    def close(self) -> None:
        """Discard queued jobs."""
        self._queue.clear()


def _run(ticket: int, function: Callable[[object], object], item: object) -> Outcome:
    began = time.monotonic()
    try:
        value = function(item)
    except MemoryError:
        return Outcome(ticket, "memory", reason="not enough memory", seconds=time.monotonic() - began)
    except Exception as error:  # a failed model is a row of the leaderboard, whatever it raised
        return Outcome(ticket, "failed", reason=describe(error), seconds=time.monotonic() - began)
    return Outcome(ticket, "ok", value, seconds=time.monotonic() - began)
