"""The driver's side of a Dask cluster: jobs go out with their rows, outcomes come back with their files."""

from __future__ import annotations

import pickle
import queue
import threading
import time
from collections import Counter
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
"""Seconds to wait for the scheduler, its first worker or a result, and for a worker where all are gone."""
LOOK = 1.0
"""Seconds between two looks at which workers are there."""
TRIES = 3
"""A job is sent again where its worker, or the rows there, are gone: so many times in all."""


class _Sent:
    """A job that waits, or has been sent to a worker, and how often."""

    def __init__(self, payload: bytes, item: object, seconds: float | None) -> None:
        own = with_folders(item)
        self.payload, self.seconds = payload, seconds
        self.data, self.home = (own[0].data if own else None), [each.out for each in own]
        self.tries, self.began = 0, time.monotonic()
        self.worker = ""
        self.future: distributed.Future | None = None


class Cluster:
    """Workers of a Dask cluster behind the contract of engines."""

    peak = 0

    def __init__(self, address: str) -> None:
        self.busy = self.cut = 0.0
        self._address, self._client = address, _connected(address)
        self._rows: dict[tuple[Path, str], distributed.Future] = {}
        self._jobs: dict[int, _Sent] = {}
        self._arrived: queue.SimpleQueue[tuple[int, distributed.Future]] = queue.SimpleQueue()
        self._ended: list[Outcome] = []
        self._tickets = 0
        self._threads: dict[str, int] = {}
        try:
            self._check()
        except BaseException:
            self.close()
            raise

    def submit(self, function: Callable[[Item], object], item: Item, *, seconds: float | None = None) -> int:
        """Send a job; the folder of rows that it reads is sent once, and what it writes comes back."""
        self._tickets += 1
        try:
            payload = pickle.dumps((function, item))
        except Exception as error:
            self._ended.append(Outcome(self._tickets, "failed", reason=f"the job cannot be pickled: {describe(error)}"))
        else:
            self._jobs[self._tickets] = _Sent(payload, item, seconds)
            self._start()
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
            self._start()
            ended = [each for each in self._ended if of is None or each.ticket in of]
            pause = min(LOOK, until - time.monotonic())
            if ended or pause <= 0 or not (self._jobs if of is None else self._jobs.keys() & set(of)):
                taken = {each.ticket for each in ended}
                self._ended = [each for each in self._ended if each.ticket not in taken]
                return ended

    def cancel(self, *tickets: int) -> None:
        """End jobs: the worker that has one sees that nobody waits for it any more, and ends its process."""
        gone = {ticket: self._jobs.pop(ticket) for ticket in tickets if ticket in self._jobs}
        with suppress(Exception):  # a cluster that is going
            self._client.cancel([job.future for job in gone.values() if job.future], force=True)
        for ticket, job in gone.items():
            self._note(Outcome(ticket, "cancelled", reason="cancelled", seconds=time.monotonic() - job.began))

    def close(self) -> None:
        """End all jobs and leave the cluster, which forgets the rows."""
        self.cancel(*self._jobs)
        self._rows.clear()
        with suppress(Exception):
            self._client.close(timeout=CONNECTING)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _check(self) -> None:
        """Refuse workers that cannot take any job."""
        with suppress(TimeoutError):
            self._client.wait_for_workers(1, timeout=CONNECTING)
        found = self._client.run(able, on_error="return")
        wrong = [each for each in found.values() if each != mark()]
        if wrong:
            raise _unable(f"one has {describe(wrong[0]) if isinstance(wrong[0], Exception) else wrong[0]}")
        if not found:
            raise _unable("there are none")
        self._look()

    def _start(self) -> None:
        """Send the oldest jobs that wait to workers with a free thread."""
        for ticket in [each for each, job in self._jobs.items() if job.future is None]:
            busy = Counter(job.worker for job in self._jobs.values() if job.future is not None)
            free = [each for each, threads in self._threads.items() if busy[each] < threads]
            if not free:
                return
            self._send(ticket, min(free, key=lambda each: busy[each]))

    def _send(self, ticket: int, worker: str) -> None:
        job = self._jobs[ticket]
        job.tries, job.worker = job.tries + 1, worker
        key = f"custpred-{uuid4().hex}"
        try:
            rows = None if job.data is None else self._scattered(job.data, worker)
            own = {"key": key, "pure": False, "workers": [worker]}
            future = self._client.submit(run, key, job.payload, rows, job.seconds, **own)
        except Exception as cause:  # perhaps this worker is gone
            time.sleep(LOOK)
            self._look()
            if job.tries == TRIES:
                raise _unable(f"one fails: {describe(cause)}") from cause
            return
        job.future = future
        future.add_done_callback(lambda future: self._arrived.put((ticket, future)))

    def _scattered(self, folder: Path, worker: str) -> distributed.Future:
        """Return a folder's files on a worker, which gets them with the first job that reads them.

        Each worker's have a key of their own: of one key Dask would remove the copies, and use a single worker.
        """
        sent = self._rows.get((folder, worker))
        if sent is None or sent.status != "finished":
            own = {"workers": [worker], "hash": False, "timeout": CONNECTING}
            sent = self._rows[folder, worker] = self._client.scatter(Folder(folder), **own)
        return sent

    def _take(self, pause: float) -> None:
        """Take the jobs that have ended, and see which workers are there."""
        with suppress(queue.Empty):
            self._arrive(*self._arrived.get(timeout=pause))
            while True:
                self._arrive(*self._arrived.get_nowait())
        if time.monotonic() - self._looked > LOOK:
            self._look()

    def _arrive(self, ticket: int, future: distributed.Future) -> None:
        """Take a job's end; send it again where its worker, or the rows on it, are gone."""
        job = self._jobs.get(ticket)
        if job is None or job.future is None or job.future is not future:
            return
        try:
            ended: Ended = future.result(timeout=CONNECTING)
        except Exception as error:
            self._again(ticket, error)
            return
        if ended.outcome.status == "cancelled":  # not here: the scheduler took it from that worker
            self._again(ticket, distributed.CancelledError())
            return
        del self._jobs[ticket]
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
        job = self._jobs[ticket]
        if job.tries < TRIES:
            job.future, self._looked = None, 0.0
            return
        if not isinstance(error, distributed.KilledWorker | distributed.CancelledError | TimeoutError):
            raise _unable(f"one fails: {describe(error)}") from error
        del self._jobs[ticket]
        self._note(Outcome(ticket, "crash", reason=describe(error), seconds=time.monotonic() - job.began))

    def _note(self, outcome: Outcome) -> None:
        self.busy += outcome.seconds
        self.cut += 0.0 if outcome.status in {"ok", "failed"} else outcome.seconds
        self._ended.append(outcome)

    def _look(self) -> None:
        """Follow workers that come and go; end the run where none comes back."""
        try:
            self._threads = self._client.nthreads()
        except Exception as cause:
            raise _gone(self._address) from cause
        self._looked = time.monotonic()
        if self._threads:
            self.slots, self._seen = sum(self._threads.values()), self._looked
        elif self._looked - self._seen > PATIENCE:
            raise _unable("all are gone")
        for ticket, job in list(self._jobs.items()):
            if job.future is not None and job.worker not in self._threads:
                self._again(ticket, distributed.CancelledError("its worker is gone"))


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
