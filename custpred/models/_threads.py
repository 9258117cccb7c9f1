"""Threads of the libraries used by NumPy, scikit-learn and the boosters."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from threadpoolctl import ThreadpoolController

from custpred.spec import LIBRARIES

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

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


def limited(threads: int) -> AbstractContextManager[object]:
    """Return a context in which these libraries use at most ``threads`` threads."""
    context: AbstractContextManager[object] = pools().limit(limits=threads)
    return context


def pools() -> ThreadpoolController:
    """Return the thread pools of loaded libraries: finding them takes 25 ms, so it is done once."""
    return _pools((_NATIVE | LIBRARIES).intersection(sys.modules))


@cache
def _pools(loaded: frozenset[str]) -> object:
    return ThreadpoolController()
