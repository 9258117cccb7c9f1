"""Upper bounds of means that allow for unobserved customers: a Pareto tail.

A few large numbers dominate the mean of a heavy-tailed distribution, and a bootstrap cannot draw
larger ones than observed.  If the tail is significantly heavier than exponential, the excesses are
modelled as generalised Pareto, and the mean is drawn from the uncertainty of body and tail.

References
----------
Pickands (1975), Annals of Statistics 3: why Pareto.  Johansson (2003), Extremes 6: body and tail.
Zhang and Stephens (2009), A new and efficient estimation method for the generalized Pareto
distribution, Technometrics 51: the grid, its weights and the shape.  Vehtari et al. (2024), Pareto
smoothed importance sampling, JMLR 25: the number of excesses, and the prior of the shape.
"""

from __future__ import annotations

import numpy as np

_MIN_EXCESSES = 10
"""Minimum number of excesses for fitting a tail."""
_PRIOR, _PRIOR_WEIGHT = 0.5, 10
"""Prior mean of the shape of a heavy tail, and its weight as a number of observations."""
_MAX_SHAPE = 0.95
"""Maximum shape: from 1 on the mean is infinite."""
_CRITICAL = 3.84
"""Likelihood ratio against the exponential from which a tail is heavy (chi-squared, 95 %)."""
_DRAWS = 2000


def highest_mean(values: np.ndarray, chance: float, seed: int) -> float:
    """Return an upper bound of the mean of a distribution; -inf if its tail is not heavy.

    Parameters
    ----------
    values
        A sample of the distribution, shape (n_rows,), finite.
    chance
        Probability that the mean exceeds the bound, such as .025.
    seed
        Seed of the draws.
    """
    rows = len(values)
    count = int(min(rows / 5, 3 * np.sqrt(rows)))
    if count < _MIN_EXCESSES:
        return -np.inf
    ordered = np.partition(values, rows - count - 1)
    edge, body = ordered[rows - count - 1], ordered[: rows - count]
    excess = np.sort(ordered[rows - count :] - edge)
    excess = excess[excess > 0]
    count = len(excess)
    if count < _MIN_EXCESSES:
        return -np.inf
    rng = np.random.default_rng(seed)
    beyond = _tail_means(excess / excess.mean(), rng)
    if beyond is None:
        return -np.inf
    share = rng.beta(count, rows - count, _DRAWS)
    usual = rng.normal(body.mean(), body.std() / np.sqrt(len(body)), _DRAWS)
    means = (1 - share) * usual + share * (edge + excess.mean() * beyond)
    return float(np.quantile(means, 1 - chance))


def _tail_means(excess: np.ndarray, rng: np.random.Generator) -> np.ndarray | None:
    """Return draws of a tail's mean from sorted excesses of mean 1; None if not clearly heavy."""
    rates, shapes, gains = _grid(excess)
    chances = np.exp(gains - gains.max())
    chances /= chances.sum()
    if 2 * gains.max() < _CRITICAL or chances @ shapes <= 0:
        return None
    count = len(excess)
    chosen = rng.choice(len(rates), _DRAWS, p=chances)
    shape = shapes[chosen] * count / rng.gamma(count, size=_DRAWS)
    scale = -shape / rates[chosen]
    shape = np.minimum((count * shape + _PRIOR_WEIGHT * _PRIOR) / (count + _PRIOR_WEIGHT), _MAX_SHAPE)
    means: np.ndarray = scale / (1 - shape)
    return means


def _grid(excess: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return rates (minus shape over scale), each one's best shape, and log-likelihood ratio.

    Zhang and Stephens (2009), section 3, with the opposite sign; ratios are to the exponential.
    """
    count = len(excess)
    size = 30 + int(np.sqrt(count))
    steps = np.arange(1, size + 1)
    rates = 1 / excess[-1] + (1 - np.sqrt(size / (steps - 0.5))) / (3 * excess[(count + 2) // 4 - 1])
    rates = np.where(np.abs(rates) < 1e-9, -1e-9, rates)
    shapes = np.log1p(-rates[:, None] * excess).mean(axis=1)
    return rates, shapes, count * (np.log(-rates / shapes) - shapes)
