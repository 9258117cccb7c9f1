"""The BG/NBD model of Fader, Hardie and Lee (2005): how often active customers buy.

While a customer is active, purchases occur at a rate that is Gamma(r, alpha) distributed over
customers; after each one the customer leaves with a probability that is Beta(a, b) distributed.
Parameters are arrays of shape (4,): r, alpha, a, b; alpha has the unit of the times.  Equation
numbers are those of "Counting Your Customers" the Easy Way, Marketing Science 24(2), 275-284.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np
from scipy.linalg import eigh_tridiagonal
from scipy.optimize import minimize
from scipy.special import digamma, expit, gammaln

if TYPE_CHECKING:
    from collections.abc import Callable

MOST = 100_000
"""Maximum number of customers in the likelihood: four parameters do not need more."""
STARTS = ((0.5, 1.0, 0.5, 2.0), (1.0, 1.0, 1.0, 1.0), (0.2, 0.2, 2.0, 10.0))
BOUND = 7.0
"""Maximum logarithm of a parameter, in units of mean age: the likelihood can be flat."""
NODES, CHUNK = 64, 20_000
_TINY = 1e-300


class Histories(NamedTuple):
    """Repeat purchases x, first to last t_x, time since the first T, and number of customers.

    Every array has shape (n,).
    """

    repeats: np.ndarray
    last: np.ndarray
    age: np.ndarray
    customers: np.ndarray

    @classmethod
    def grouped(cls, repeats: np.ndarray, last: np.ndarray, age: np.ndarray, seed: int = 0) -> Self:
        """Group customers with identical histories; from a random sample if there are very many."""
        values = np.column_stack([repeats, last, age]).astype(float)
        if len(values) > MOST:
            values = values[np.random.default_rng(seed).choice(len(values), MOST, replace=False)]
        kept, count = np.unique(values, axis=0, return_counts=True)
        repeats, last, age = kept.T
        return cls(repeats, last, age, count.astype(float))


class Window(NamedTuple):
    """The prediction window: it starts ``gap`` after the cutoff and is ``length`` long."""

    gap: float
    length: float


def log_likelihood(parameters: np.ndarray, of: Histories) -> tuple[float, np.ndarray]:
    """Return the log-likelihood (equation 6) of all customers and its gradient, shape (4,).

    The two terms, active and gone, are added on the log scale to avoid overflow and underflow.
    """
    r, alpha, a, b = parameters
    x, at = np.unique(of.repeats, return_inverse=True)
    shape = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    shape += gammaln(b + x) + gammaln(a + b) - gammaln(a + b + x) - gammaln(b)
    there, gone = _terms(parameters, of)
    both = np.logaddexp(there, gone)
    left = of.customers * np.exp(gone - both)
    stay = of.customers - left
    total = np.bincount(at, of.customers)
    slopes = [
        total @ (digamma(r + x) - digamma(r) + np.log(alpha))
        - stay @ np.log(alpha + of.age)
        - left @ np.log(alpha + of.last),
        of.customers.sum() * r / alpha - (r + of.repeats) @ (stay / (alpha + of.age) + left / (alpha + of.last)),
        total @ (digamma(a + b) - digamma(a + b + x)) + left.sum() / a,
        total @ (digamma(b + x) - digamma(b) + digamma(a + b) - digamma(a + b + x))
        - (left / np.maximum(b + of.repeats - 1, _TINY) * (of.repeats > 0)).sum(),
    ]
    return float(total @ shape + of.customers @ both), np.array(slopes)


def _terms(parameters: np.ndarray, of: Histories) -> tuple[np.ndarray, np.ndarray]:
    """Return the logs of the two terms of equation 6 without common factor: active, gone."""
    r, alpha, a, b = parameters
    there = -(r + of.repeats) * np.log(alpha + of.age)
    back = of.repeats > 0
    odds = np.log(a) - np.log(np.where(back, b + of.repeats - 1, 1.0))
    return there, np.where(back, odds - (r + of.repeats) * np.log(alpha + of.last), -np.inf)


def fit(of: Histories) -> np.ndarray:
    """Return the maximum-likelihood parameters, (4,), from a few starts (L-BFGS on logs)."""
    unit = float(np.average(of.age, weights=of.customers)) or 1.0
    scaled = of._replace(last=of.last / unit, age=of.age / unit)

    def cost(logs: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = log_likelihood(np.exp(logs), scaled)
        return -value / of.customers.sum(), -slope * np.exp(logs) / of.customers.sum()

    found = [
        minimize(
            cost, np.log(start), jac=True, method="L-BFGS-B", bounds=[(-BOUND, BOUND)] * 4, options={"ftol": 1e-13}
        )
        for start in STARTS
    ]
    best: np.ndarray = np.exp(min(found, key=lambda each: each.fun).x)
    return np.asarray(best * np.array([1.0, unit, 1.0, 1.0]))


def alive(parameters: np.ndarray, of: Histories) -> np.ndarray:
    """Return the probability of being active, (n,); 1 without repeat purchases.

    Fader, Hardie and Lee (2008), "Computing P(alive) Using the BG/NBD Model".
    """
    there, gone = _terms(parameters, of)
    chance: np.ndarray = expit(there - gone)
    return chance


def chance_of_purchase(parameters: np.ndarray, of: Histories, window: Window) -> np.ndarray:
    """Return the probability of at least one purchase in the window, shape (n,).

    A customer who is active now and leaves with probability p after each purchase is still active
    after the lead time g with probability exp(-lambda p g), and then buys within h with probability
    1 - exp(-lambda h).  Given the history, lambda is Gamma(r + x, alpha + T) and p is Beta(a, b +
    x) (equation 7 ff.); without a lead time this is P(alive) (1 - ((alpha + T) / (alpha + T +
    h))^(r + x)).
    """

    def given(p: np.ndarray, shape: np.ndarray, rate: np.ndarray) -> np.ndarray:
        still = np.exp(-shape * np.log1p(p * window.gap / rate))
        return np.asarray(still * -np.expm1(-shape * np.log1p(window.length / (rate + p * window.gap))))

    return np.asarray(np.clip(alive(parameters, of) * _mean(given, parameters, of), 0.0, 1.0))


def expected_orders(parameters: np.ndarray, of: Histories, window: Window) -> np.ndarray:
    """Return the expected purchases in the window, (n,): equation 10 after a lead time.

    Equation 10 is the mean over p of (1 - ((alpha + T) / (alpha + T + p t))^(r + x)) / p, times
    P(alive).  So it has no pole at a = 1, where the closed form divides by 0.
    """

    def given(p: np.ndarray, shape: np.ndarray, rate: np.ndarray) -> np.ndarray:
        still = np.exp(-shape * np.log1p(p * window.gap / rate))
        return np.asarray(still * -np.expm1(-shape * np.log1p(p * window.length / (rate + p * window.gap))) / p)

    return np.asarray(alive(parameters, of) * _mean(given, parameters, of))


def _mean(given: Callable[..., np.ndarray], parameters: np.ndarray, of: Histories) -> np.ndarray:
    """Return each customer's mean of a function of p ~ Beta(a, b + x), the leaving probability."""
    r, alpha, a, b = parameters
    x, at = np.unique(of.repeats, return_inverse=True)
    quadratures = [beta_nodes(a, b + each) for each in x]
    points, weights = (
        (np.array(each).reshape(-1, NODES) for each in zip(*quadratures, strict=True)) if len(x) else ((), ())
    )
    mean = np.empty(len(at))
    for first in range(0, len(at), CHUNK):
        rows = slice(first, first + CHUNK)
        shape, rate = (r + of.repeats[rows])[:, None], (alpha + of.age[rows])[:, None]
        mean[rows] = (weights[at[rows]] * given(points[at[rows]], shape, rate)).sum(axis=1)
    return mean


def beta_nodes(a: float, b: float) -> tuple[np.ndarray, np.ndarray]:
    """Return points in (0, 1) and weights that sum to 1, (NODES,), for means under Beta(a, b).

    Golub and Welsch (1969): the eigenvalues of the Jacobi polynomials' recurrence are the points,
    and the squares of the eigenvectors' first entries the weights.
    """
    k = np.arange(1.0, NODES)
    s = 2 * k + a + b - 2
    centre = np.append((a - b) / (a + b), ((a - 1) ** 2 - (b - 1) ** 2) / (s * (s + 2)))
    off = 4 * k * (k + b - 1) * (k + a - 1) * (k + a + b - 2) / (s**2 * (s + 1) * np.append(1.0, s[1:] - 1))
    off[0] = 4 * a * b / ((a + b) ** 2 * (a + b + 1))
    points, vectors = eigh_tridiagonal(centre, np.sqrt(off))
    return np.clip((points + 1) / 2, _TINY, 1.0), vectors[0] ** 2
