"""The driver of a Dask cluster: sends jobs with their rows, receives outcomes with their files."""

from __future__ import annotations

import queue
import threading
import time
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING
from uuid import uuid4

import distributed

from custpred.engine._base_workers import BaseWorkers
from custpred.engine._parcel import Folder, unpack, with_folders
from custpred.engine._worker import able, mark, run
from custpred.engine.base import Outcome
from custpred.errors import RunError
from custpred.text import describe

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from custpred.engine._worker import Ended
    from custpred.engine.base import Item

CONNECT_TIMEOUT, LOST_TIMEOUT = 10, 60
"""Timeouts in seconds: of scheduler, first worker or result; of a worker after all were lost."""
POLL = 1.0
"""Seconds between two queries of the workers."""
MAX_ATTEMPTS = 3
"""Maximum attempts of a job whose worker, or the rows on it, were lost."""


class _Sent:
    """A queued or sent job, with its number of attempts."""

    def __init__(self, payload: bytes, item: object, seconds: float | None) -> None:
        own = with_folders(item)
        self.payload, self.seconds = payload, seconds
        self.data, self.home = (own[0].data if own else None), [each.out for each in own]
        self.tries, self.began = 0, time.monotonic()
        self.worker = ""
        self.future: distributed.Future | None = None


class Cluster(BaseWorkers):
    """Workers of a Dask cluster."""

    peak = 0

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address, self._client = address, connected(address)
        self._rows: dict[tuple[Path, str], distributed.Future] = {}
        self._jobs: dict[int, _Sent] = {}
        self._arrived: queue.SimpleQueue[tuple[int, distributed.Future]] = queue.SimpleQueue()
        self._tickets = 0
        self._threads: dict[str, int] = {}
        try:
            self._check()
        except BaseException:
            self.close()
            raise

    def submit(self, function: Callable[[Item], object], item: Item, *, seconds: float | None = None) -> int:
        """Queue a job; its folder of rows is sent once per worker, its output files come back."""
        self._tickets += 1
        payload = self._pickled(self._tickets, function, item)
        if payload is not None:
            self._jobs[self._tickets] = _Sent(payload, item, seconds)
            self._start()
        return self._tickets

    def wait(self, timeout: float | None = None, of: Collection[int] | None = None) -> list[Outcome]:
        """Return the outcomes so far; none after ``timeout`` seconds, or if there is no such job.

        Raises
        ------
        RunError
            CP5103 if the scheduler is lost, CP5104 if there was no worker for a minute.
        """
        until = float("inf") if timeout is None else time.monotonic() + timeout
        pause = 0.0
        while True:
            self._take(pause)
            self._start()
            ended = self._fetch(of)
            pause = min(POLL, until - time.monotonic())
            if ended or pause <= 0 or not (self._jobs if of is None else self._jobs.keys() & set(of)):
                return ended

    def cancel(self, *tickets: int) -> None:
        """Cancel jobs; their workers notice it and end the processes."""
        gone = {ticket: self._jobs.pop(ticket) for ticket in tickets if ticket in self._jobs}
        with suppress(Exception):  # the cluster may be shutting down
            self._client.cancel([job.future for job in gone.values() if job.future], force=True)
        for ticket, job in gone.items():
            self._note(Outcome(ticket, "cancelled", reason="cancelled", seconds=time.monotonic() - job.began))

    def close(self) -> None:
        """Cancel all jobs and disconnect; the cluster releases the rows."""
        self.cancel(*self._jobs)
        self._rows.clear()
        with suppress(Exception):
            self._client.close(timeout=CONNECT_TIMEOUT)

    def _check(self) -> None:
        """Reject workers that cannot run any job."""
        with suppress(TimeoutError):
            self._client.wait_for_workers(1, timeout=CONNECT_TIMEOUT)
        found = self._client.run(able, on_error="return")
        wrong = [each for each in found.values() if each != mark()]
        if wrong:
            raise _unable(f"one has {describe(wrong[0]) if isinstance(wrong[0], Exception) else wrong[0]}")
        if not found:
            raise _unable("there are none")
        self._refresh()

    def _start(self) -> None:
        """Send the oldest queued jobs to workers with a free thread."""
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
        except Exception as cause:  # this worker may be lost
            time.sleep(POLL)
            self._refresh()
            if job.tries == MAX_ATTEMPTS:
                raise _unable(f"one fails: {describe(cause)}") from cause
            return
        job.future = future
        future.add_done_callback(lambda future: self._arrived.put((ticket, future)))

    def _scattered(self, folder: Path, worker: str) -> distributed.Future:
        """Return a folder's files on a worker, sent with the first job that reads them.

        The key differs by worker: Dask would remove copies under one key and use a single worker.
        """
        sent = self._rows.get((folder, worker))
        if sent is None or sent.status != "finished":
            own = {"workers": [worker], "hash": False, "timeout": CONNECT_TIMEOUT}
            sent = self._rows[folder, worker] = self._client.scatter(Folder(folder), **own)
        return sent

    def _take(self, pause: float) -> None:
        """Process the jobs that have ended, and refresh the list of workers."""
        with suppress(queue.Empty):
            self._arrive(*self._arrived.get(timeout=pause))
            while True:
                self._arrive(*self._arrived.get_nowait())
        if time.monotonic() - self._refreshed > POLL:
            self._refresh()

    def _arrive(self, ticket: int, future: distributed.Future) -> None:
        """Process the end of a job; send it again if its worker, or the rows on it, were lost."""
        job = self._jobs.get(ticket)
        if job is None or job.future is None or job.future is not future:
            return
        try:
            ended: Ended = future.result(timeout=CONNECT_TIMEOUT)
        except Exception as error:
            self._again(ticket, error)
            return
        if ended.outcome.status == "cancelled":  # by the scheduler, which took it from that worker
            self._again(ticket, distributed.CancelledError())
            return
        del self._jobs[ticket]
        for folder, files in zip(job.home, ended.files, strict=True):
            unpack(folder, files)
        done = ended.outcome
        self._note(Outcome(ticket, done.status, done.value, done.reason, done.seconds))

    def _again(self, ticket: int, error: Exception) -> None:
        """Send a job again; after the last attempt it has crashed, or ends the run.

        Raises
        ------
        RunError
            CP5104 if it did not even start, which is not the model's fault.
        """
        job = self._jobs[ticket]
        if job.tries < MAX_ATTEMPTS:
            job.future, self._refreshed = None, 0.0
            return
        if not isinstance(error, distributed.KilledWorker | distributed.CancelledError | TimeoutError):
            raise _unable(f"one fails: {describe(error)}") from error
        del self._jobs[ticket]
        self._note(Outcome(ticket, "crash", reason=describe(error), seconds=time.monotonic() - job.began))

    def _refresh(self) -> None:
        """Update the list of workers; end the run if none comes back."""
        try:
            self._threads = self._client.nthreads()
        except Exception as cause:
            raise _lost(self._address) from cause
        self._refreshed = time.monotonic()
        if self._threads:
            self.slots, self._seen = sum(self._threads.values()), self._refreshed
        elif self._refreshed - self._seen > LOST_TIMEOUT:
            raise _unable("all were lost")
        for ticket, job in list(self._jobs.items()):
            if job.future is not None and job.worker not in self._threads:
                self._again(ticket, distributed.CancelledError("its worker was lost"))


def connected(address: str) -> distributed.Client:
    """Return a client of a scheduler; connects in a thread, as other servers may block."""
    made: queue.SimpleQueue[distributed.Client | Exception] = queue.SimpleQueue()

    def connect() -> None:
        try:
            made.put(distributed.Client(address, timeout=CONNECT_TIMEOUT, set_as_default=False))
        except Exception as error:
            made.put(error)

    threading.Thread(target=connect, daemon=True).start()
    try:
        found = made.get(timeout=2 * CONNECT_TIMEOUT)
    except queue.Empty:
        found = TimeoutError("it accepts connections, but is not a Dask scheduler")
    if isinstance(found, Exception):
        raise RunError(
            f"No Dask scheduler responds at {address!r}: {describe(found)}.",
            code="CP5103",
            remedy="Start one with 'dask scheduler', and set engine: {kind: dask, address: ...} to its address.",
        ) from found
    return found


def _lost(address: str) -> RunError:
    return RunError(
        f"The Dask scheduler at {address!r} no longer responds.",
        code="CP5103",
        remedy="Finished trials are in the folder: start the cluster again, and continue with 'custpred resume'.",
    )


def _unable(why: str) -> RunError:
    return RunError(
        f"The Dask workers need {mark()}, but {why}.",
        code="CP5104",
        remedy="Install the same version there, and start workers with 'dask worker ADDRESS --no-nanny' (or with"
        " DASK_DISTRIBUTED__WORKER__DAEMON=False), as every fit is a child process.",
    )
