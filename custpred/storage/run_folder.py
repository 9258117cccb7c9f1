"""The run folder, which one run at a time claims."""

from __future__ import annotations

import ctypes
import json
import os
import re
import shutil
import sys
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from custpred.errors import CustpredError, DataError, RecipeError, RunError
from custpred.storage.files import unwritable
from custpred.storage.locks import acquire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from custpred.storage.locks import Lock

LOCK, LOG = "run.lock", "log.jsonl"
RECREATED = ("trials", "model", ".model.part", "report.json", "features.sql", "held_out.npz", "out_of_fold.npz", LOG)
"""Names that workers and the run would create again in a folder that was removed."""
_HERE, _EXCHANGE = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of Linux


def fresh(name: str, parent: Path = Path("reports")) -> Path:
    """Return the path of a new folder, such as ``reports/telco-churn-20260131-142500``."""
    path = parent / f"{slug(name)}-{datetime.now():%Y%m%d-%H%M%S}"
    tries = (path.with_name(f"{path.name}-{i}") for i in range(2, 1000))
    return path if not path.exists() else next(each for each in tries if not each.exists())


def slug(name: str) -> str:
    """Convert a recipe's name to a folder name.

    >>> slug("Telco churn / May"), slug("...")
    ('Telco-churn-May', 'run')
    """
    return re.sub(r"[^\w-]+", "-", name, flags=re.UNICODE).strip("-") or "run"


def point_to_latest(folder: Path, name: str) -> None:
    """Point the link ``reports/<name>/latest`` to the newest run, if the system has links."""
    link = folder.parent / slug(name) / "latest"
    part = link.with_name(".latest.part")
    with suppress(OSError):
        link.parent.mkdir(exist_ok=True)
        part.unlink(missing_ok=True)
        part.symlink_to(Path("..") / folder.name, target_is_directory=True)
        part.replace(link)


def unread(folder: Path, cause: Exception) -> tuple[str, str]:
    """Return why the record of a run cannot be read, and what to do."""
    if isinstance(cause, PermissionError):
        return "This run's report.json may not be read.", "Give this user the right to read the whole folder."
    if (folder / "report.json").is_file():
        what = "This run's report.json is damaged, or from another version of custpred."
        return what, "Copy the folder again, or run the recipe again."
    missing = "This is a file, not the folder of a run." if folder.exists() else "There is no such folder."
    return (
        "This folder holds no finished run." if folder.is_dir() else missing,
        "Give the folder that 'custpred run' wrote, or continue with 'custpred resume'.",
    )


@contextmanager
def claimed(folder: Path, *, resume: bool = False) -> Iterator[Path]:
    """Hold a run folder while a run writes to it; remove half-written files at the end.

    If recipe or data are at fault before the first trial, nothing is left: the folder can be used
    again.

    Raises
    ------
    RunError
        If another live run holds it, or it is not empty and this is not a resume.
    """
    made = not folder.exists()
    with _coded(folder):
        lock = _locked(folder, resume)
    unused = False
    try:
        with _coded(folder, lock):
            yield folder
    except (DataError, RecipeError):
        unused = not resume and not any(folder.glob("trials/*/result.json"))
        raise
    finally:
        _tidy(folder, lock)
        if unused:
            _empty(folder)
        lock.release()
        if unused and made:
            with suppress(OSError):
                folder.rmdir()


def _locked(folder: Path, resume: bool) -> Lock:
    """Create the folder if it is missing, and lock it."""
    check_vacant(folder, partly=True)
    folder.mkdir(parents=True, exist_ok=True)
    lock = acquire(folder / LOCK)
    if lock is None:
        raise RunError(
            "Another run is writing to this folder.",
            code="CP4101",
            place=str(folder),
            remedy="Wait for it, or choose another folder with --out.",
        )
    try:
        check_vacant(folder, " with --out, or continue with 'custpred resume'", partly=resume)
    except RunError:
        lock.release()
        raise
    return lock


def check_vacant(folder: Path, how: str = "", *, partly: bool = False) -> None:
    """Refuse a path that is a file, or a folder with files unless it may be ``partly`` filled.

    Raises
    ------
    RunError
        CP4101; ``how`` ends its remedy.
    """
    what = ""
    if folder.exists() and not folder.is_dir():
        what = "There is a file in place of the folder."
    elif not partly and folder.exists() and any(path.name != LOCK for path in folder.iterdir()):
        what = "The folder is not empty."
    if what:
        raise RunError(what, code="CP4101", place=str(folder), remedy=f"Choose another folder{how}.")


def copied(source: Path, folder: Path) -> Path:
    """Copy a run folder to a new or empty one; raises RunError if it cannot be written."""
    check_vacant(folder)
    with _coded(folder):
        return Path(shutil.copytree(source, folder, dirs_exist_ok=True))


def _empty(folder: Path) -> None:
    """Remove the files of a run that has not tried anything."""
    for path in (each for each in folder.iterdir() if each.name != LOCK):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _tidy(folder: Path, lock: Lock) -> None:
    """Remove half-written files, and those that workers created in a removed folder."""
    torn = [*folder.rglob("*.part")] if lock.intact else [folder / name for name in RECREATED]
    for path in torn:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    if not lock.intact:
        with suppress(OSError):  # it is missing, or holds files of others
            folder.rmdir()


@contextmanager
def _coded(folder: Path, lock: Lock | None = None) -> Iterator[None]:
    """Convert errors of the operating system into one error that names the place.

    Raises
    ------
    RunError
        CP4107 if the folder was removed or replaced during the lock, CP4102 for other errors.
    """
    try:
        yield
    except (OSError, RunError) as cause:
        if lock is not None and not lock.intact:
            raise _gone(folder) from cause
        if isinstance(cause, CustpredError):
            raise
        raise unwritable("A file", cause, cause.filename or folder) from cause


def still_claimed(folder: Path) -> Callable[[], None]:
    """Return a function that checks that the folder still exists during the run that claimed it.

    Raises
    ------
    RunError
        CP4107 by the check if the folder was removed: workers would create it again, incomplete.
    """
    lock = folder / LOCK
    claim = lock.exists()

    def check() -> None:
        if claim and not lock.exists():
            raise _gone(folder)

    return check


def _gone(folder: Path) -> RunError:
    return RunError(
        "The run folder was removed while the run was writing to it.",
        code="CP4107",
        place=str(folder),
        remedy="Run the recipe again, and leave the folder in place until it has ended.",
    )


def put(made: Path, place: Path) -> None:
    """Move a finished folder to its place, replacing the old one; readers see either.

    Linux exchanges two names in one step (renameat2(2)); elsewhere two renames follow.
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
    """Exchange two names atomically; return whether the system and the file system support it."""
    rename = getattr(ctypes.CDLL(None), "renameat2", None) if sys.platform == "linux" else None
    return bool(rename and rename(_HERE, os.fsencode(first), _HERE, os.fsencode(second), _EXCHANGE) == 0)


def log(folder: Path, event: str, **facts: object) -> None:
    """Append one line, without customer data, to the run's log."""
    line = json.dumps({"at": datetime.now().astimezone().isoformat(timespec="milliseconds"), "event": event, **facts})
    with (folder / LOG).open("a", encoding="utf-8") as file:
        file.write(line + "\n")


def ended(folder: Path) -> bool:
    """Return whether the last event in the log is the end of the run."""
    try:
        last = (folder / LOG).read_text("utf-8").splitlines()[-1]
        return bool(json.loads(last)["event"] == "done")
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return False
