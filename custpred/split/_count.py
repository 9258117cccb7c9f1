"""How many folds."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDS = ((10_000, 8), (100_000, 5), (400_000, 3), (float("inf"), 2))
"""Rows at most, and folds: small tables need more training rows per fold, large ones fewer folds."""
USUAL, FEW = 5, 3
HASTY = 45.0
"""Seconds under which, or without a time at all, no more than the usual number of folds is made."""


def count(rows: int, seconds: float | None, networks: Sequence[bool] = (), classes: int = 2) -> int:
    """Return the number of folds for the given rows and time.

    Parameters
    ----------
    networks
        Of each model in the recipe, whether it is a sequence network: these take too long for many folds.
    classes
        More than two: boosters grow one tree per class and round, so more folds cost much, without gain
        (docs/benchmarks.md).
    """
    folds = next(folds for most, folds in FOLDS if rows <= most)
    most = FEW if networks and all(networks) else USUAL
    costly = seconds is None or seconds < HASTY or any(networks) or classes > 2
    return min(folds, most) if costly else folds
