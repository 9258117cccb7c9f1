"""What child processes may import: never modules that merely lie in the current folder, beside the data."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from multiprocessing import process, spawn
from pathlib import Path
from typing import TYPE_CHECKING

from custpred.spec import Plugins

if TYPE_CHECKING:
    from collections.abc import Iterator

    from custpred.storage.plain import JSON

SAFE = "PYTHONSAFEPATH"
"""Python's own switch: with it, ``python -c`` and ``python -m`` do not look into the current folder."""
HOME = str(Path(__file__).resolve().parents[2])


@contextmanager
def safe() -> Iterator[None]:
    """Start what is started inside with a safe module search path.

    Three ways lead to the current folder: ``python -c``, by which multiprocessing starts its fork server, its resource
    tracker and spawned children, and the parent's own path, which a child takes over.
    """
    before, own, script = os.environ.get(SAFE), spawn.get_preparation_data, _script()

    def prepared(name: str) -> JSON:
        data: JSON = own(name)
        if "sys_path" in data:
            data["sys_path"] = searched(data["sys_path"], script)
        return data

    os.environ[SAFE] = "1"
    spawn.get_preparation_data = prepared
    try:
        yield
    finally:
        spawn.get_preparation_data = own
        if before is None:
            del os.environ[SAFE]
        else:
            os.environ[SAFE] = before


def searched(path: list[str], script: str | None) -> list[str]:
    """Return a module search path without the current folder.

    It stays where PYTHONPATH names it, and where custpred itself lies there.  Where the caller's own modules may be
    used (plug-ins), and where it is the folder of the caller's script, it comes last: no installed module is hidden.
    """
    now = str(Path.cwd())
    here = {_real(folder) for folder in (now, getattr(process, "ORIGINAL_DIR", None)) if folder}
    meant = {HOME, *(_real(each) for each in os.environ.get("PYTHONPATH", "").split(os.pathsep) if each)}
    kept = [each for each in path if each and (_real(each) not in here or _real(each) in meant)]
    gone = dict.fromkeys(each or now for each in path if each not in kept)
    return [*kept, *(each for each in gone if Plugins.allowed or _real(each) == script)]


def _script() -> str | None:
    """Return the folder of the script that Python was started with; None after ``python -c`` and ``python -m``."""
    main = sys.modules.get("__main__")
    file = getattr(main, "__file__", None) if getattr(main, "__spec__", None) is None else None
    return None if file is None else str(Path(file).resolve().parent)


def _real(folder: str) -> str:
    return str(Path(folder).resolve())
