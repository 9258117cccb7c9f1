"""Shared by the makers of samples: the result, and a few draws."""

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
    """Made customers.

    Parameters
    ----------
    frame
        All columns, outcomes last.
    truths
        For each outcome, the truth given the columns shown: the probability of the positive label (n_rows,), of
        each label in sorted order (n_rows, n_labels), or the expected value (n_rows,).
    key
        The column with the customer's id, if one.
    """

    frame: pd.DataFrame
    truths: dict[str, np.ndarray]
    key: str | None


def sigmoid(logit: np.ndarray) -> np.ndarray:
    """Return probabilities of logits."""
    probability: np.ndarray = 1 / (1 + np.exp(-logit))
    return probability


def draw(chance: np.random.Generator, shares: Mapping[str, float], rows: int) -> np.ndarray:
    """Draw labels by their shares, shape (n_rows,)."""
    weights = np.array(list(shares.values()))
    names = np.array(list(shares), dtype=object)
    drawn: np.ndarray = names[chance.choice(len(names), size=rows, p=weights / weights.sum())]
    return drawn


def effect(labels: np.ndarray, of: Mapping[str, float]) -> np.ndarray:
    """Return each label's effect, 0 where it has none, shape (n_rows,)."""
    total = np.zeros(len(labels))
    for label, size in of.items():
        total[labels == label] = size
    return total


def days_before(dates: np.ndarray) -> np.ndarray:
    """Return how many days lie between dates and today, with fractions."""
    return (TODAY - dates).astype("timedelta64[us]").astype(np.float64) / 86_400e6


def yes_no(chance: np.random.Generator, probability: np.ndarray) -> np.ndarray:
    """Draw yes or no, shape (n_rows,)."""
    drawn: np.ndarray = np.where(chance.random(len(probability)) < probability, "yes", "no").astype(object)
    return drawn
