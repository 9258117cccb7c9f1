"""Import heavy or optional packages when they are used, not when custpred is imported."""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from threading import Lock, Thread
from typing import TYPE_CHECKING

from custpred.errors import MissingDependency

if TYPE_CHECKING:
    from types import ModuleType

_lock = Lock()


def need(module: str, *, purpose: str, extra: str) -> ModuleType:
    """Import an optional module, or raise an error that names the extra to install.

    Raises
    ------
    MissingDependency
        With the exact ``pip install`` command.

    >>> need("no_such_package", purpose="models: nothing", extra="none")
    Traceback (most recent call last):
    ...
    custpred.errors.MissingDependency: CP1107 no_such_package is needed for models: nothing. ...
    """
    try:
        return import_module(module)
    except ImportError as cause:
        raise MissingDependency.of(module.partition(".")[0], purpose, extra) from cause


def installed(module: str) -> bool:
    """Return whether a top-level module can be imported, without importing it.

    >>> installed("numpy"), installed("no_such_package")
    (True, False)
    """
    return find_spec(module) is not None


def preload(*modules: str) -> Thread:
    """Import modules in a background thread; join the returned thread before using them.

    Modules load one after the other: two threads may see a package half-initialised.  One that is
    missing or broken is skipped; the import that needs it raises the error.
    """

    def load() -> None:
        with _lock:
            for module in modules:
                with suppress(Exception):
                    import_module(module)

    thread = Thread(target=load, daemon=True)
    thread.start()
    return thread
