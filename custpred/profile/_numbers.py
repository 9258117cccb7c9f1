"""Statistics of a numeric column from a single sort: moments, quantiles, counts, outliers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LEVELS = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


@dataclass(frozen=True)
class Numbers:
    """Statistics of a numeric column; ``missing`` apart, of finite values only."""

    rows: int
    missing: int
    distinct: int
    mean: float
    sd: float
    skew: float
    kurtosis: float
    quantiles: tuple[float, ...]
    """The 1, 5, 25, 50, 75, 95 and 99 % quantiles."""
    range: tuple[float, float]
    """The smallest and largest value; never shown, as each may be a single customer's."""
    ends: tuple[int, int]
    """The number of rows with the smallest and with the largest value."""
    top: tuple[float, int]
    """The most common value and its number of rows."""
    zeros: int
    negatives: int
    beyond_fences: int
    """Values more than 1.5 interquartile ranges outside the quartiles (Tukey 1977)."""
    beyond_sd: int
    """Values more than three standard deviations from the mean."""


def describe(values: np.ndarray) -> Numbers:
    """Sort a copy once and compute everything from it; shape (n_rows,), float."""
    ordered = np.sort(values[np.isfinite(values)])
    rows, count = len(values), len(ordered)
    if not count:
        nan = float("nan")
        none = (nan,) * len(LEVELS)
        return Numbers(rows, rows, 0, nan, nan, nan, nan, none, (nan, nan), (0, 0), (nan, 0), 0, 0, 0, 0)
    mean, sd, skew, kurtosis = _moments(ordered)
    quantiles = _quantiles(ordered)
    low, high = quantiles[2], quantiles[4]
    reach = 1.5 * (high - low)
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    runs = np.diff(starts, append=count)
    most = int(runs.argmax())
    return Numbers(
        rows,
        rows - count,
        len(starts),
        mean,
        sd,
        skew,
        kurtosis,
        quantiles,
        (float(ordered[0]), float(ordered[-1])),
        (int(runs[0]), int(runs[-1])),
        (float(ordered[starts[most]]), int(runs[most])),
        _between(ordered, 0.0, 0.0),
        int(np.searchsorted(ordered, 0.0, "left")),
        count - _between(ordered, low - reach, high + reach),
        count - _between(ordered, mean - 3 * sd, mean + 3 * sd),
    )


def _between(ordered: np.ndarray, low: float, high: float) -> int:
    """Count the values between low and high, inclusive."""
    return int(np.searchsorted(ordered, high, "right") - np.searchsorted(ordered, low, "left"))


def _quantiles(ordered: np.ndarray) -> tuple[float, ...]:
    """Return the quantiles of sorted values with linear interpolation."""
    place = np.array(LEVELS) * (len(ordered) - 1)
    below = place.astype(np.intp)
    above = np.minimum(below + 1, len(ordered) - 1)
    part = place - below
    return tuple((ordered[below] * (1 - part) + ordered[above] * part).tolist())


def _moments(values: np.ndarray) -> tuple[float, float, float, float]:
    """Return mean, standard deviation (n - 1), skewness, excess kurtosis; nan if constant.

    Values are scaled first, so that 1e300 does not overflow.
    """
    scale = max(abs(float(values[0])), abs(float(values[-1]))) or 1.0
    scaled = values / scale
    mean = float(scaled.mean())
    scaled -= mean
    square = scaled * scaled
    variance = float(square.mean())
    if variance <= 1e-30:
        return mean * scale, 0.0, float("nan"), float("nan")
    third, fourth = float((square * scaled).mean()), float((square * square).mean())
    sd = float(np.sqrt(variance * len(values) / max(len(values) - 1, 1)))
    return mean * scale, sd * scale, third / variance**1.5, fourth / variance**2 - 3.0
