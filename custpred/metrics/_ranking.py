"""Gains curves of ranked predictions.

A curve is a pair of arrays (total, gained), one entry for each distinct score from the highest to
the lowest: the weight of all rows down to this score, and their weighted amount (positives, or
money).  Equal scores are added together, so no metric depends on the order of rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

Curve = tuple[np.ndarray, np.ndarray]


def ranking(score: np.ndarray, amount: np.ndarray) -> Callable[[np.ndarray | None], Curve]:
    """Sort once and return a function from row weights to the curve."""
    order = np.argsort(-score)
    sorted_score, sorted_amount = score[order], amount[order].astype(np.float64)
    ends = _ends(sorted_score)
    pick: np.ndarray | slice = slice(None) if len(ends) == len(order) else ends

    def curve(weight: np.ndarray | None) -> Curve:
        each = np.ones(len(order)) if weight is None else weight[order].astype(np.float64)
        return np.cumsum(each)[pick], np.cumsum(each * sorted_amount)[pick]

    return curve


def binary_curve(score: np.ndarray, positive: np.ndarray) -> Curve:
    """Return the unweighted curve of 0/1 outcomes.

    Doubles in [0, 2) have the order of their bits and leave the second-highest bit free, so outcome
    and probability fit in one word: sorting words is several times faster than sorting row numbers.
    """
    score = np.ascontiguousarray(score, dtype=np.float64)
    if not len(score) or not (score.min() >= 0.0 and score.max() < 2.0):
        return ranking(score, positive)(None)
    words = (score + 0.0).view(np.uint64)
    words <<= np.uint64(1)
    words |= positive.astype(bool)
    np.invert(words, out=words)
    words.sort()
    gained = np.cumsum(~words & np.uint64(1), dtype=np.float64)
    words >>= np.uint64(1)
    ends = _ends(words)
    return (ends + 1.0, gained) if len(ends) == len(words) else (ends + 1.0, gained[ends])


def _ends(ordered: np.ndarray) -> np.ndarray:
    """Return the last position of each group of equal values."""
    last = np.ones(len(ordered), dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=last[:-1])
    return np.flatnonzero(last)


def area_under_roc(curve: Curve) -> float:
    """Return P(a positive ranks above a negative), counting ties half; nan with one class only."""
    total, gained = curve
    if not len(total):
        return float("nan")
    missed = total - gained
    pairs = gained[-1] * missed[-1]
    # the shoelace formula
    area = (missed[1:] * gained[:-1]).sum() - (missed[:-1] * gained[1:]).sum()
    return float(0.5 + area / (2.0 * pairs)) if pairs > 0 else float("nan")


def average_precision(curve: Curve) -> float:
    """Return the precision, averaged over the steps of recall; nan without positives."""
    total, gained = curve
    if not len(total) or gained[-1] <= 0:
        return float("nan")
    precision = np.divide(gained, total, out=np.zeros_like(gained), where=total > 0)
    return float((gained[0] * precision[0] + (np.diff(gained) * precision[1:]).sum()) / gained[-1])


def gained_at(curve: Curve, share: float) -> float:
    """Return the share of the total amount in the best-scored share, dividing ties evenly."""
    total, gained = curve
    if not len(total) or gained[-1] <= 0:
        return float("nan")
    return float(np.interp(share * total[-1], np.r_[0.0, total], np.r_[0.0, gained]) / gained[-1])


def area_above_even(curve: Curve) -> float:
    """Return the area between the curve and the diagonal (twice the Lorenz area, unscaled)."""
    total, gained = np.r_[0.0, curve[0]], np.r_[0.0, curve[1]]
    return float((np.diff(total) * (gained[1:] + gained[:-1])).sum() - total[-1] * gained[-1])
