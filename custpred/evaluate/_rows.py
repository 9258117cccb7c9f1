"""Rows as plain JSON values, and Wilson intervals of shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.storage.plain import JSON

Z = 1.959963984540054
"""Standard normal quantile for a 95 % interval."""


def rows_of(**columns: np.ndarray | Sequence[object]) -> tuple[JSON, ...]:
    """Return each row as a dict of plain JSON values; numbers that are not finite become None."""
    plain = [_plain(values) for values in columns.values()]
    return tuple(dict(zip(columns, row, strict=True)) for row in zip(*plain, strict=True))


def number(value: float) -> float | None:
    """Return a plain float, None if it is not finite."""
    return float(value) if np.isfinite(value) else None


def wilson(hits: np.ndarray | float, trials: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
    """Return the 95 % Wilson interval of shares; 0 to 1 without trials.

    References
    ----------
    Wilson (1927), JASA 22:209; Brown, Cai and DasGupta (2001), Statistical Science 16:101.
    """
    tries = np.asarray(trials, dtype=float)
    n = np.maximum(tries, 1e-12)
    share = np.asarray(hits, dtype=float) / n
    centre = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * np.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    low, high = np.clip(centre - half, 0.0, share), np.clip(centre + half, share, 1.0)
    return np.where(tries > 0, low, 0.0), np.where(tries > 0, high, 1.0)


def _plain(values: np.ndarray | Sequence[object]) -> list[object]:
    listed = values.tolist() if isinstance(values, np.ndarray) else list(values)
    return [None if isinstance(value, float) and not np.isfinite(value) else value for value in listed]
