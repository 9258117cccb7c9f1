"""Say yes from a score on: what such a cut finds and misses, and which one these rows speak for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from custpred.errors import DataError
from custpred.evaluate._money import capacity

if TYPE_CHECKING:
    from custpred.evaluate.base import Evidence

MOST_CUTS = 99


def cuts(score: np.ndarray) -> np.ndarray:
    """Return at most 99 rising thresholds, each leaving about as many customers more, and 0.5."""
    values = np.unique(np.quantile(score, np.linspace(0, 1, MOST_CUTS), method="inverted_cdf"))
    return np.unique(np.r_[values, 0.5])


def counted(score: np.ndarray, truth: np.ndarray, thresholds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return, for each threshold, how many customers are selected and how many positives are among them."""
    order = np.sort(score)
    positives = np.sort(score[truth == 1])
    selected = len(order) - np.searchsorted(order, thresholds, side="left")
    return selected, len(positives) - np.searchsorted(positives, thresholds, side="left")


def f1(selected: np.ndarray, found: np.ndarray, positives: int) -> np.ndarray:
    """Return the harmonic mean of precision and recall, 0 where nothing is found."""
    return np.asarray(2.0 * found / np.maximum(selected + positives, 1))


def profits(evidence: Evidence, thresholds: np.ndarray) -> np.ndarray | None:
    """Return the realised profit of contacting everyone from each threshold on; None where values are unknown."""
    try:
        worth = evidence.business.worth(evidence.table)
    except DataError:
        return None
    predictions = evidence.predictions
    each = evidence.business.profit((predictions.truth == 1).astype(float), worth)
    order = np.argsort(predictions.positive)
    left_out = np.r_[0.0, np.cumsum(each[order])]
    places = np.searchsorted(predictions.positive[order], thresholds, side="left")
    return np.asarray(left_out[-1] - left_out[places])


def threshold(evidence: Evidence) -> float:
    """Return the model's own threshold, or the one with the best profit within capacity, or the best F1, here."""
    if evidence.threshold is not None:
        return evidence.threshold
    score, truth = evidence.predictions.positive, evidence.predictions.truth
    each = cuts(score)
    money = profits(evidence, each)
    selected, found = counted(score, truth, each)
    if money is not None:
        within = selected <= (capacity(evidence) or len(score))
        return float(each[np.where(within, money, -np.inf).argmax()] if within.any() else each[-1])
    return float(each[f1(selected, found, int((truth == 1).sum())).argmax()])


def answers(evidence: Evidence) -> np.ndarray:
    """Return the class that each customer is given: from the threshold on, or the likeliest; shape (n,)."""
    predictions = evidence.predictions
    if predictions.task.kind == "binary":
        return (predictions.positive >= threshold(evidence)).astype(int)
    return np.asarray(predictions.answer.argmax(axis=1))
