"""Threads of the libraries used by NumPy, scikit-learn and the boosters."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from threadpoolctl import LibController, ThreadpoolController

from custpred.spec import LIBRARIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Some = TypeVar("Some")

_NATIVE = frozenset({"numpy", "scipy", "sklearn", "tensorflow"})
"""Packages with their own thread pools."""
_MIN_ROWS = 512
"""Minimum number of rows per additional thread."""


def shared(function: Callable[[slice], Some], rows: int, threads: int, most: int) -> list[Some]:
    """Return the results of a function on blocks of ``most`` rows, computed on several threads."""
    size = min(most, max(_MIN_ROWS, -(-rows // threads)))
    parts = [slice(start, start + size) for start in range(0, rows, size)]
    if threads == 1 or len(parts) < 2:
        return [function(part) for part in parts]
    with ThreadPoolExecutor(threads) as pool:  # NumPy's and scikit-learn's loops release the GIL
        return list(pool.map(function, parts))


@contextmanager
def limited(threads: int) -> Iterator[None]:
    """Let these libraries use at most ``threads`` threads.

    Some have one number for all threads of the process: while limits overlap it is the lowest of
    them, and the last to end restores what it was before the first.
    """
    with _lock:
        if not _limits:
            _before.update({each.filepath: each.num_threads for each in _common()})
        _limits.append(threads)
        own = pools().limit(limits=threads)
        _limit_common()
    try:
        yield
    finally:
        with _lock:
            own.restore_original_limits()
            _limits.remove(threads)
            _limit_common()


_lock, _limits, _before = Lock(), list[int](), dict[str, int]()
"""For libraries with one number for the process: limits in force, and numbers before the first."""


def _common() -> list[LibController]:
    return [each for each in pools().lib_controllers if getattr(each, "threading_layer", "openmp") != "openmp"]


def _limit_common() -> None:
    for each in _common():
        before = _before.setdefault(each.filepath, each.num_threads)
        _released(each).set_num_threads(min(_limits, default=before))
        _released(each)


def _released(library: LibController) -> LibController:
    """Return a library without an owner: newer versions let only the first thread set a limit."""
    if hasattr(library, "clear_controlling_thread"):
        library.clear_controlling_thread(force=True)
    return library


def pools() -> ThreadpoolController:
    """Return the thread pools of loaded libraries: finding them takes 25 ms, so it is done once."""
    return _pools((_NATIVE | LIBRARIES).intersection(sys.modules))


@cache
def _pools(loaded: frozenset[str]) -> object:
    return ThreadpoolController()
