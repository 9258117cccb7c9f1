"""The result of resampling, and the target number of rows of each class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from custpred.errors import NotApplicable

if TYPE_CHECKING:
    import pandas as pd

    from custpred.table import Finding


@dataclass(frozen=True)
class Drawn:
    """Resampled rows; ``indices`` (n_rows,): original positions, None if synthetic."""

    X: pd.DataFrame
    y: np.ndarray
    indices: np.ndarray | None = None
    notes: tuple[Finding, ...] = ()


def counts(y: np.ndarray) -> dict[int, int]:
    """Return the number of rows of each class.

    Raises
    ------
    NotApplicable
        If ``y`` holds values rather than class codes.
    """
    if y.dtype.kind == "f" and (y % 1).any():
        raise NotApplicable("Resampling balances classes, and the target is a number.", code="CP3201")
    classes, found = np.unique(y, return_counts=True)
    return {int(each): int(count) for each, count in zip(classes, found, strict=True)}


def raised(y: np.ndarray, ratio: float) -> dict[int, int]:
    """Return class counts after raising small classes to ``ratio`` times the largest.

    >>> raised(np.array([0, 0, 0, 0, 1]), 0.5)
    {0: 4, 1: 2}
    """
    found = counts(y)
    wanted = round(ratio * max(found.values(), default=0))
    return {each: max(count, wanted) for each, count in found.items()}


def lowered(y: np.ndarray, ratio: float) -> dict[int, int]:
    """Return class counts after reducing large classes to the smallest over ``ratio``.

    >>> lowered(np.array([0, 0, 0, 0, 1]), 0.5)
    {0: 2, 1: 1}
    """
    found = counts(y)
    wanted = round(min(found.values(), default=0) / ratio)
    return {each: min(count, wanted) for each, count in found.items()}
