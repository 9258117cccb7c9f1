"""What a cluster's worker does: a job in a child process of its own, with the rows that came to this worker."""

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

LOOK = 0.1
"""Seconds between two looks at whether anybody still waits for a job."""


class Ended(NamedTuple):
    """How a job ended, and the files that it left in each of its folders."""

    outcome: Outcome
    files: tuple[Files, ...]


def mark() -> str:
    """Return what driver and workers must have in common."""
    return f"custpred {__version__} on Python {sys.version_info.major}.{sys.version_info.minor}"


def able() -> str:
    """Return this worker's mark, or why it can run no job; its libraries begin to load."""
    if multiprocessing.current_process().daemon:
        return "daemonic processes, which may not have children"
    Local().warm()
    return mark()


def run(key: str, payload: bytes, rows: Folder | None, seconds: float | None) -> Ended:
    """Run a pickled (function, item) pair in a child process of this worker, with its rows."""
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
    """Run a job to its end, or until nobody waits for it: it was cancelled, or the driver is dead."""
    worker = get_worker()
    task = worker.state.tasks[key]
    with Pool(1, worker.memory_manager.memory_limit) as pool:
        ticket = pool.submit(*job, seconds=seconds)
        while not (ended := pool.wait(LOOK)):
            if task.state == "cancelled":
                pool.cancel(ticket)
        return ended[0]


def _moved(item: object, data: Path, outs: list[Path]) -> object:
    """Return an item whose folders are this worker's."""
    pairs = zip(with_folders(item), outs, strict=True)
    moved = tuple(replace(each, data=data, out=out) for each, out in pairs)  # type: ignore[type-var]  # dataclasses
    return moved if isinstance(item, tuple) else moved[0]
