"""Fits of linear scores, and their contributions."""

from __future__ import annotations

import time
import warnings
from inspect import signature
from typing import TYPE_CHECKING, Any

import numpy as np

from custpred.models._threads import limited

if TYPE_CHECKING:
    from custpred.task import Fit, Rows

_STEPS = 400
_NEWTON_WIDTH = 400  # weights; beyond it the Hessian costs more than L-BFGS's steps


def logistic(values: np.ndarray, rows: Rows, freedom: float, ratio: float, fit: Fit) -> Any:
    """Return scikit-learn's fitted logistic regression; ``ratio`` is the share of L1 in the penalty.

    The fit goes on from its last weights in rounds of 50 steps (SAGA: 10), and looks at the clock between rounds.
    """
    from sklearn.linear_model import LogisticRegression

    width = values.shape[1] * max(1, fit.task.classes - 1)
    solver = "saga" if ratio else "newton-cholesky" if width <= _NEWTON_WIDTH < len(values) else "lbfgs"
    steps = 10 if ratio else 50
    options: dict[str, Any] = {"solver": solver, "C": freedom, "tol": 1e-5, "max_iter": steps, "warm_start": True}
    if ratio:
        options |= {"l1_ratio": ratio, "random_state": fit.seed}
        if signature(LogisticRegression).parameters["penalty"].default == "l2":  # before scikit-learn 1.8
            options["penalty"] = "elasticnet"
    model, began = LogisticRegression(**options), time.monotonic()
    with limited(fit.threads), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # 'did not converge' is answered by the next round
        for _ in range(_STEPS // steps):
            model.fit(values, rows.y, sample_weight=rows.weight)
            over = fit.seconds is not None and time.monotonic() - began >= fit.seconds
            if over or int(np.max(model.n_iter_)) < steps:
                break
    return model


def least_squares(
    values: np.ndarray, y: np.ndarray, weight: np.ndarray | None, shrink: tuple[float, float], fit: Fit
) -> Any:
    """Return scikit-learn's fitted ridge or elastic net; ``shrink`` is the penalty per row and its share of L1."""
    from sklearn.linear_model import ElasticNet, Ridge

    alpha, ratio = shrink
    total = len(y) if weight is None else float(np.sum(weight))
    model = ElasticNet(alpha=alpha, l1_ratio=ratio) if ratio else Ridge(alpha=alpha * total)
    with limited(fit.threads), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a nearly singular matrix is met by the penalty
        return model.fit(values, y, sample_weight=weight)


def linear_parts(values: np.ndarray, weights: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Return each column's part in the scores, shape (n, p + 1, k); the last is the start."""
    parts = values[:, :, None] * weights
    return np.concatenate([parts, np.broadcast_to(start, (len(values), 1, len(start)))], axis=1)
