"""Trials on disk: stored with a hash of each file, and loaded only if all files are unchanged."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import TYPE_CHECKING, NamedTuple

from custpred.models.base import Model
from custpred.search._trial import Trial
from custpred.storage.files import digest, seal, write

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from custpred.storage.plain import JSON

RESULT, SHIFTS = "result.json", "shifts.json"


class Broken(NamedTuple):
    """A trial of an earlier run that cannot be used, and why."""

    number: int
    reason: str


def keep(trial: Trial, folder: Path, files: Mapping[str, str]) -> None:
    """Write a trial's result after its files, with the hashes of all files and of itself."""
    plain: JSON = {**asdict(trial), "model": trial.model.dump()}
    shifts = folder / SHIFTS
    if trial.status == "ok":
        plain["files"] = dict(files) | ({SHIFTS: digest(shifts)} if shifts.exists() else {})
    write(folder / RESULT, json.dumps({**plain, "seal": seal(plain)}))


def finished(trials: Path) -> tuple[tuple[Trial, ...], tuple[Broken, ...]]:
    """Return the finished trials of an earlier run of the folder, and those with changed files.

    The folder of a changed trial is removed, as if the trial had never run.
    """
    folders = sorted((path for path in trials.glob("*") if path.name.isdecimal()), key=lambda path: int(path.name))
    with ThreadPoolExecutor(2) as pool:  # hashing lets another thread work
        found = list(pool.map(_read, [path for path in folders if (path / RESULT).exists()]))
    broken = tuple(each for each in found if isinstance(each, Broken))
    for each in broken:
        shutil.rmtree(trials / str(each.number))
    return tuple(each for each in found if isinstance(each, Trial)), broken


def _read(folder: Path) -> Trial | Broken:
    number = int(folder.name)
    try:
        plain = json.loads((folder / RESULT).read_text("utf-8"))
        if plain.pop("seal", None) != seal(plain):
            return Broken(number, f"{RESULT} was changed")
        for name, sha in plain.pop("files", {}).items():
            if digest(folder / name) != sha:
                return Broken(number, f"{name} was changed")
        return Trial(**{**plain, "model": Model.parse(plain["model"]), "folds": tuple(plain["folds"])})
    except FileNotFoundError as cause:
        return Broken(number, f"{cause.filename and str(cause.filename).rpartition('/')[2]} is missing")
    except Exception as cause:  # damaged files can raise any error; the trial is run again
        return Broken(number, f"{RESULT} cannot be read: {type(cause).__name__}")
