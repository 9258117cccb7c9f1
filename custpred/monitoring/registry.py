"""Which run of a recipe is in use: a small file next to the runs, with relative paths.

``reports/<name>/registry.json`` names champion, challenger and earlier champions of ``<name>``.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from custpred.api import load
from custpred.errors import DataError, RunError, did_you_mean
from custpred.inference.model_folder import load_intake
from custpred.storage.files import write
from custpred.storage.run_folder import slug
from custpred.text import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from custpred.storage.plain import JSON

FILE, REPORTS, MAX_HISTORY = "registry.json", Path("reports"), 50
Role = Literal["champion", "challenger"]


@dataclass(frozen=True)
class Entry:
    """A run with a role; ``run`` is its folder relative to the registry's."""

    run: str
    run_id: str
    made: str
    metric: str
    score: float | None
    since: str


def promote(run: str | Path, role: Role = "champion", reports: Path | None = None) -> Path:
    """Make a finished run champion (or challenger) of its recipe name; return the registry.

    The registry is in ``reports``, by default the folder that the run is in.

    Raises
    ------
    ModelFileError
        If the folder holds no finished run, or its model was changed.
    RunError
        CP4118 if the run kept only a baseline.
    """
    folder = Path(run).resolve()
    record = load(folder).record
    load_intake(folder / "model")  # every file's hash is checked
    if record.fallback or not record.whole:
        raise RunError(
            "Only a run with a model can be promoted; this one kept a baseline, or was stopped.",
            code="CP4118",
            place=str(folder),
            remedy="Run the recipe again with a larger budget, and promote that run.",
        )
    home = (reports or folder.parent).resolve() / slug(record.name)
    score = record.test.get(record.metric)
    since = datetime.now(UTC).isoformat(timespec="seconds")
    away = Path(os.path.relpath(folder, home)).as_posix()
    entry = Entry(away, record.run_id, record.made, record.metric, score.value if score else None, since)
    known = _read(home)
    before = known.get(role)
    if before and before["run_id"] != entry.run_id:
        known["history"] = [{**before, "role": role, "until": since}, *known.get("history", [])][:MAX_HISTORY]
    if role == "champion" and (known.get("challenger") or {}).get("run_id") == entry.run_id:
        known["challenger"] = None
    write(home / FILE, json.dumps({**known, "name": record.name, role: asdict(entry)}, ensure_ascii=False, indent=1))
    return home / FILE


def champion(name: str, reports: Path = REPORTS) -> Path:
    """Return the folder of the champion of a recipe name.

    Raises
    ------
    DataError
        CP2417 if no run of that name was promoted.
    """
    found = champion_of(reports, name)
    if found is None:
        names = [each["name"] for each in models(reports)]
        raise DataError(
            f"No run of {plain(name)!r} is a champion in {reports}.{did_you_mean(name, names)}",
            code="CP2417",
            remedy=f"Promote a run in {reports}: 'custpred promote {reports}/NAME/latest';"
            " 'custpred models' lists all that are in use.",
        )
    return found


def champion_of(reports: Path, name: str) -> Path | None:
    """Return the folder of the champion of a recipe name; None if there is none."""
    known = _read(reports / slug(name)).get("champion")
    return Path(reports / slug(name) / str(known["run"])).resolve() if known else None


def scored_by(name: str | None, first: str, second: str | None, command: str) -> tuple[Path, str]:
    """Return run and data of a command: both as passed, or the champion of a name and the data.

    Raises
    ------
    DataError
        CP2418 if an argument is missing or superfluous.
    """
    if name is None and second is not None:
        return Path(first), second
    if name is not None and second is None:
        return champion(name), first
    raise DataError(
        "Expected a run and the data, or --champion NAME and only the data.",
        code="CP2418",
        remedy=f"Write 'custpred {command} RUN DATA', or 'custpred {command} --champion NAME DATA'.",
    )


def in_use(name: str | None, run: Path | None, command: str) -> Path:
    """Return the folder of the run that is passed, or of the champion of a name.

    Raises
    ------
    DataError
        CP2418 if neither or both are passed; CP2417 if no run of that name was promoted.
    """
    if run is not None and name is None:
        return run
    if run is None and name is not None:
        return champion(name)
    raise DataError(
        "Expected either a run or --champion NAME.",
        code="CP2418",
        remedy=f"Write 'custpred {command} RUN', or 'custpred {command} --champion NAME'.",
    )


def models(reports: Path = REPORTS) -> Iterator[JSON]:
    """Yield the contents of each registry in a folder, by name; each run in use with its folder."""
    for path in sorted(reports.glob(f"*/{FILE}")):
        known = _read(path.parent)
        for entry in filter(None, (known.get("champion"), known.get("challenger"))):
            entry["folder"] = Path(os.path.normpath(path.parent / str(entry["run"]))).as_posix()
        yield {"name": path.parent.name, "champion": None, "challenger": None, "history": [], **known}


def _read(home: Path) -> JSON:
    """Return the contents of a registry; empty if there is none.

    Raises
    ------
    RunError
        CP4119 if the file is damaged.
    """
    path = home / FILE
    if not path.exists():
        return {}
    try:
        known = json.loads(path.read_text("utf-8"))
        for entry in filter(None, map(known.get, get_args(Role))):
            if not {"run", "run_id"} <= entry.keys():
                raise KeyError(path.name)
        return {**known, "name": str(known["name"])}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as cause:
        raise RunError(
            "The registry cannot be read.",
            code="CP4119",
            place=str(path),
            remedy="Correct the file, or remove it and promote a run again.",
        ) from cause
