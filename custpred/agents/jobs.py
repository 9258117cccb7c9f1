"""A run in the background: a separate process, followed by its log lines."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from threading import Thread, Timer
from typing import TYPE_CHECKING

from custpred.errors import RunError

if TYPE_CHECKING:
    from pathlib import Path

    from custpred.storage.plain import JSON

GRACE = 60.0
"""Seconds beyond its budget after which a run is terminated."""


def command(*words: str) -> list[str]:
    """Return the command line that calls a custpred command with JSON output."""
    return [sys.executable, "-m", "custpred.cli", *words, "--json"]


def environment() -> dict[str, str]:
    """Return the environment without variables that redirect relative paths to another folder."""
    return {name: value for name, value in os.environ.items() if name != "CUSTPRED_DATA"} | {"PYTHONSAFEPATH": "1"}


def parsed(text: str, code: int) -> JSON:
    """Return the output of a command that ended with this exit code.

    Raises
    ------
    RunError
        CP4130 if there is none, as of a process that was killed.
    """
    try:
        made: JSON = json.loads(text)
    except ValueError as cause:
        raise RunError(
            f"The command ended without output, with exit code {code}.",
            code="CP4130",
            remedy="It may have been killed for its memory: use a smaller table, or a lower budget.memory.",
        ) from cause
    return made


class Job:
    """A run in a separate process.

    Parameters
    ----------
    words
        The command line, without ``custpred``.
    seconds
        Its budget in seconds; it is terminated a minute later.
    """

    def __init__(self, name: str, folder: Path, words: list[str], seconds: float) -> None:
        self.name, self.seconds, self.began = name, seconds, time.monotonic()
        self.stage, self.trials, self.best = "starting", 0, ""
        self.out = tempfile.TemporaryFile("w+")  # noqa: SIM115 (it lives as long as the job)
        self.process = subprocess.Popen(
            command(*words, "--log", "json"),
            cwd=folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=self.out,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.listener = Thread(target=self._follow, daemon=True)
        self.listener.start()
        # once: a second signal would interrupt the saving of the best model so far
        self.limit = Timer(max(0.0, seconds + GRACE), self.process.send_signal, [signal.SIGTERM])
        self.limit.daemon = True
        self.limit.start()

    def _follow(self) -> None:
        assert self.process.stderr is not None  # it is a pipe
        with self.process.stderr as lines:
            for line in lines:
                with suppress(ValueError, AttributeError):  # a line for people
                    self._apply(json.loads(line))

    def _apply(self, record: JSON) -> None:
        if record.get("event") == "stage":
            self.stage = str(record.get("value"))
        elif record.get("event") == "trial":
            self.trials += 1
            self.best = str(record.get("name")) if record.get("status") == "ok" else self.best

    @property
    def running(self) -> bool:
        """Return whether the run is in progress."""
        return self.process.poll() is None

    @property
    def elapsed(self) -> float:
        """Return the seconds since the start."""
        return time.monotonic() - self.began

    def state(self) -> JSON:
        """Return the progress, for the agent."""
        at: JSON = {
            "job": self.name,
            "running": self.running,
            "seconds": round(self.elapsed, 1),
            "budget": self.seconds,
        }
        return {**at, "stage": self.stage, "trials": self.trials, "latest_model": self.best}

    def output(self) -> JSON:
        """Return the output of the run after it has ended.

        Raises
        ------
        RunError
            CP4130 if it was killed before it wrote any.
        """
        self.out.seek(0)
        return parsed(self.out.read(), self.process.returncode)

    def end(self) -> None:
        """Terminate the run and wait for it; it saves the best model so far."""
        self.limit.cancel()
        if self.process.poll() is None:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(10)
            self.process.kill()
        self.process.wait()
        self.listener.join()
        self.out.close()
