"""The run folder: one run at a time claims it; what is in it is found again."""

from __future__ import annotations

import ctypes
import json
import os
import re
import shutil
import socket
import sys
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from custpred.errors import RunError
from custpred.storage import write

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCK, LOG = "run.lock", "log.jsonl"
_HERE, _EXCHANGE = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of Linux


def fresh(name: str, parent: Path = Path("reports")) -> Path:
    """Return a new folder's path such as ``reports/telco-churn-20260131-142500``; it is not made yet."""
    slug = re.sub(r"[^\w-]+", "-", name, flags=re.UNICODE).strip("-") or "run"
    path = parent / f"{slug}-{datetime.now():%Y%m%d-%H%M%S}"
    tries = (path.with_name(f"{path.name}-{i}") for i in range(2, 1000))
    return path if not path.exists() else next(each for each in tries if not each.exists())


@contextmanager
def claimed(folder: Path, *, resume: bool = False) -> Iterator[Path]:
    """Hold a run folder while a run writes to it; what killed jobs left half-written goes at the end.

    Raises
    ------
    RunError
        If another live run holds it, or it is not empty and this is not a resume.
    """
    lock = folder / LOCK
    if lock.exists() and _alive(lock):
        raise RunError(
            "Another run is writing to this folder.",
            code="CP4101",
            place=str(folder),
            remedy="Wait for it, or choose another folder with --out.",
        )
    if folder.exists() and not resume and any(path.name != LOCK for path in folder.iterdir()):
        raise RunError(
            "The folder is not empty.",
            code="CP4101",
            place=str(folder),
            remedy="Choose another folder with --out, or go on with 'custpred resume'.",
        )
    write(lock, json.dumps({"pid": os.getpid(), "host": socket.gethostname()}))
    try:
        yield folder
    finally:
        for torn in [*folder.rglob("*.part")]:
            if torn.is_dir():
                shutil.rmtree(torn, ignore_errors=True)
            else:
                torn.unlink(missing_ok=True)
        lock.unlink(missing_ok=True)


def put(made: Path, place: Path) -> None:
    """Move a finished folder to its place; what stood there goes.  Readers find the old one or the new one, whole.

    Linux exchanges two names in one step (renameat2(2)); elsewhere there is a moment between two renames.
    """
    if place.exists() and not _exchanged(made, place):
        aside = place.with_name(f".{place.name}.old")
        shutil.rmtree(aside, ignore_errors=True)
        place.rename(aside)
        made.rename(place)
        shutil.rmtree(aside)
    elif place.exists():
        shutil.rmtree(made)
    else:
        made.rename(place)


def _exchanged(first: Path, second: Path) -> bool:
    """Exchange two names at once; tell whether this system and its file system could."""
    rename = getattr(ctypes.CDLL(None), "renameat2", None) if sys.platform == "linux" else None
    return bool(rename and rename(_HERE, os.fsencode(first), _HERE, os.fsencode(second), _EXCHANGE) == 0)


def log(folder: Path, event: str, **facts: object) -> None:
    """Append one line to the run's log; it holds no customer's data."""
    line = json.dumps({"at": datetime.now().astimezone().isoformat(timespec="milliseconds"), "event": event, **facts})
    with (folder / LOG).open("a", encoding="utf-8") as file:
        file.write(line + "\n")


def ended(folder: Path) -> bool:
    """Tell whether the last thing that the log says is that the run is done."""
    try:
        last = (folder / LOG).read_text("utf-8").splitlines()[-1]
        return bool(json.loads(last)["event"] == "done")
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return False


def _alive(lock: Path) -> bool:
    """Tell whether the process that made the lock still runs; a lock from another host is believed."""
    try:
        holder = json.loads(lock.read_text())
        pid, host = int(holder["pid"]), str(holder["host"])
    except (OSError, ValueError, KeyError, TypeError):
        return False
    if host != socket.gethostname():
        return True
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True  # it lives, and belongs to someone else
    except (OSError, OverflowError):
        return False
    return pid != os.getpid()
