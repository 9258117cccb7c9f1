"""How many folds."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDS = ((10_000, 8), (100_000, 5), (400_000, 3), (float("inf"), 2))
"""Rows at most, and folds: few rows can spare fewer of them in a fit, many need fewer folds for the same certainty."""
USUAL, FEW = 5, 3
HASTY = 45.0
"""Seconds under which, or without a time at all, no more than the usual number of folds is made."""


def count(rows: int, seconds: float | None, networks: Sequence[bool] = (), classes: int = 2) -> int:
    """Return the number of folds for so many rows and so much time.

    Parameters
    ----------
    networks
        Of each model that is asked for, whether it is a network over steps: these take too long for many folds.
    classes
        Of more than two, boosters grow a tree each a round: more folds cost much, and brought nothing
        (docs/benchmarks.md).
    """
    folds = next(folds for most, folds in FOLDS if rows <= most)
    most = FEW if networks and all(networks) else USUAL
    dear = seconds is None or seconds < HASTY or any(networks) or classes > 2
    return min(folds, most) if dear else folds
