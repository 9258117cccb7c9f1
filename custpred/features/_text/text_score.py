"""Scores of texts: TF-IDF of their n-grams of words and characters, weighted by a linear model.

For classes, the columns are first scaled by the log-count ratio of naive Bayes and then weighted by
one-vs-rest logistic regression; for values, they are weighted by ridge regression.

References
----------
Wang, S. and Manning, C. (2012), Baselines and bigrams: simple, good sentiment and topic
classification, ACL, eq. 3 for the ratio; Salton and Buckley (1988), Information Processing and
Management 24(5), for TF-IDF with the logarithm of counts and rows of length 1.  Hsieh et al.
(2008), ICML, and Yu et al. (2011), Machine Learning 85, for dual coordinate descent: it goes over
texts, not over half a million weights, in a third of the time of L-BFGS.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

MAX_ITERATIONS, TOLERANCE = 60, 0.01
"""Maximum iterations and tolerance; a smaller one changes no prediction on 25,000 reviews."""
PRIOR = 1.0
"""Prior count of texts in each class."""


@dataclass(frozen=True)
class ScoreOptions:
    """Options of the linear model: inverse penalty ``strength``; ``ratio``: naive Bayes first."""

    strength: float
    ratio: bool
    classes: bool
    bayes: bool = False
    """Whether naive Bayes ratios are the weights: 100 times as fast for many classes."""


def rarity(counts: csr_matrix) -> np.ndarray:
    """Return inverse document frequencies ``log((1+n)/(1+n_j)) + 1``, float32, (n_runs,)."""
    held = np.bincount(counts.indices, minlength=counts.shape[1])
    return np.asarray(np.log((1 + counts.shape[0]) / (1 + held)) + 1, dtype=np.float32)


def weighed(counts: csr_matrix, rare: np.ndarray) -> csr_matrix:
    """Return TF-IDF, ``(1 + log count) * rarity``, with rows of norm 1; shape of ``counts``."""
    data = (1 + np.log(counts.data)) * rare[counts.indices]
    row = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    length = np.sqrt(np.bincount(row, weights=np.square(data), minlength=counts.shape[0]))
    data = (data / length[row]).astype(np.float32)
    return csr_matrix((data, counts.indices, counts.indptr), shape=counts.shape)


def fitted(X: csr_matrix, aims: np.ndarray, options: ScoreOptions) -> tuple[np.ndarray, np.ndarray]:
    """Return weights (n_runs, n_aims) and intercepts (n_aims,): scores ``X @ weights + starts``.

    Parameters
    ----------
    X : csr_matrix of shape (n_texts, n_runs)
    aims : ndarray of shape (n_aims, n_texts)
        0/1 for each class, or values.
    options
        Options of the linear model.
    """
    learn = _bayes if options.bayes else _classes if options.classes else _values
    found = [learn(X, aim, options) for aim in aims]
    weights = np.column_stack([weight for weight, _ in found]).astype(np.float32)
    return weights, np.array([start for _, start in found])


def _classes(X: csr_matrix, aim: np.ndarray, options: ScoreOptions) -> tuple[np.ndarray, float]:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    if not 0 < aim.sum() < len(aim) or not X.shape[1]:
        return np.zeros(X.shape[1], dtype=np.float32), _log_odds(aim)
    ratio = _ratio(X, aim) if options.ratio else np.ones(X.shape[1], dtype=np.float32)
    how = {"solver": "liblinear", "dual": True, "tol": TOLERANCE, "max_iter": MAX_ITERATIONS, "random_state": 0}
    learner = LogisticRegression(C=options.strength, **how)
    with warnings.catch_warnings():  # weights that have not fully converged are used as they are
        warnings.simplefilter("ignore", ConvergenceWarning)
        learner.fit(csr_matrix((X.data * ratio[X.indices], X.indices, X.indptr), shape=X.shape), aim)
    return learner.coef_[0].astype(np.float32) * ratio, float(learner.intercept_[0])


def _values(X: csr_matrix, aim: np.ndarray, options: ScoreOptions) -> tuple[np.ndarray, float]:
    """Return ridge weights and intercept for scaled values, penalty ``|w|**2 / (2 strength)``."""
    middle, spread = (float(aim.mean()), float(aim.std()) or 1.0) if len(aim) else (0.0, 1.0)
    goal, turned = (aim - middle) / spread, X.T.tocsr()

    def cost(point: np.ndarray) -> tuple[float, np.ndarray]:
        residual = X @ point[:-1].astype(np.float32) + point[-1] - goal
        slope = np.append(turned @ residual.astype(np.float32), residual.sum()) + point / options.strength
        return float(residual @ residual / 2 + point @ point / (2 * options.strength)), slope

    start, how = np.zeros(X.shape[1] + 1), {"maxiter": MAX_ITERATIONS, "ftol": 1e-7}
    found = minimize(cost, start, jac=True, method="L-BFGS-B", options=how).x
    return found[:-1] * spread, float(found[-1]) * spread + middle


def _bayes(X: csr_matrix, aim: np.ndarray, options: ScoreOptions) -> tuple[np.ndarray, float]:
    """Return the log-count ratios as weights, and the log odds of the class as intercept."""
    return (_ratio(X, aim) if X.shape[1] else np.zeros(0, dtype=np.float32)), _log_odds(aim)


def _log_odds(aim: np.ndarray) -> float:
    return float(np.log((aim.sum() + PRIOR) / (len(aim) - aim.sum() + PRIOR)))


def _ratio(X: csr_matrix, aim: np.ndarray) -> np.ndarray:
    """Return each n-gram's log-count ratio between the class and the others, shape (n_runs,)."""
    inside, outside = X.T @ aim.astype(np.float32) + PRIOR, X.T @ (1 - aim).astype(np.float32) + PRIOR
    ratio: np.ndarray = np.log(inside / inside.sum()) - np.log(outside / outside.sum())
    return ratio.astype(np.float32)


def out_of_fold(X: csr_matrix, aims: np.ndarray, fold: np.ndarray, options: ScoreOptions) -> np.ndarray:
    """Return scores by a model of the other folds, float32 of shape (n_aims, n_texts)."""
    scores = np.empty(aims.shape, dtype=np.float32)
    for held in range(int(fold.max()) + 1):
        inside = fold != held
        weights, starts = fitted(X[inside], aims[:, inside], options)
        scores[:, ~inside] = scored(X[~inside], weights, starts)
    return scores


def scored(X: csr_matrix, weights: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return scores, float32 of shape (n_aims, n_texts)."""
    return np.asarray((X @ weights).T + starts[:, None], dtype=np.float32)
