"""Raw scores, and contributions that add up to them.

The four functions of ``scipy.special`` that every model needs are implemented in NumPy, because
importing ``scipy.special`` takes 0.25 CPU seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

Floats = np.ndarray
# Gauss-Legendre nodes on [0, 1]: 8 integrate polynomials up to degree 15 exactly
_NODES, _WEIGHTS = (np.polynomial.legendre.leggauss(8)[0] + 1) / 2, np.polynomial.legendre.leggauss(8)[1] / 2


def expit(raw: Floats) -> Floats:
    """Return ``1 / (1 + exp(-raw))``.

    >>> expit(np.array([-800.0, 0.0, 800.0])).tolist()
    [0.0, 0.5, 1.0]
    """
    with np.errstate(over="ignore"):
        chance: Floats = 1.0 / (1.0 + np.exp(-raw))
    return chance


def softmax(scores: Floats) -> Floats:
    """Return ``exp(scores)`` divided by their sum along the second axis."""
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: Floats = odds / odds.sum(axis=1, keepdims=True)
    return shares


def logsumexp(scores: Floats) -> Floats:
    """Return the logarithm of the sum of ``exp(scores)`` along the second axis, kept."""
    top = scores.max(axis=1, keepdims=True)
    total: Floats = top + np.log(np.exp(scores - top).sum(axis=1, keepdims=True))
    return total


def log_softmax(scores: Floats) -> Floats:
    """Return log-probabilities of unnormalised scores, shape (n, k)."""
    normalised: Floats = scores - logsumexp(scores) if len(scores) else np.asarray(scores, float)
    return normalised


def probabilities(raw: Floats) -> Floats:
    """Return probabilities (n, k), which sum to 1, from logits (n,) or log-probabilities (n, k)."""
    if raw.ndim == 1:
        return np.column_stack([expit(-raw), expit(raw)])
    shares: Floats = softmax(raw) if len(raw) else np.exp(raw)
    return shares


def of_probabilities(shares: Floats, least: float) -> Floats:
    """Return raw scores of probabilities (n, k), at least ``least``: logits (n,) if k is 2."""
    kept = np.clip(shares, least, 1 - least)
    first = kept[:, 1] if shares.shape[1] == 2 else None
    return log_softmax(np.log(kept)) if first is None else np.asarray(np.log(first) - np.log1p(-first))


def shares_of(y: np.ndarray, weight: np.ndarray | None, classes: int) -> Floats:
    """Return smoothed class shares, (classes,), none 0 (Krichevsky-Trofimov: half a row each)."""
    counts = np.bincount(y, weights=weight, minlength=classes) + 0.5
    shares: Floats = counts / counts.sum()
    return shares


def through(parts: Floats, value: Callable[[Floats], Floats], slope: Callable[[Floats], Floats]) -> Floats:
    """Convert additive contributions to z into contributions to a function g(z).

    Parameters
    ----------
    parts : ndarray of shape (n, p + 1)
        Contributions to z; the last column is the start value z0.
    value, slope
        The function g and its derivative.

    Returns
    -------
    ndarray of shape (n, p + 1)
        ``parts_i * (g(z) - g(z0)) / (z - z0)`` and the start ``g(z0)``.

    Notes
    -----
    The path integral of g's derivative on the line from the start to the customer (Aumann & Shapley
    1974; Friedman 2004, Int.  J. Game Theory 32), so the parts add up to g(z) exactly.
    """
    start, end = parts[:, -1], parts.sum(axis=1)
    change = end - start
    still = np.abs(change) < 1e-9 * (1 + np.abs(start))
    rise = value(end) - value(start)
    rate = np.where(still, slope(start), rise / np.where(still, 1.0, change))
    return np.column_stack([parts[:, :-1] * rate[:, None], value(start)])


def through_product(logits: Floats, values: Floats) -> Floats:
    """Convert contributions to a logit f and a value v, (n, p + 1), to those to ``expit(f) v``.

    The path is straight, as in ``through``, with f and v together; the closed form is by parts.
    """
    (f0, v0), (f1, v1) = ((each[:, -1] for each in (logits, values)), (each.sum(axis=1) for each in (logits, values)))
    change, first, last = f1 - f0, expit(f0) * v0, expit(f1) * v1
    still = np.abs(change) < 1e-6
    step = np.where(still, 1.0, change)
    chance = np.where(still, expit(f0), (np.logaddexp(0, f1) - np.logaddexp(0, f0)) / step)
    slope = np.where(still, expit(f0) * expit(-f0) * (v0 + v1) / 2, (last - first - (v1 - v0) * chance) / step)
    return np.column_stack([logits[:, :-1] * slope[:, None] + values[:, :-1] * chance[:, None], first])


def normalised(parts: Floats) -> Floats:
    """Convert contributions to class scores to those to log-probabilities, (n, p + 1, k).

    The log of the normalising sum is attributed along the straight path of ``through``: the softmax
    is integrated by Gauss-Legendre quadrature, then corrected so that contributions add up exactly.
    """
    start, end = parts[:, -1], parts.sum(axis=1)
    change = end - start
    mean = sum(w * softmax(start + t * change) for t, w in zip(_NODES, _WEIGHTS, strict=True))
    before = logsumexp(start)[:, 0]
    rise = logsumexp(end)[:, 0] - before
    length = np.maximum((change**2).sum(axis=1), 1e-300)
    mean = mean + change * ((rise - (mean * change).sum(axis=1)) / length)[:, None]
    out = parts.astype(float)
    out[:, :-1] -= np.einsum("npk,nk->np", parts[:, :-1], mean)[:, :, None]
    out[:, -1] -= before[:, None]
    return out
