"""The Gamma-Gamma model of spend per purchase (Fader and Hardie 2013, brucehardie.com/notes/025).

A customer's amounts are Gamma(p, nu), and nu is Gamma(q, gamma) over customers, independent of
frequency.  Parameters are an array of shape (3,): p, q, gamma, the last in the unit of amounts.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize
from scipy.special import digamma, gammaln

MOST = 100_000
LEAST_Q, BOUND = 1.01, 7.0
"""Minimum of q (infinite mean up to q = 1), and maximum logarithm of a parameter."""


def log_likelihood(parameters: np.ndarray, x: np.ndarray, mean: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the log-likelihood (equation 1a) of mean amounts, (n,), and its gradient, (3,)."""
    p, q, gamma = parameters
    whole = gamma + x * mean
    total = p * x + q
    value = (
        gammaln(total) - gammaln(p * x) - gammaln(q) + q * np.log(gamma)
        + p * x * np.log(x) + (p * x - 1) * np.log(mean) - total * np.log(whole)
    )  # fmt: skip
    slopes = [
        (x * (digamma(total) - digamma(p * x) + np.log(x * mean / whole))).sum(),
        (digamma(total) - digamma(q) + np.log(gamma / whole)).sum(),
        (q / gamma - total / whole).sum(),
    ]
    return float(value.sum()), np.array(slopes)


def fit(x: np.ndarray, mean: np.ndarray, seed: int = 0) -> np.ndarray:
    """Return the maximum-likelihood parameters, (3,), from customers with positive amounts.

    Parameters
    ----------
    x, mean : ndarray of shape (n,)
        Purchases, at least 1, and their mean amount, above 0.
    """
    if len(x) > MOST:
        rows = np.random.default_rng(seed).choice(len(x), MOST, replace=False)
        x, mean = x[rows], mean[rows]
    unit = float(mean.mean())

    def cost(logs: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = log_likelihood(np.exp(logs), x, mean / unit)
        return -value / len(x), -slope * np.exp(logs) / len(x)

    bounds = [(-BOUND, BOUND), (np.log(LEAST_Q), BOUND), (-BOUND, BOUND)]
    start = np.log([2.0, 3.0, 1.0])
    best: np.ndarray = np.exp(
        minimize(cost, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-13}).x
    )
    return np.asarray(best * np.array([1.0, 1.0, unit]))


def expected_amount(parameters: np.ndarray, x: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Return expected amounts, (n,): equation 5, the customer's mean shrunk to that of all.

    Without repeat purchases (x = 0, ``mean`` NaN) it is the mean of all, p gamma / (q - 1).
    """
    p, q, gamma = parameters
    known = np.where(np.isfinite(mean), x, 0.0)
    own = known * np.maximum(np.nan_to_num(mean), 0.0)
    return np.asarray(p * (gamma + own) / (p * known + q - 1))
