"""The best single column in bins (Holte 1993, Very simple classification rules perform well, Machine Learning 11)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from custpred.models._frame import category_positions, codes
from custpred.models._scores import of_probabilities, shares_of

if TYPE_CHECKING:
    import pandas as pd

    from custpred.task import Fit, Rows

_ROWS = 50_000  # enough to compare columns; the chosen one is then learned from all rows


@dataclass(frozen=True)
class Rule:
    """Bins of one column: 0 for gaps and unknown levels, then one per interval or level.

    Parameters
    ----------
    column
        Position of the column.
    edges : ndarray of shape (n_edges,)
        Inner bounds of the intervals, or the known category codes in order.
    category
        Whether the column holds category codes.
    scores : ndarray of shape (n_bins,) or (n_bins, k)
        Raw score of each bin.
    start : ndarray of shape () or (k,)
        Raw score of all rows together.
    """

    column: int
    edges: np.ndarray
    category: bool
    scores: np.ndarray
    start: np.ndarray

    def bins_of(self, X: pd.DataFrame) -> np.ndarray:
        """Return each row's bin, shape (n_rows,)."""
        return _bins(_values(X, self.column, self.category), self.edges, self.category)

    def dump(self) -> dict[str, Any]:
        """Return plain data; ``Rule(**data)`` reads it back."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def learn(rows: Rows, bins: int, smoothing: float, fit: Fit) -> Rule:
    """Return the rule of the column with the smallest leave-one-out loss."""
    answers = _answers(rows.y, fit)
    weight = np.ones(len(rows.y)) if rows.weight is None else np.asarray(rows.weight, dtype=float)
    drawn = np.random.default_rng(fit.seed).permutation(len(weight))[:_ROWS]
    some, marks = rows.X.iloc[drawn], set(category_positions(rows.X))
    losses = []
    for i in range(rows.X.shape[1]):
        values = _values(some, i, i in marks)
        found = _bins(values, _edges(values, bins, i in marks), i in marks)
        losses.append(_loss(found, answers[drawn], weight[drawn], smoothing))
    column = int(np.argmin(losses))
    values = _values(rows.X, column, column in marks)
    edges = _edges(values, bins, column in marks)
    means, prior = _means(_bins(values, edges, column in marks), answers, weight, smoothing, len(edges) + 2)
    if fit.task.kind == "regression":
        return Rule(column, edges, column in marks, means[:, 0], np.asarray(prior[0]))
    overall = shares_of(rows.y, rows.weight, fit.task.classes)[None]
    least = 0.5 / (len(weight) + 1)
    start = np.asarray(of_probabilities(overall, least)[0])
    return Rule(column, edges, column in marks, of_probabilities(means, least), start)


def _answers(y: np.ndarray, fit: Fit) -> np.ndarray:
    """Return what bins average: one column per class, or the value; shape (n, k)."""
    if fit.task.kind == "regression":
        return np.asarray(y, dtype=float)[:, None]
    marks: np.ndarray = np.eye(fit.task.classes)[y]
    return marks


def _values(X: pd.DataFrame, column: int, category: bool) -> np.ndarray:
    return codes(X.iloc[:, column]) if category else X.iloc[:, column].to_numpy(np.float32)


def _edges(values: np.ndarray, bins: int, category: bool) -> np.ndarray:
    known = values[~np.isnan(values)]
    if category or not len(known):
        return np.unique(known)
    return np.unique(np.quantile(known, np.linspace(0, 1, bins + 1)[1:-1], method="lower"))


def _bins(values: np.ndarray, edges: np.ndarray, category: bool) -> np.ndarray:
    place = np.searchsorted(edges, values)
    known = ~np.isnan(values)
    if category:
        known &= np.isin(values, edges)
    return np.where(known, place + 1, 0)


def _sums(bins: np.ndarray, answers: np.ndarray, weight: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    total = np.bincount(bins, weights=weight, minlength=count)
    sums = [np.bincount(bins, weights=weight * each, minlength=count) for each in answers.T]
    return total, np.column_stack(sums)


def _means(
    bins: np.ndarray, answers: np.ndarray, weight: np.ndarray, smoothing: float, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return smoothed means per bin, shape (count, k), and over all rows, shape (k,)."""
    total, sums = _sums(bins, answers, weight, count)
    prior = np.average(answers, axis=0, weights=weight)
    return (sums + smoothing * prior) / (total + smoothing)[:, None], prior


def _loss(bins: np.ndarray, answers: np.ndarray, weight: np.ndarray, smoothing: float) -> float:
    """Return the weighted squared error (for classes: the Brier score) with each row left out of its bin's mean."""
    total, sums = _sums(bins, answers, weight, int(bins.max()) + 1)
    prior = np.average(answers, axis=0, weights=weight)
    own = weight[:, None]
    others = (sums[bins] - own * answers + smoothing * prior) / (total[bins][:, None] - own + smoothing)
    return float(np.average(((answers - others) ** 2).sum(axis=1), weights=weight))
