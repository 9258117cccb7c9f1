"""The number of folds, and how many of them are scored."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.table import Table

FOLDS = ((10_000, 8), (float("inf"), 5))
"""Maximum rows, and number of folds: small tables need more training rows per fold."""
SCORED = ((100_000, 5), (400_000, 3), (float("inf"), 2))
"""Maximum rows, and number of folds that are scored: many rows are enough for a choice."""
CROWDED = ((10_000, 5), (30_000, 3), (float("inf"), 2))
"""Maximum cells per second and core, and number of folds that are scored (docs/benchmarks.md)."""
MIN_ROWS = 10_000
"""Number of rows up to which all folds are scored."""
TEXT_CELLS = 50
"""Cells that a text costs as much time as."""
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
    folds = _limit(FOLDS, rows)
    most = NETWORK_FOLDS if networks and all(networks) else DEFAULT
    costly = seconds is None or seconds < SHORT_SECONDS or any(networks) or classes > 2
    return min(folds, most) if costly else folds


def scored(table: Table, seconds: float | None, cores: int, classes: int = 2) -> int | None:
    """Return the number of folds to score, None for all.

    With many rows, more models improve a blend more than further folds of each.

    Parameters
    ----------
    seconds
        Time limit in seconds, or None.
    classes
        Number of classes.
    """
    rows = len(table)
    if rows <= MIN_ROWS:
        return None
    width = sum(TEXT_CELLS if column.kind == "text" else 1 for column in table.columns)
    crowd = 0.0 if seconds is None else rows * width * max(1, classes - 1) / (seconds * cores)
    most = min(_limit(SCORED, rows), _limit(CROWDED, crowd))
    return most if most < DEFAULT else None


def _limit(limits: Sequence[tuple[float, int]], value: float) -> int:
    return next(folds for most, folds in limits if value <= most)
