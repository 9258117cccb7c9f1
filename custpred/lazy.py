"""Import heavy or optional packages when they are used, not when custpred is imported."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from custpred.errors import MissingDependency

if TYPE_CHECKING:
    from types import ModuleType


def need(module: str, *, purpose: str, extra: str) -> ModuleType:
    """Import an optional module, or say which extra brings it.

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
    """Tell whether a top-level module can be imported, without importing it."""
    return find_spec(module) is not None
