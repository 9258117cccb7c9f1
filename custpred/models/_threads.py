"""Threads of the libraries underneath NumPy, scikit-learn and the boosters."""

from __future__ import annotations

import sys
from functools import cache
from typing import Any

_NATIVE = frozenset({"numpy", "scipy", "sklearn", "lightgbm", "xgboost", "catboost", "tensorflow"})
"""Packages that bring thread pools of their own."""


def limited(threads: int) -> Any:
    """Return a context in which those libraries use at most ``threads`` threads."""
    return pools().limit(limits=threads)


def pools() -> Any:
    """Return the thread pools of what is loaded: to look through it takes 25 ms, so that it is done once."""
    return _pools(_NATIVE.intersection(sys.modules))


@cache
def _pools(loaded: frozenset[str]) -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
