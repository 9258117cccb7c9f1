"""Groups of customers of equal size by score; customers with equal scores stay together."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from custpred.evaluate._rows import rows_of, wilson

if TYPE_CHECKING:
    from custpred.storage.plain import JSON
    from custpred.task import Predictions


def equal_counts(score: np.ndarray, bins: int, least: int = 1, weight: np.ndarray | None = None) -> np.ndarray:
    """Return the group of each customer, 0 for the lowest scores, shape (n,).

    Equal scores are in the group of their mean rank; a group below ``least`` joins a neighbour.
    """
    bins = max(1, min(bins, len(score) // max(least, 1)))
    _, place, counts = np.unique(score, return_inverse=True, return_counts=True)
    mass = counts if weight is None else np.bincount(place, weight)
    middle = (mass.cumsum() - mass / 2) / mass.sum()
    group = np.minimum((middle * bins).astype(int), bins - 1)
    sizes = np.bincount(group, weights=counts, minlength=bins)
    return np.asarray(merged(sizes, least)[group][place])


def merged(sizes: np.ndarray, least: int) -> np.ndarray:
    """Return each group's new number, merging neighbours until each has ``least`` customers."""
    numbers = np.zeros(len(sizes), dtype=int)
    current, held = 0, 0.0
    for place, size in enumerate(sizes):
        numbers[place] = current
        held += size
        if held >= least:
            current, held = current + 1, 0.0
    if held and current:
        numbers[numbers == current] = current - 1
    return numbers


class Reliability(NamedTuple):
    """Predictions and outcomes by group of customers, each of shape (n_groups,).

    ``counts`` of customers, weighted means ``predicted`` and ``actual``, the ``share`` of the total
    weight, and the ``effective`` number of customers: as many of equal weight have the same
    variance (Kish 1965, Survey Sampling, section 11.7).
    """

    counts: np.ndarray
    predicted: np.ndarray
    actual: np.ndarray
    share: np.ndarray
    effective: np.ndarray

    @property
    def ece(self) -> float:
        """Return the expected calibration error."""
        return float(self.share @ abs(self.predicted - self.actual))

    def rows(self) -> tuple[JSON, ...]:
        """Return the groups with the Wilson intervals of their outcomes."""
        low, high = wilson(self.actual * self.effective, self.effective)
        return rows_of(customers=self.counts, predicted=self.predicted, actual=self.actual, low=low, high=high)


def reliability(
    group: np.ndarray, prediction: np.ndarray, outcome: np.ndarray, weight: np.ndarray | None = None
) -> Reliability:
    """Return predictions and outcomes by group; ``weight`` None: equal weights."""
    counts = np.bincount(group)
    own = np.ones(len(group)) if weight is None else weight
    mass = np.bincount(group, own)
    effective = counts if weight is None else mass**2 / np.bincount(group, own**2)
    predicted, actual = (np.bincount(group, own * each) / mass for each in (prediction, outcome))
    return Reliability(counts, predicted, actual, mass / mass.sum(), effective)


def calibration_curve(predictions: Predictions, bins: int, least: int) -> Reliability:
    """Return the reliability of probabilities: of the positive class, or of the likeliest one."""
    weight = predictions.weight
    if predictions.task.kind == "binary":
        chance, happened = predictions.positive, predictions.truth == 1
    else:
        chance = predictions.predicted.max(axis=1)
        happened = predictions.predicted.argmax(axis=1) == predictions.truth
    return reliability(equal_counts(chance, bins, least, weight), chance, happened, weight)
