"""Two-class logistic regression by Newton's method, in NumPy.

Each step solves the weighted least-squares problem of the current probabilities (iteratively
reweighted least squares: Hastie, Tibshirani and Friedman 2009, 4.4.1), with a backtracking line
search.  The weights equal those of scikit-learn's ``newton-cholesky`` (as a test shows), which
takes 1.4 CPU seconds to import, too long for the first model on a busy machine.

A Hessian costs as much as a hundred gradients.  So it is used again while steps shrink the gradient
well (the chord method: Nocedal and Wright 2006, 11.1), and many rows start from the weights and the
Hessian of some of them, which are usually so close that no Hessian of all rows is needed.
"""

from __future__ import annotations

import time
from typing import NamedTuple, Protocol

import numpy as np

_BLOCK = 4096
"""Rows per matrix product, so that the block and its weighted copy stay in the cache."""
_TOLERANCE = 1e-7
_STEPS = 100
_HALVINGS = 20
_REUSE = 0.3
"""A Hessian is used again if the last step left at most this share of the gradient."""
_SAMPLED, _PART = 50_000, 8
"""Number of rows from which the start is fitted to every n-th row."""


class Weights(NamedTuple):
    """Weights (1, p) and intercept (1,), in the shapes of scikit-learn's linear models."""

    coef_: np.ndarray
    intercept_: np.ndarray


def two_classes(
    values: np.ndarray, y: np.ndarray, weight: np.ndarray | None, C: float, seconds: float | None = None
) -> Weights:
    """Return the weights that minimise the penalised loss; the intercept is not penalised.

    Parameters
    ----------
    values
        Scaled columns without missing values, shape (n_rows, n_columns).
    y
        Two distinct labels; the larger is the positive class, shape (n_rows,).
    weight
        Weight of each row, shape (n_rows,); None for equal weights.
    C
        scikit-learn's ``C``: the factor of the loss relative to half the squared weights.
    seconds
        Time limit, after which the current weights are returned; at least one step is made.

    >>> values = np.array([[-1.0], [-0.5], [0.5], [1.0]])
    >>> two_classes(values, np.array([0, 1, 0, 1]), None, 1.0).coef_.round(2)
    array([[0.31]])
    """
    if values.shape[1] > len(values):
        return _turned(values, y, weight, C, seconds)
    positive, start, curvature = (y == np.max(y)).astype(float), np.zeros(values.shape[1] + 1), None
    if len(y) >= _SAMPLED:
        some = slice(None, None, _PART)  # the same penalty of the mean loss as for all rows
        own = None if weight is None else weight[some]
        start, curvature = minimised(Problem(values[some], positive[some], own, C * _PART), start, seconds)
    found, _ = minimised(Problem(values, positive, weight, C), start, seconds, curvature)
    return Weights(found[None, :-1], found[-1:])


def minimised(
    problem: Minimised, start: np.ndarray, seconds: float | None = None, curvature: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the weights, shape (width,), at which the problem's loss is lowest, and a Hessian.

    ``curvature``: a Hessian near the one at the start.
    """
    began = time.monotonic()
    found, scores = start, problem.scores(start)
    loss, steepest = problem.loss(scores, found), np.inf
    for step in range(_STEPS):
        gradient = problem.gradient(scores, found)
        steepest, before = float(np.abs(gradient).max()), steepest
        if steepest <= _TOLERANCE or (step and seconds is not None and time.monotonic() - began > seconds):
            break
        if curvature is None or steepest > _REUSE * before:
            curvature = problem.curvature(scores)
        direction = np.linalg.solve(curvature, gradient)
        length = 1.0
        for _ in range(_HALVINGS):
            tried = found - length * direction
            new = problem.scores(tried)
            lower = problem.loss(new, tried)
            if lower < loss - 1e-4 * length * float(gradient @ direction):
                break
            length /= 2
        else:
            break  # no step reduces the loss by more than rounding error
        found, scores, loss = tried, new, lower
    return found, curvature


def _turned(values: np.ndarray, y: np.ndarray, weight: np.ndarray | None, C: float, seconds: float | None) -> Weights:
    """Return the weights of a table with more columns than rows, rotated to ``n_rows`` columns.

    Weights are combinations of rows, and a rotation does not change the penalty: if
    ``values.T = Q R``, ``values @ Q``, (n_rows, n_rows), has the same losses (Hastie et al. 2009,
    18.3.5).
    """
    turn = np.linalg.qr(values.T)[0]
    found = two_classes(values @ turn, y, weight, C, seconds)
    return Weights(found.coef_ @ turn.T, found.intercept_)


class Minimised(Protocol):
    """A loss and its derivatives, computed from scores, which depend on the weights alone."""

    def scores(self, weights: np.ndarray) -> np.ndarray: ...
    def loss(self, scores: np.ndarray, weights: np.ndarray) -> float: ...
    def gradient(self, scores: np.ndarray, weights: np.ndarray) -> np.ndarray: ...
    def curvature(self, scores: np.ndarray) -> np.ndarray: ...


class Problem:
    """The penalised mean loss and its derivatives; the last weight is the intercept.

    ``total``: the weight of all rows, if these are a part with that share of loss and penalty.
    """

    def __init__(
        self, values: np.ndarray, y: np.ndarray, weight: np.ndarray | None, C: float, total: float | None = None
    ) -> None:
        own = float(len(y) if weight is None else np.sum(weight))
        total = total or own
        self._rows = np.column_stack([values, np.ones(len(y))])
        self._y = y
        self._share = np.full(len(y), 1 / total) if weight is None else weight / total
        self._penalty = np.full(self._rows.shape[1], own / total / (C * total))
        self._penalty[-1] = 0.0

    def scores(self, weights: np.ndarray) -> np.ndarray:
        """Return the logit of each row, shape (n_rows,)."""
        return np.asarray(self._rows @ weights)

    def loss(self, scores: np.ndarray, weights: np.ndarray) -> float:
        """Return the mean log loss plus the penalty."""
        return float(self._share @ (np.logaddexp(0, scores) - self._y * scores) + 0.5 * (self._penalty @ weights**2))

    def gradient(self, scores: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return the gradient (p,)."""
        apart = self._share * (_probabilities(scores) - self._y)
        return np.asarray(self._rows.T @ apart + self._penalty * weights)

    def curvature(self, scores: np.ndarray) -> np.ndarray:
        """Return the Hessian (p, p)."""
        positive = _probabilities(scores)
        bend = self._share * positive * (1 - positive)
        curvature = np.diag(self._penalty + 1e-12)
        for start in range(0, len(scores), _BLOCK):
            rows = self._rows[start : start + _BLOCK]
            curvature += (rows * bend[start : start + _BLOCK, None]).T @ rows
        return curvature


def _probabilities(scores: np.ndarray) -> np.ndarray:
    return np.asarray(0.5 * (1 + np.tanh(scores / 2)))
