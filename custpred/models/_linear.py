"""Fits of linear scores, and their contributions."""

from __future__ import annotations  # light: imports inside functions are deliberate

import time
import warnings
from inspect import signature
from typing import TYPE_CHECKING

import numpy as np

from custpred.models._newton import two_classes
from custpred.models._threads import limited

if TYPE_CHECKING:
    from sklearn.linear_model import ElasticNet, LogisticRegression, Ridge

    from custpred.models._newton import Weights
    from custpred.storage.plain import JSON
    from custpred.task import Fit, Rows

_STEPS = 400
_MANY_CELLS, _FIRST_ITERATIONS = 200_000, 5  # rows times classes of large problems
_NEWTON_WIDTH = 400  # maximum of weights; with more, the Hessian takes longer than L-BFGS


def logistic(values: np.ndarray, rows: Rows, C: float, l1_ratio: float, fit: Fit) -> LogisticRegression | Weights:
    """Return the fit with ``coef_`` and ``intercept_``; ``l1_ratio`` is the penalty's L1 share.

    Two classes with few columns or rows are fitted by Newton's method (``_newton.py``), others by
    scikit-learn with warm starts, in rounds of 50 iterations (SAGA: 10) with a check of the time
    limit.  If iterations are expensive (many classes), rounds start with 5 and grow with the time
    left.
    """
    width = values.shape[1] * max(1, fit.task.classes - 1)
    solver = "saga" if l1_ratio else "newton-cholesky" if width <= _NEWTON_WIDTH < len(values) else "lbfgs"
    if not l1_ratio and fit.task.classes == 2 and min(width, len(values)) <= _NEWTON_WIDTH:
        with limited(fit.threads):
            return two_classes(values, rows.y, rows.weight, C, fit.seconds)
    from sklearn.linear_model import LogisticRegression

    steps = 10 if l1_ratio else 50
    options: JSON = {"solver": solver, "C": C, "tol": 1e-5, "max_iter": steps, "warm_start": True}
    if l1_ratio:
        options |= {"l1_ratio": l1_ratio, "random_state": fit.seed}
        # before scikit-learn 1.8
        if signature(LogisticRegression).parameters["penalty"].default == "l2":
            options["penalty"] = "elasticnet"
    model, began = LogisticRegression(**options), time.monotonic()
    with limited(fit.threads), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the next round handles 'did not converge'
        most, done = steps, 0
        if fit.seconds is not None and solver == "lbfgs" and len(values) * max(1, fit.task.classes) > _MANY_CELLS:
            model.max_iter = steps = _FIRST_ITERATIONS
        while done < _STEPS:
            model.fit(values, rows.y, sample_weight=rows.weight)
            done, spent = done + steps, time.monotonic() - began
            left = _STEPS if fit.seconds is None else int((fit.seconds - spent) * done / max(spent, 1e-9))
            if left <= 0 or int(np.max(model.n_iter_)) < steps:
                break
            model.max_iter = steps = min(most, max(_FIRST_ITERATIONS, left // 2))
    return model


def least_squares(
    values: np.ndarray, y: np.ndarray, weight: np.ndarray | None, shrink: tuple[float, float], fit: Fit
) -> ElasticNet | Ridge:
    """Return scikit-learn's fitted ridge or elastic net; ``shrink``: penalty per row, L1 share."""
    from sklearn.linear_model import ElasticNet, Ridge

    alpha, l1_ratio = shrink
    total = len(y) if weight is None else float(np.sum(weight))
    model = ElasticNet(alpha=alpha, l1_ratio=l1_ratio) if l1_ratio else Ridge(alpha=alpha * total)
    with limited(fit.threads), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the penalty handles a nearly singular matrix
        return model.fit(values, y, sample_weight=weight)


def linear_parts(values: np.ndarray, weights: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Return columns' contributions to the scores, (n, p + 1, k); the last is the start value."""
    parts = values[:, :, None] * weights
    return np.concatenate([parts, np.broadcast_to(start, (len(values), 1, len(start)))], axis=1)
