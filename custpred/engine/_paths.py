"""Module search path of child processes, without the current folder and its stray modules."""

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
"""Python's switch that excludes the current folder for ``python -c`` and ``python -m``."""
HOME = str(Path(__file__).resolve().parents[2])


@contextmanager
def safe() -> Iterator[None]:
    """Start processes inside the block with a safe module search path.

    The current folder can enter it by ``python -c``, which multiprocessing uses for its fork
    server, resource tracker and spawned children, and by the parent's path, which children inherit.
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

    It is kept if PYTHONPATH names it or it contains custpred.  If plug-ins are allowed, or it is
    the folder of the caller's script, it comes last and hides no installed module.
    """
    now = str(Path.cwd())
    here = {_real(folder) for folder in (now, getattr(process, "ORIGINAL_DIR", None)) if folder}
    meant = {HOME, *(_real(each) for each in os.environ.get("PYTHONPATH", "").split(os.pathsep) if each)}
    kept = [each for each in path if each and (_real(each) not in here or _real(each) in meant)]
    gone = dict.fromkeys(each or now for each in path if each not in kept)
    return [*kept, *(each for each in gone if Plugins.allowed or _real(each) == script)]


def _script() -> str | None:
    """Return the folder of Python's script; None for ``python -c`` and ``python -m``."""
    main = sys.modules.get("__main__")
    file = getattr(main, "__file__", None) if getattr(main, "__spec__", None) is None else None
    return None if file is None else str(Path(file).resolve().parent)


def _real(folder: str) -> str:
    return str(Path(folder).resolve())
