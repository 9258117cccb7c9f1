"""How strongly one column predicts the target, out of fold, from 0 to 1 for every kind of column.

Classes: the Gini coefficient 2 AUC - 1 of the class's share in the column's bins or levels, learned
on four fifths of the rows and evaluated on the rest; for several classes, the mean over
one-vs-rest.  Values: the correlation ratio, the root of the cross-validated share of variance (of
the target's ranks) that the bins explain.  For ordered columns the strength of the plain order (|2
AUC - 1|, or Spearman's correlation), which needs no bins, is used if it is greater.

References
----------
Fisher (1925), Statistical methods for research workers, section 45 (the correlation ratio).
Hanley and McNeil (1982), The meaning and use of the area under a ROC curve, Radiology 143(1).
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from custpred.columns.sampling import stratified

if TYPE_CHECKING:
    from custpred.task import Task

_FOLDS = 5
_SMOOTH = 5.0
"""Pseudo-rows with the overall share added to each bin, to keep small levels near it."""
_EXACT = 64
"""Numbers with at most this many distinct values are not binned."""


class Signal:
    """The target of the sample rows, prepared for comparison with many columns."""

    def __init__(self, truth: np.ndarray, task: Task, seed: int = 0) -> None:
        self._fold = stratified(truth, _FOLDS, np.random.default_rng(seed))
        if task.kind == "regression":
            rank = midranks(truth)
            self._sides = [rank / max(len(rank), 1)]
        elif task.kind == "binary":
            self._sides = [(truth == 1).astype(np.float64)]
        else:
            counts = np.bincount(truth.astype(np.intp), minlength=task.classes)
            common = np.argsort(-counts, kind="stable")[:20]
            self._sides = [(truth == code).astype(np.float64) for code in common if counts[code] >= 10]
        self._values = task.kind == "regression"

    @cached_property
    def error(self) -> float:
        """The standard error of the strength of an unrelated column; 0 without a usable class."""
        if self._values:
            return 1.0 / math.sqrt(max(len(self._sides[0]), 1))
        each = [_gini_error(float(side.sum()), len(side)) for side in self._sides]
        return sum(each) / len(each) if each else 0.0

    def strength(self, codes: np.ndarray, rank: np.ndarray | None = None) -> float:
        """Return the strength of a column, as codes 0, 1, ... and, if ordered, its mid-ranks."""
        cell = self._fold * (int(codes.max(initial=0)) + 1) + codes
        measure = _explained if self._values else _gini
        each = [measure(cell, side) for side in self._sides]
        found = float(np.mean(each)) if each else 0.0
        return max(found, self._order(rank)) if rank is not None else found

    def _order(self, rank: np.ndarray) -> float:
        """Return the strength of the plain order."""
        if self._values:
            return spearman(rank, self._sides[0])
        return float(np.mean([_order_gini(rank, side) for side in self._sides])) if self._sides else 0.0


def _tables(cell: np.ndarray, side: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return rows, target sums, and means over the other folds, each (folds, levels)."""
    width = -(-(int(cell.max(initial=0)) + 1) // _FOLDS)
    size = np.bincount(cell, minlength=_FOLDS * width).reshape(_FOLDS, -1).astype(np.float64)
    total = np.bincount(cell, side, minlength=_FOLDS * width).reshape(_FOLDS, -1)
    overall = side.mean() if len(side) else 0.0
    promised = (total.sum(axis=0) - total + _SMOOTH * overall) / (size.sum(axis=0) - size + _SMOOTH)
    return size, total, promised


def _gini(cell: np.ndarray, side: np.ndarray) -> float:
    size, total, promised = _tables(cell, side)
    found = [_cell_gini(*each) for each in zip(size, total, promised, strict=True)]
    return max(float(np.mean(found)), 0.0)


def _cell_gini(size: np.ndarray, total: np.ndarray, promised: np.ndarray) -> float:
    """Return 2 AUC - 1 of one fold's rows, ranked by the mean over the other folds."""
    there = size > 0
    level, place = np.unique(-promised[there], return_inverse=True)
    positive = np.cumsum(np.bincount(place, total[there], minlength=len(level)))
    negative = np.cumsum(np.bincount(place, (size - total)[there], minlength=len(level)))
    if not len(level) or positive[-1] <= 0 or negative[-1] <= 0:
        return 0.0
    area = (negative[1:] * positive[:-1]).sum() - (negative[:-1] * positive[1:]).sum()
    return float(area / (positive[-1] * negative[-1]))


def _explained(cell: np.ndarray, side: np.ndarray) -> float:
    size, total, promised = _tables(cell, side)
    missed = (side * side).sum() - 2 * (promised * total).sum() + (promised**2 * size).sum()
    spread = ((side - side.mean()) ** 2).sum() if len(side) else 0.0
    return float(np.sqrt(max(0.0, 1.0 - missed / spread))) if spread > 0 else 0.0


def _gini_error(positives: float, rows: int) -> float:
    """Return the standard error of the Gini coefficient of a random order."""
    fewer = max(min(positives, rows - positives), 1.0)
    return 2.0 * math.sqrt((rows + 1) / (12.0 * fewer * max(rows - fewer, 1.0)))


def _order_gini(rank: np.ndarray, side: np.ndarray) -> float:
    positives = side.sum()
    pairs = positives * (len(side) - positives)
    if pairs <= 0:
        return 0.0
    above = (rank * side).sum() - positives * positives / 2
    return float(abs(2 * above / pairs - 1))


def spearman(one: np.ndarray, other: np.ndarray) -> float:
    """Return the absolute correlation of two columns of ranks; 0 if one is constant."""
    one, other = one - one.mean(), other - other.mean()
    scale = np.sqrt((one * one).sum() * (other * other).sum())
    return abs(float((one * other).sum() / scale)) if scale > 0 else 0.0


def midranks(values: np.ndarray) -> np.ndarray:
    """Return ranks from 0.5 to n - 0.5, the mean rank for equal values; nan ranks in the middle."""
    order = np.argsort(values)
    count = len(values) - int(np.isnan(values).sum())
    ordered = values[order[:count]]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]][:count])
    ends = np.append(starts[1:], count)
    rank = np.full(len(values), len(values) / 2)
    rank[order[:count]] = np.repeat((starts + ends) / 2, ends - starts)
    return rank


def codes_of_numbers(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return codes (per value, or per quantile bin) and mid-ranks; missing is the last code.

    There are 5 to 64 bins of about 100 rows; equal values share a bin.
    """
    rank = midranks(values)
    missing = np.isnan(values)
    there = len(values) - int(missing.sum())
    different, dense = np.unique(rank[~missing], return_inverse=True)
    codes = np.empty(len(values), dtype=np.int32)
    if len(different) > _EXACT:
        bins = min(max(there // 100, 5), _EXACT)
        cut = (different * bins / there).astype(np.int32)
        codes[~missing] = cut[dense]
        codes[missing] = bins
    else:
        codes[~missing] = dense
        codes[missing] = len(different)
    return codes, rank
