"""One job: its process, pipe, deadline and outcome."""

from __future__ import annotations

import os
import pickle
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from custpred.budget import held_memory
from custpred.engine import _memory, _server
from custpred.engine._child import Reply, work
from custpred.engine.base import Outcome
from custpred.text import describe

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from custpred.engine.base import Status

_GRACE = 2.0  # seconds between SIGTERM and SIGKILL
_SERVER_DIED = 255  # exit code of multiprocessing if the fork server does not know the true one


class Job(NamedTuple):
    """A queued, pickled (function, item) pair; ``again``: it may start again with the server."""

    ticket: int
    payload: bytes
    seconds: float | None
    again: bool = True


class Child:
    """The process of a job; its deadline counts from its start."""

    def __init__(self, job: Job) -> None:
        self.job, self.peak, self.due, self.lost = job, 0, float("inf"), False
        self._verdict: tuple[Status, str] | None = None
        self._closed = self.killed = False
        self._shared = 0
        self._process: Any = None

    def start(self) -> None:
        """Start the process; ``kill`` and ``bury`` still work after an interrupt in here."""
        self._kills = _memory.killed_for_memory()
        _server.start(self._make)
        self._theirs.close()
        self._shared = held_memory(self._pid)
        self._began = time.monotonic()
        if self.job.seconds is not None:
            self.due = self._began + self.job.seconds

    def _make(self) -> BaseProcess:
        chosen = _server.context()
        self._replies, self._theirs = chosen.Pipe(duplex=False)
        made: BaseProcess = chosen.Process(target=work, args=(self.job.payload, self._theirs), name="custpred-fit")
        self._process = made
        return made

    @property
    def _pid(self) -> int:
        return (self._process.pid if self._process else None) or 0

    @property
    def handles(self) -> tuple[Connection, int]:
        """Return the handles that become ready when the job has replied or died."""
        return self._replies, self._process.sentinel

    def used(self) -> int:
        """Return the bytes not shared with the fork server."""
        return max(0, held_memory(self._pid) - self._shared)

    def keep_time(self) -> None:
        """Terminate the job after its deadline, and kill it if it does not end."""
        if time.monotonic() < self.due:
            return
        if self._verdict is None:
            self._verdict = ("timeout", f"it took longer than {self.job.seconds:.3g} seconds")
            self.due = time.monotonic() + _GRACE
            self._signal("SIGTERM")
        else:
            self.due = float("inf")
            self.kill()

    def end(self, status: Status, reason: str) -> None:
        """Kill the job, with a status and a reason."""
        self._verdict = (status, reason)
        self.kill()

    def kill(self) -> None:
        """Kill the job and all its child processes."""
        self.killed = True
        self._signal("SIGKILL")

    def bury(self) -> int | None:
        """Wait for the process to exit and close its handles; return its exit code."""
        if not self._pid:
            return None
        code = self._ended(_GRACE)
        if code is not None:
            self._process.close()
        self._replies.close()
        return code

    def _ended(self, within: float) -> int | None:
        """Return the exit code, waiting some seconds at most."""
        self._process.join(within)
        code: int | None = self._process.exitcode
        return code

    def outcome(self) -> Outcome | None:
        """Return how the job ended; None while it runs, or if it is ``lost`` and must run again."""
        reply = self._read()
        if reply is None and self._ended(_GRACE if self._closed else 0.0) is None and not self._closed:
            return None  # the exit code follows shortly after the pipe closes
        self.kill()
        return self._outcome_of(reply, self.bury())

    def _read(self) -> Reply | None:
        try:
            data = self._replies.recv_bytes() if self._replies.poll() else None
        except (EOFError, OSError):
            self._closed = True
            return None
        try:
            return None if data is None else Reply(*pickle.loads(data))
        except Exception as error:  # such as a class that only the child can import
            return Reply("failed", None, f"the result cannot be read: {describe(error)}", 0.0, 0)

    def _outcome_of(self, reply: Reply | None, code: int | None) -> Outcome | None:
        ticket, seconds = self.job.ticket, time.monotonic() - self._began
        if self._verdict is not None and (reply is None or self._verdict[0] == "cancelled"):
            status, reason = self._verdict
            return Outcome(ticket, status, None, reason, seconds)
        if reply is not None:
            self.peak = reply.peak
            return Outcome(ticket, reply.status, reply.value, reply.reason, reply.seconds)
        self.lost = code == _SERVER_DIED and self.job.again
        return None if self.lost else Outcome(ticket, *self._crash(code), seconds=seconds)

    def _crash(self, code: int | None) -> tuple[Status, None, str]:
        if code is None or code >= 0:
            return "crash", None, f"the process ended without a reply (exit code {code})"
        name = signal.Signals(-code).name
        if name == "SIGKILL" and _memory.killed_for_memory() > self._kills:
            return "memory", None, "the system killed it for lack of memory"
        return "crash", None, f"the process was ended by {name}"

    def _signal(self, name: str) -> None:
        """Signal the job's process group, or the child alone before the group exists."""
        if not self._pid:
            return
        with suppress(ProcessLookupError, PermissionError):
            if hasattr(os, "killpg"):
                try:
                    os.killpg(self._pid, getattr(signal, name))
                except ProcessLookupError:
                    os.kill(self._pid, getattr(signal, name))
            elif name == "SIGKILL":
                self._process.kill()
            else:
                self._process.terminate()
