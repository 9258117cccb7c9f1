"""Fits in this process, one after the other: for debugging and very small tables."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar, Self

from custpred.engine.base import Engine, Outcome
from custpred.text import plain

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


class InlineWorkers:
    """One slot; jobs run inside ``wait``, in order of submission."""

    slots, peak = 1, 0

    def __init__(self) -> None:
        self.busy = self.cut = 0.0
        self._queue: dict[int, Job] = {}
        self._ended: list[Outcome] = []
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
        ended = [each for each in self._ended if of is None or each.ticket in of]
        ticket = next((each for each in self._queue if of is None or each in of), None)
        if not ended and ticket is not None:
            ended = [_run(ticket, *self._queue.pop(ticket))]
            self.busy += ended[0].seconds
        taken = {each.ticket for each in ended}
        self._ended = [each for each in self._ended if each.ticket not in taken]
        return ended

    def cancel(self, *tickets: int) -> None:
        """Drop queued jobs."""
        gone = [ticket for ticket in tickets if self._queue.pop(ticket, None)]
        self._ended += [Outcome(ticket, "cancelled") for ticket in gone]

    def close(self) -> None:
        """Discard queued jobs."""
        self._queue.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _run(ticket: int, function: Callable[[object], object], item: object) -> Outcome:
    began = time.monotonic()
    try:
        value = function(item)
    except MemoryError:
        return Outcome(ticket, "memory", reason="not enough memory", seconds=time.monotonic() - began)
    except Exception as error:  # a failed model is a row of the leaderboard, whatever it raised
        reason = plain(f"{type(error).__name__}: {error}")
        return Outcome(ticket, "failed", reason=reason, seconds=time.monotonic() - began)
    return Outcome(ticket, "ok", value, seconds=time.monotonic() - began)
