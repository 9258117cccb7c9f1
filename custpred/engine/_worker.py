"""The worker of a cluster: runs a job in a child process, with the rows sent to this worker."""

from __future__ import annotations

import multiprocessing
import pickle
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from distributed import get_worker

from custpred import __version__
from custpred.engine._parcel import packed, scratch, with_folders
from custpred.engine._pool import Pool
from custpred.engine.local import Local

if TYPE_CHECKING:
    from custpred.engine._parcel import Files, Folder
    from custpred.engine.base import Job, Outcome

POLL = 0.1
"""Seconds between two checks whether a job was cancelled."""


class Ended(NamedTuple):
    """The outcome of a job, and the files that it wrote, by folder."""

    outcome: Outcome
    files: tuple[Files, ...]


def mark() -> str:
    """Return the versions that driver and workers must share."""
    return f"custpred {__version__} on Python {sys.version_info.major}.{sys.version_info.minor}"


def able() -> str:
    """Start loading libraries; return this worker's mark, or why it cannot run jobs."""
    if multiprocessing.current_process().daemon:
        return "daemonic processes, which may not have children"
    Local().warm()
    return mark()


def run(key: str, payload: bytes, rows: Folder | None, seconds: float | None) -> Ended:
    """Run a pickled (function, item) pair in a child process, with its rows."""
    function, item = pickle.loads(payload)
    with TemporaryDirectory(dir=scratch(), prefix="out-") as place:
        outs = [Path(place, str(i)) for i, _ in enumerate(with_folders(item))]
        for out in outs:
            out.mkdir()
        if rows is not None:
            item = _moved(item, rows.path, outs)
        outcome = _done(key, (function, item), seconds)
        return Ended(outcome, tuple(packed(out) for out in outs))


def _done(key: str, job: Job, seconds: float | None) -> Outcome:
    """Run a job until it ends, is cancelled, or the driver dies."""
    worker = get_worker()
    task = worker.state.tasks[key]
    with Pool(1, worker.memory_manager.memory_limit) as pool:
        ticket = pool.submit(*job, seconds=seconds)
        while not (ended := pool.wait(POLL)):
            if task.state == "cancelled":
                pool.cancel(ticket)
        return ended[0]


def _moved(item: object, data: Path, outs: list[Path]) -> object:
    """Return the item with the folders of this worker."""
    pairs = zip(with_folders(item), outs, strict=True)
    moved = tuple(replace(each, data=data, out=out) for each, out in pairs)  # type: ignore[type-var]  # dataclasses
    return moved if isinstance(item, tuple) else moved[0]
