"""Thresholds of the positive class's probability that maximise a metric on labelled rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from custpred.task import Predictions


DEFAULT = 0.5
"""The threshold that selects the most likely class."""


def best_f1(predictions: Predictions) -> float:
    """Return the probability threshold with the best F1.

    When calibrated, it is half of the best F1 (Lipton et al. 2014, arXiv:1402.1892).
    """
    return _best(predictions, lambda hits, predicted, positives, rows: 2 * hits / (predicted + positives))


def best_balance(predictions: Predictions) -> float:
    """Return the threshold with the best mean recall of both classes (Youden 1950, Cancer 3)."""

    def balance(hits: np.ndarray, predicted: np.ndarray, positives: float, rows: float) -> np.ndarray:
        return np.asarray(hits / positives - (predicted - hits) / (rows - positives))

    both = len(np.unique(predictions.truth)) > 1
    return _best(predictions, balance) if both else DEFAULT


def top_share(predictions: Predictions, share: float) -> float:
    """Return the probability threshold that selects about the given share of the rows' weight.

    A row is selected if the middle of its weight is within the share; at least one row is.
    """
    if not len(predictions):
        return DEFAULT
    weight = np.ones(len(predictions)) if predictions.weight is None else predictions.weight
    order = np.argsort(-predictions.positive, kind="stable")
    middle = np.cumsum(weight[order]) - weight[order] / 2
    selected = int(np.searchsorted(middle, share * weight.sum(), side="right"))
    return float(predictions.positive[order][max(1, selected) - 1])


def _best(predictions: Predictions, merit: Callable[[np.ndarray, np.ndarray, float, float], np.ndarray]) -> float:
    """Return the threshold that maximises ``merit(hits, selected, positives, rows)``, or 0.5."""
    weight = np.ones(len(predictions)) if predictions.weight is None else predictions.weight
    order = np.argsort(-predictions.positive, kind="stable")
    score, weight = predictions.positive[order], weight[order]
    hits, predicted = np.cumsum(weight * (predictions.truth[order] == 1)), np.cumsum(weight)
    if not len(score) or not hits[-1] > 0:
        return DEFAULT
    last = np.flatnonzero(np.append(score[1:] < score[:-1], True))  # equal scores, equal decisions
    return float(score[last][int(np.argmax(merit(hits[last], predicted[last], hits[-1], predicted[-1])))])
