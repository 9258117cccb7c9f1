"""Thresholds of a score: counts at each threshold, and the policy's decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from custpred.errors import DataError, NotApplicable
from custpred.policy import Policy

if TYPE_CHECKING:
    from custpred.evaluate.base import Evidence
    from custpred.policy import Decisions

MOST_CUTS = 99


def cuts(score: np.ndarray) -> np.ndarray:
    """Return at most 99 increasing thresholds at quantiles of the score, and 0.5."""
    values = np.unique(np.quantile(score, np.linspace(0, 1, MOST_CUTS), method="inverted_cdf"))
    return np.unique(np.r_[values, 0.5])


def counted(score: np.ndarray, truth: np.ndarray, thresholds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the number of selected customers, and of positives among them, for each threshold."""
    order = np.sort(score)
    positives = np.sort(score[truth == 1])
    selected = len(order) - np.searchsorted(order, thresholds, side="left")
    return selected, len(positives) - np.searchsorted(positives, thresholds, side="left")


def f1(selected: np.ndarray, found: np.ndarray, positives: int) -> np.ndarray:
    """Return the harmonic mean of precision and recall, 0 without true positives."""
    return np.asarray(2.0 * found / np.maximum(selected + positives, 1))


def profits(evidence: Evidence, thresholds: np.ndarray) -> np.ndarray | None:
    """Return the realised profit of contacting all from each threshold on; None if unknown."""
    try:
        value = evidence.business.customer_values(evidence.table)
    except DataError:
        return None
    predictions = evidence.predictions
    each = evidence.business.profit((predictions.truth == 1).astype(float), value)
    order = np.argsort(predictions.positive)
    left_out = np.r_[0.0, np.cumsum(each[order])]
    places = np.searchsorted(predictions.positive[order], thresholds, side="left")
    return np.asarray(left_out[-1] - left_out[places])


def policy_of(evidence: Evidence) -> Policy:
    """Return the model's policy, or one learned from these rows for the first metric."""
    return evidence.policy or Policy.learn(evidence.business, evidence.metrics[0], evidence.predictions)


def decided(evidence: Evidence) -> Decisions:
    """Return the policy's decisions on these customers, made separately in each scoring round."""
    policy, predictions = policy_of(evidence), evidence.predictions
    needed = policy.column(predictions.task) is not None
    amounts = policy.business.amounts(evidence.table) if needed else None
    return policy.decide(predictions.task, predictions.predicted, amounts, evidence.rounds)


def decisions(evidence: Evidence) -> np.ndarray:
    """Return the class that the policy assigns to each customer, shape (n,)."""
    code = decided(evidence).code
    if code is None:
        raise NotApplicable("decisions on amounts need a value, a cost or a capacity in the recipe.")
    return code


def threshold(evidence: Evidence, chosen: np.ndarray) -> float | None:
    """Return the probability threshold of selection; None if no single threshold decides."""
    policy, score = policy_of(evidence), evidence.predictions.positive
    if policy.rule(evidence.predictions.task) == "threshold":
        return policy.threshold
    yes, no = score[chosen == 1], score[chosen == 0]
    if not len(yes) or (len(no) and yes.min() <= no.max()):
        return None
    return float(yes.min())
