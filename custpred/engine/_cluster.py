"""The driver's side of a Dask cluster: jobs go out with their rows, outcomes come back with their files."""

from __future__ import annotations

import pickle
import queue
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Self
from uuid import uuid4

import distributed

from custpred.engine._child import describe
from custpred.engine._parcel import Folder, unpack, with_folders
from custpred.engine._worker import able, mark, run
from custpred.engine.base import Outcome
from custpred.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from custpred.engine._worker import Ended
    from custpred.engine.base import Item

CONNECTING, PATIENCE = 10, 60
"""Seconds to wait for the scheduler and its first worker, and for a worker where all are gone."""
LOOK = 1.0
"""Seconds without news after which it is looked whether the cluster is still there."""
TRIES = 3
"""A job is sent again where its worker, or the rows there, are gone: so many times in all."""


class _Flying:
    """A job that has been sent, and how often."""

    def __init__(self, payload: bytes, item: object, seconds: float | None) -> None:
        own = with_folders(item)
        self.payload, self.seconds = payload, seconds
        self.data, self.home = (own[0].data if own else None), [each.out for each in own]
        self.tries, self.began = 0, time.monotonic()
        self.future: distributed.Future


class Cluster:
    """Workers of a Dask cluster behind the contract of engines."""

    peak = 0

    def __init__(self, address: str) -> None:
        self.busy = self.cut = 0.0
        self._address, self._client = address, _connected(address)
        self._rows: dict[Path, distributed.Future] = {}
        self._flying: dict[int, _Flying] = {}
        self._arrived: queue.SimpleQueue[tuple[int, distributed.Future]] = queue.SimpleQueue()
        self._ended: list[Outcome] = []
        self._tickets = 0
        try:
            self.slots = self._checked()
        except BaseException:
            self.close()
            raise
        self._seen = time.monotonic()

    def submit(self, function: Callable[[Item], object], item: Item, *, seconds: float | None = None) -> int:
        """Send a job; the folder of rows that it reads is sent once, and what it writes comes back."""
        self._tickets += 1
        try:
            payload = pickle.dumps((function, item))
        except Exception as error:
            self._ended.append(Outcome(self._tickets, "failed", reason=f"the job cannot be pickled: {describe(error)}"))
        else:
            self._flying[self._tickets] = _Flying(payload, item, seconds)
            self._send(self._tickets)
        return self._tickets

    def wait(self, timeout: float | None = None, of: Collection[int] | None = None) -> list[Outcome]:
        """Return what has ended; nothing after ``timeout`` seconds, or when there is no such job.

        Raises
        ------
        RunError
            CP5103 if the scheduler is gone, CP5104 if no worker has been there for a minute.
        """
        until = float("inf") if timeout is None else time.monotonic() + timeout
        pause = 0.0
        while True:
            self._take(pause)
            ended = [each for each in self._ended if of is None or each.ticket in of]
            pause = min(LOOK, until - time.monotonic())
            if ended or pause <= 0 or not (self._flying if of is None else self._flying.keys() & set(of)):
                taken = {each.ticket for each in ended}
                self._ended = [each for each in self._ended if each.ticket not in taken]
                return ended

    def cancel(self, *tickets: int) -> None:
        """End jobs: the worker that has one sees that nobody waits for it any more, and ends its process."""
        gone = {ticket: self._flying.pop(ticket) for ticket in tickets if ticket in self._flying}
        with suppress(Exception):  # a cluster that is going
            self._client.cancel([job.future for job in gone.values()], force=True)
        for ticket, job in gone.items():
            self._note(Outcome(ticket, "cancelled", reason="cancelled", seconds=time.monotonic() - job.began))

    def close(self) -> None:
        """End all jobs and leave the cluster, which forgets the rows."""
        self.cancel(*self._flying)
        self._rows.clear()
        with suppress(Exception):
            self._client.close(timeout=CONNECTING)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _checked(self) -> int:
        """Return how many jobs the workers take at once; refuse those that cannot take any."""
        with suppress(TimeoutError):
            self._client.wait_for_workers(1, timeout=CONNECTING)
        found = self._client.run(able, on_error="return")
        wrong = [each for each in found.values() if each != mark()]
        if wrong:
            raise _unable(f"one has {describe(wrong[0]) if isinstance(wrong[0], Exception) else wrong[0]}")
        if not found:
            raise _unable("there are none")
        return self._threads()

    def _threads(self) -> int:
        return sum(self._client.nthreads().values())

    def _send(self, ticket: int) -> None:
        job = self._flying[ticket]
        job.tries += 1
        key = f"custpred-{uuid4().hex}"
        try:
            rows = None if job.data is None else self._scattered(job.data)
            future = self._client.submit(run, key, job.payload, rows, job.seconds, key=key, pure=False)
        except Exception as cause:
            raise _gone(self._address) from cause
        job.future = future
        future.add_done_callback(lambda future: self._arrived.put((ticket, future)))

    def _scattered(self, folder: Path) -> distributed.Future:
        """Return a folder's files on the workers; they are sent with the first job that reads them."""
        sent = self._rows.get(folder)
        if sent is None or sent.status != "finished":
            sent = self._rows[folder] = self._client.scatter(
                Folder(folder), broadcast=True, hash=False, timeout=PATIENCE
            )
        return sent

    def _take(self, pause: float) -> None:
        """Take the jobs that have ended; after a while without any, look after the cluster."""
        try:
            self._arrive(*self._arrived.get(timeout=pause))
            while True:
                self._arrive(*self._arrived.get_nowait())
        except queue.Empty:
            if pause >= LOOK:
                self._look()

    def _arrive(self, ticket: int, future: distributed.Future) -> None:
        """Take a job's end; send it again where its worker, or the rows on it, are gone."""
        job = self._flying.get(ticket)
        if job is None or job.future is not future:
            return
        try:
            ended: Ended = future.result(timeout=PATIENCE)
        except Exception as error:
            self._again(ticket, error)
            return
        if ended.outcome.status == "cancelled":  # not here: the scheduler took it from that worker
            self._again(ticket, distributed.CancelledError())
            return
        del self._flying[ticket]
        for folder, files in zip(job.home, ended.files, strict=True):
            unpack(folder, files)
        done = ended.outcome
        self._note(Outcome(ticket, done.status, done.value, done.reason, done.seconds))

    def _again(self, ticket: int, error: Exception) -> None:
        """Send a job again; in the end it counts as crashed if workers died of it, and ends the run if they refuse it.

        Raises
        ------
        RunError
            CP5104 if it did not even begin: that is no fault of the model.
        """
        job = self._flying[ticket]
        if job.tries < TRIES:
            self._send(ticket)
            return
        if not isinstance(error, distributed.KilledWorker | distributed.CancelledError | TimeoutError):
            raise _unable(f"one fails: {describe(error)}") from error
        del self._flying[ticket]
        self._note(Outcome(ticket, "crash", reason=describe(error), seconds=time.monotonic() - job.began))

    def _note(self, outcome: Outcome) -> None:
        self.busy += outcome.seconds
        self.cut += 0.0 if outcome.status in {"ok", "failed"} else outcome.seconds
        self._ended.append(outcome)

    def _look(self) -> None:
        """Follow workers that come and go; end the run where none comes back."""
        try:
            threads = self._threads()
        except Exception as cause:
            raise _gone(self._address) from cause
        if threads:
            self.slots, self._seen = threads, time.monotonic()
        elif time.monotonic() - self._seen > PATIENCE:
            raise _unable("all are gone")


def _connected(address: str) -> distributed.Client:
    """Return a client of a scheduler; connecting has a thread of its own, as a server of another kind may keep it."""
    made: queue.SimpleQueue[distributed.Client | Exception] = queue.SimpleQueue()

    def connect() -> None:
        try:
            made.put(distributed.Client(address, timeout=CONNECTING, set_as_default=False))
        except Exception as error:
            made.put(error)

    threading.Thread(target=connect, daemon=True).start()
    try:
        found = made.get(timeout=2 * CONNECTING)
    except queue.Empty:
        found = TimeoutError("it takes connections, but does not speak to Dask")
    if isinstance(found, Exception):
        raise RunError(
            f"Wanted a Dask scheduler at {address!r}, but none answers: {describe(found)}.",
            code="CP5103",
            remedy="Start one with 'dask scheduler', and give its address as engine: {kind: dask, address: ...}.",
        ) from found
    return found


def _gone(address: str) -> RunError:
    return RunError(
        f"The Dask scheduler at {address!r} answers no more.",
        code="CP5103",
        remedy="Finished trials are in the folder: start the cluster again, and continue with 'custpred resume'.",
    )


def _unable(why: str) -> RunError:
    return RunError(
        f"Wanted Dask workers with {mark()}, but {why}.",
        code="CP5104",
        remedy="Install the same custpred there, and start workers with 'dask worker ADDRESS --no-nanny' (or with"
        " DASK_DISTRIBUTED__WORKER__DAEMON=False): every fit is a child process.",
    )
