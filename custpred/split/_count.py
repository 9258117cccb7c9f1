"""The number of folds."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDS = ((10_000, 8), (100_000, 5), (400_000, 3), (float("inf"), 2))
"""Maximum rows, and number of folds: small tables need more training rows per fold."""
DEFAULT, NETWORK_FOLDS = 5, 3
SHORT_SECONDS = 45.0
"""Time limit in seconds below which, or without which, folds do not exceed the default."""


def count(rows: int, seconds: float | None, networks: Sequence[bool] = (), classes: int = 2) -> int:
    """Return the number of folds for a number of rows and a time limit in seconds.

    Parameters
    ----------
    networks
        For each model of the recipe, whether it is a sequence network, too slow for many folds.
    classes
        Number of classes.  With more than two, boosters grow one tree per class and round, so more
        folds are expensive and do not help (docs/benchmarks.md).
    """
    folds = next(folds for most, folds in FOLDS if rows <= most)
    most = NETWORK_FOLDS if networks and all(networks) else DEFAULT
    costly = seconds is None or seconds < SHORT_SECONDS or any(networks) or classes > 2
    return min(folds, most) if costly else folds
