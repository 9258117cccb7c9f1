"""Latency and throughput of a predictor, and which members fit a latency limit."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from custpred.inference.predictor import Member, Predictor

TRIES = 15
MANY = (1_000, 5_000, 20_000, 100_000)
"""Batch sizes to try, larger for faster predictors."""
CELLS = 5_000_000
"""Maximum cells of a batch: with many columns, building a large one is slow."""


def measure_latency(predictor: Predictor, frame: pd.DataFrame, seconds: float) -> dict[str, float]:
    """Return ``single_row_ms``, from raw row to prediction, and ``predict_rows_per_second``.

    Parameters
    ----------
    frame
        Conforming rows, shape (n_rows, n_columns); repeated if they are few.
    seconds
        Approximate time for the measurement; the largest batch that fits is used.
    """
    if not len(frame):
        return {}
    alone = _least(lambda: predictor.predict(predictor.conform(frame.iloc[[0]])[0]), 0.2 * seconds)
    rows, spent = 0, 0.0
    for more in MANY:
        if rows and (spent * more / rows > 0.6 * seconds or more * frame.shape[1] > CELLS):
            break
        batch = frame.iloc[np.resize(np.arange(len(frame)), more)].reset_index(drop=True)
        rows, spent = more, _timed(lambda: predictor.predict(batch))  # noqa: B023 - called at once
    return {"single_row_ms": round(1000 * alone, 3), "predict_rows_per_second": round(rows / spent)}


def within(predictor: Predictor, row: pd.DataFrame, limit: float) -> tuple[Member, ...]:
    """Return the members that fit a latency limit, the heaviest first; the fastest if none fits.

    Parameters
    ----------
    row
        One conforming row.
    limit
        Maximum seconds of the preparation and all members together.
    """

    def took(*members: Member) -> float:
        alone = replace(predictor, members=members)
        return _least(lambda: alone.predict(row), 0.5)

    retained: tuple[Member, ...] = ()
    for member in sorted(predictor.members, key=lambda each: -each.weight):
        if took(*retained, member) <= limit:
            retained = (*retained, member)
    return retained or (min(predictor.members, key=took),)


def _least(work: Callable[[], object], seconds: float) -> float:
    """Return the shortest of a few tries: other processes can only add time."""
    work()  # the first call warms up
    end, found = time.perf_counter() + seconds, [_timed(work)]
    while len(found) < TRIES and time.perf_counter() < end:
        found.append(_timed(work))
    return min(found)


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
