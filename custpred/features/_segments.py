"""Scores of recency, frequency and monetary value, and segments defined by the first two."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from custpred.columns.batch import Coded
from custpred.features._cuts import placed

if TYPE_CHECKING:
    from collections.abc import Callable

RULES: tuple[tuple[str, Callable[[np.ndarray, np.ndarray], np.ndarray]], ...] = (
    ("champions", lambda r, f: (r == 5) & (f >= 4)),
    ("loyal", lambda r, f: (r >= 3) & (f >= 4)),
    ("potential loyal", lambda r, f: (r >= 4) & (f >= 2)),
    ("new", lambda r, f: (r == 5) & (f == 1)),
    ("promising", lambda r, f: (r == 4) & (f == 1)),
    ("need attention", lambda r, f: (r == 3) & (f == 3)),
    ("about to sleep", lambda r, f: (r == 3) & (f <= 2)),
    ("cannot lose", lambda r, f: (r == 1) & (f == 5)),
    ("at risk", lambda r, f: (r <= 2) & (f >= 3)),
    ("hibernating", lambda r, f: r <= 2),
)
"""The ten usual segments by scores of recency and frequency, 1 to 5; the first match applies."""


def scored(values: np.ndarray, cuts: np.ndarray, part: str) -> np.ndarray:
    """Return scores from 1 up, NaN if missing, shape (n_rows,); recent events score best."""
    place = placed(values.astype(float, copy=False), cuts).astype(float)
    score = len(cuts) + 1 - place if part == "recency" else place + 1
    found: np.ndarray = np.where(place < 0, np.nan, score).astype(np.float32)
    return found


def segment(recency: np.ndarray, frequency: np.ndarray) -> Coded:
    """Return the segments for scores from 1 to 5, missing if either score is missing."""
    held = [rule(recency, frequency) for _, rule in RULES]
    known = ~(np.isnan(recency) | np.isnan(frequency))
    codes = np.where(known, np.argmax(held, axis=0), -1)
    return Coded(codes, [name for name, _ in RULES])
