"""Random over- and under-sampling of row positions with imbalanced-learn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from imblearn.over_sampling import RandomOverSampler
from imblearn.under_sampling import RandomUnderSampler

from custpred.resample._drawn import Drawn

if TYPE_CHECKING:
    import pandas as pd


def repeat(X: pd.DataFrame, y: np.ndarray, wanted: dict[int, int], seed: int) -> Drawn:
    """Return all rows, followed by repeated ones, until each class has ``wanted`` rows."""
    indices = _drawn(RandomOverSampler(sampling_strategy=wanted, random_state=seed), y)
    return Drawn(_rows(X, indices), y[indices], indices)


def thin(X: pd.DataFrame, y: np.ndarray, wanted: dict[int, int], seed: int) -> Drawn:
    """Return the rows that stay, in their original order, ``wanted`` of each class."""
    indices = np.sort(_drawn(RandomUnderSampler(sampling_strategy=wanted, random_state=seed), y))
    return Drawn(_rows(X, indices), y[indices], indices)


def _rows(X: pd.DataFrame, indices: np.ndarray) -> pd.DataFrame:
    """Return rows by position with a new index: duplicates would break joins."""
    rows = X.take(indices)
    rows.index = range(len(rows))
    return rows


def _drawn(sampler: RandomOverSampler | RandomUnderSampler, y: np.ndarray) -> np.ndarray:
    """Return the positions of rows that a sampler selects; all rows of a single class."""
    if len(np.unique(y)) < 2:
        return np.arange(len(y))
    sampler.fit_resample(np.zeros((len(y), 1)), y)
    taken: np.ndarray = sampler.sample_indices_
    return taken
