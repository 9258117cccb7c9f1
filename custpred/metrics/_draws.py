"""Row counts of bootstrap draws, shared by all metrics of the same rows."""

from __future__ import annotations

from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from custpred.task import Predictions


class Draws:
    """Any number of draws with replacement, as counts (n_rows,), cached for other metrics."""

    def __init__(self, strata: list[np.ndarray], seed: int) -> None:
        self._strata, self._rng = strata, np.random.default_rng(seed)
        self._kept: list[np.ndarray] = []

    def __iter__(self) -> Iterator[np.ndarray]:
        for number in count():
            if number == len(self._kept):
                self._kept.append(counts(self._strata, self._rng).astype(np.uint16))
            yield self._kept[number].astype(float)


def draws(predictions: Predictions, seed: int) -> Draws:
    """Return the draws for a seed; those of the last two sets of rows are cached."""
    regression = predictions.task.kind == "regression"
    labels = b"" if regression else np.asarray(predictions.truth, dtype=np.int64).tobytes()
    return _draws(labels, len(predictions), seed)


@lru_cache(maxsize=2)
def _draws(labels: bytes, rows: int, seed: int) -> Draws:
    return Draws(_of_codes(np.frombuffer(labels, dtype=np.int64) if labels else np.zeros(rows, dtype=np.int64)), seed)


def strata(predictions: Predictions) -> list[np.ndarray]:
    """Return the row numbers of each class that occurs; for regression, those of all rows."""
    if predictions.task.kind == "regression":
        return [np.arange(len(predictions))]
    return _of_codes(predictions.truth)


def _of_codes(codes: np.ndarray) -> list[np.ndarray]:
    return [np.flatnonzero(codes == code) for code in np.unique(codes)]


def counts(strata: list[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Return how often each row is drawn, (n_rows,); each stratum gets at least one row."""
    sizes = np.array([len(rows) for rows in strata])
    drawn = np.maximum(rng.multinomial(sizes.sum(), sizes / sizes.sum()), 1)
    found = np.empty(sizes.sum())
    for rows, size in zip(strata, drawn, strict=True):
        found[rows] = np.bincount(rng.integers(0, len(rows), size), minlength=len(rows))
    return found
