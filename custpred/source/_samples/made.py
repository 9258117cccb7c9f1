"""Shared by the sample generators: the result, and a few random draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

TODAY = np.datetime64("2025-01-01", "us")


@dataclass(frozen=True)
class Made:
    """Synthetic customers.

    Parameters
    ----------
    frame
        All columns, outcomes last.
    truths
        For each outcome, the truth given the columns: the probability of the positive label,
        (n_rows,), or of sorted labels, (n_rows, n_labels), or the expected value, (n_rows,).
    """

    frame: pd.DataFrame
    truths: dict[str, np.ndarray]


def sigmoid(logit: np.ndarray) -> np.ndarray:
    """Return the probabilities of logits."""
    probability: np.ndarray = 1 / (1 + np.exp(-logit))
    return probability


def draw(chance: np.random.Generator, shares: Mapping[str, float], rows: int) -> np.ndarray:
    """Draw labels with the given shares, shape (n_rows,)."""
    weights = np.array(list(shares.values()))
    names = np.array(list(shares), dtype=object)
    drawn: np.ndarray = names[chance.choice(len(names), size=rows, p=weights / weights.sum())]
    return drawn


def effect(labels: np.ndarray, of: Mapping[str, float]) -> np.ndarray:
    """Return the effect of each label, 0 if not listed, shape (n_rows,)."""
    total = np.zeros(len(labels))
    for label, size in of.items():
        total[labels == label] = size
    return total


def days_before(dates: np.ndarray) -> np.ndarray:
    """Return the fractional number of days between dates and today."""
    return (TODAY - dates).astype("timedelta64[us]").astype(np.float64) / 86_400e6


def yes_no(chance: np.random.Generator, probability: np.ndarray) -> np.ndarray:
    """Draw yes or no, shape (n_rows,)."""
    drawn: np.ndarray = np.where(chance.random(len(probability)) < probability, "yes", "no").astype(object)
    return drawn
