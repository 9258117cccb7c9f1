"""Bootstrap confidence intervals of metrics, paired for differences of two models.

Rows are drawn with replacement; every class keeps at least one.  Bounds are percentiles, expanded
for few rows.  Metrics of means (``MomentMetric``) resample their moments; rank metrics sort once
and are scored again with counts as weights.  For many rows, means are drawn from their normal
limit, binary predictions are binned into cells with Poisson counts, and for other metrics 50,000
rows are drawn and the spread is scaled (m out of n).  The upper bound of heavy-tailed squared
errors allows for unobserved customers (``_tail``).

References
----------
Efron and Tibshirani (1993), An introduction to the bootstrap, chapters 13 and 16.
Hesterberg (2015), What teachers should know about the bootstrap, The American Statistician 69: the
expanded percentile interval, which corrects the narrowness with few rows.
Bickel, Goetze and van Zwet (1997), Resampling fewer than n observations, Statistica Sinica 7.
"""

from __future__ import annotations

import time
from itertools import islice
from statistics import NormalDist
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from custpred.metrics._draws import counts, strata
from custpred.metrics._draws import draws as drawn_rows
from custpred.metrics._moments import MomentMetric
from custpred.metrics._score_cells import press
from custpred.metrics._student import upper_quantile
from custpred.metrics._tail import highest_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from custpred.metrics.base import Metric
    from custpred.task import Predictions

_NORMAL_ROWS = 50_000
"""Number of rows from which a normal limit replaces the quantiles of the draws."""
_MAX_PROBABILITIES, _MIN_CLASS_ROWS = 1_000_000, 10
"""Maximum probabilities (rows times classes) to draw from; minimum rows of each class then."""
_MIN_BINNED_ROWS, _MIN_BINNED_CLASS = 10_000, 100
"""Minimum numbers of rows, and of rows of each class, for binning binary predictions into cells."""
_MIN_DRAWS = 20
"""Minimum number of draws, even if time is up."""


def interval(
    metric: Metric,
    predictions: Predictions,
    *,
    draws: int = 200,
    seed: int = 0,
    level: float = 0.95,
    seconds: float | None = None,
) -> tuple[float, float]:
    """Return the lower and upper bound of a metric.

    Parameters
    ----------
    draws
        Number of bootstrap draws; beyond 50,000 rows the bounds are normal, with their deviation.
    level
        Confidence level.
    seconds
        Time limit for drawing (but at least 20 draws), after which bounds depend on the machine.

    Returns
    -------
    tuple of float
        (low, high), nan if the metric is undefined; the metric's value lies between them.  For a
        single row, or one of a class that is ranked, they are the limits of the metric, or nan.
    """
    found = _replicates(metric, (predictions,), draws, seed, seconds)[:, 0]
    return _bounds(metric, predictions, found, metric.score(predictions), level=level, seed=seed)


def paired(
    metric: Metric, first: Predictions, second: Predictions, *, draws: int = 200, seed: int = 0
) -> tuple[float, float, float]:
    """Return ``score(first) - score(second)`` with its bounds; both predict the same rows.

    The level is 95 %; if the bounds include 0, it is a tie.  Parameters as in ``interval``.
    """
    value = metric.score(first) - metric.score(second)
    found = _replicates(metric, (first, second), draws, seed, None)
    return (value, *_apart(metric, found[:, 0] - found[:, 1], value, first))


class Compared(NamedTuple):
    """A prediction compared with the first: score, ``interval``, and ``paired`` difference."""

    score: float
    bounds: tuple[float, float]
    behind: tuple[float, float, float]


def compared(
    metric: Metric,
    first: Predictions,
    others: Sequence[Predictions],
    *,
    draws: int = 200,
    seed: int = 0,
    seconds: float | None = None,
) -> list[Compared]:
    """Compare predictions of the same rows with the first, all from the same draws."""
    found = _replicates(metric, (first, *others), draws, seed, seconds)
    best, made = metric.score(first), []
    for other, drawn in zip(others, found.T[1:], strict=True):
        score = metric.score(other)
        apart = _apart(metric, found[:, 0] - drawn, best - score, first)
        made.append(Compared(score, _bounds(metric, other, drawn, score, seed=seed), (best - score, *apart)))
    return made


def _bounds(
    metric: Metric, predictions: Predictions, found: np.ndarray, value: float, *, level: float = 0.95, seed: int = 0
) -> tuple[float, float]:
    """Return the bounds of a metric's value from its bootstrap draws.

    Single rows show nothing of the spread: the bounds are then the metric's limits, if there are.
    """
    limits = metric.widest(predictions.task.classes)
    if _single(metric, predictions):
        known = np.isfinite([value, *limits]).all()
        return limits if known else (float("nan"), float("nan"))
    low, high = _band(found, value, level, predictions)
    low, high = np.clip((low, max(high, _beyond(metric, predictions, level, seed))), *limits)
    return float(low), float(high)


def _apart(metric: Metric, found: np.ndarray, value: float, first: Predictions) -> tuple[float, float]:
    """Return the bounds of a difference from its bootstrap draws; nan for single rows."""
    return (float("nan"), float("nan")) if _single(metric, first) and value else _band(found, value, 0.95, first)


def _single(metric: Metric, predictions: Predictions) -> bool:
    """Return whether a draw cannot show how the metric varies: one row, or one of a class."""
    if len(predictions) == 1:
        return True
    own = metric.by_class and predictions.task.kind == "binary"
    return own and len(predictions) > 0 and min(map(len, strata(predictions))) == 1


def _replicates(
    metric: Metric, predictions: Sequence[Predictions], draws: int, seed: int, seconds: float | None
) -> np.ndarray:
    """Return each prediction's metric in each bootstrap draw, (n_draws, n_predictions)."""
    if not len(predictions[0]):
        return np.full((1, len(predictions)), np.nan)
    if isinstance(metric, MomentMetric):
        return _of_moments(metric, predictions, draws, seed)
    rows, rng = len(predictions[0]), np.random.default_rng(seed)
    if _pressable(predictions):
        predictions, sizes = press(predictions)
        return _drawn(metric, predictions, lambda: rng.poisson(sizes), draws, seconds)
    most = _most(predictions[0])
    if rows <= most:
        return _drawn(metric, predictions, iter(drawn_rows(predictions[0], seed)).__next__, draws, seconds)
    chosen = rng.choice(rows, most, replace=False, shuffle=False)
    several = [each.take(chosen) for each in predictions]
    parts = strata(several[0])
    found = _drawn(metric, several, lambda: counts(parts, rng), draws, seconds)
    whole, part = (np.array([metric.score(each) for each in known]) for known in (predictions, several))
    shrunk: np.ndarray = whole + (found - part) * np.sqrt(most / rows)
    return shrunk


def _most(predictions: Predictions) -> int:
    """Return the maximum number of rows to draw; fewer if there are many classes, none rare."""
    rows, classes = len(predictions), predictions.task.classes if predictions.task.kind == "multiclass" else 1
    most = min(_NORMAL_ROWS, _MAX_PROBABILITIES // max(1, classes))
    return most if min(map(len, strata(predictions))) * most >= _MIN_CLASS_ROWS * rows else _NORMAL_ROWS


def _pressable(predictions: Sequence[Predictions]) -> bool:
    """Return whether rows are enough to draw counts of cells instead of rows, which is faster.

    The number of cells grows with the power of the predictions: of three it takes 0.5 GB.
    """
    if predictions[0].task.kind != "binary" or len(predictions) > 2:
        return False
    few = len(predictions) > 1 or min(map(len, strata(predictions[0]))) < _MIN_BINNED_CLASS
    return len(predictions[0]) > (_NORMAL_ROWS if few else _MIN_BINNED_ROWS)


def _drawn(
    metric: Metric,
    predictions: Sequence[Predictions],
    draw: Callable[[], np.ndarray],
    draws: int,
    seconds: float | None,
) -> np.ndarray:
    """Return the scores under each draw of row counts."""
    scorers, weight = [metric.scorer(each) for each in predictions], predictions[0].weight
    began, found = time.monotonic(), []
    for number in range(draws):
        if seconds is not None and number >= _MIN_DRAWS and time.monotonic() - began > seconds:
            break
        chosen = draw()
        weights = chosen if weight is None else chosen * weight
        found.append([scorer(weights) for scorer in scorers])
    return np.array(found)


def _of_moments(metric: MomentMetric, predictions: Sequence[Predictions], draws: int, seed: int) -> np.ndarray:
    """Return replicates of resampled means of moments: the same numbers, but much faster."""
    rows = len(predictions[0])
    weight = np.ones(rows) if predictions[0].weight is None else predictions[0].weight
    several = [metric.moments(each) for each in predictions]
    width = several[0].shape[1]
    sums = np.concatenate([*several, np.ones((rows, 1))], axis=1) * weight[:, None]
    if not np.isfinite(sums).all():
        return np.full((1, len(predictions)), np.nan)
    if rows > _NORMAL_ROWS:
        spread = np.atleast_2d(np.cov(sums, rowvar=False)) / rows
        rng = np.random.default_rng(seed)
        drawn = rng.multivariate_normal(sums.mean(axis=0), spread, size=draws, method="eigh", check_valid="ignore")
    else:
        drawn = np.stack([each @ sums for each in islice(drawn_rows(predictions[0], seed), draws)])
    with np.errstate(divide="ignore", invalid="ignore"):
        means = drawn[:, :-1] / drawn[:, -1:]
        columns = [metric.combine(means[:, start : start + width]) for start in range(0, means.shape[1], width)]
    return np.stack(columns, axis=1)


def _band(found: np.ndarray, value: float, level: float, predictions: Predictions) -> tuple[float, float]:
    """Return bounds that include the value and the value minus the bootstrap bias."""
    found = found[np.isfinite(found)]
    if not len(found) or not np.isfinite(value):
        return float("nan"), float("nan")
    tail = _tail(level, min(map(len, strata(predictions))))
    bias = found.mean() - value
    if len(predictions) > _NORMAL_ROWS:
        low, high = np.array([1.0, -1.0]) * NormalDist().inv_cdf(tail) * found.std()
    else:
        low, high = np.quantile(found - found.mean(), [tail, 1.0 - tail])
    return float(value + min(low, 0.0) - max(bias, 0.0)), float(value + max(high, 0.0) - min(bias, 0.0))


def _beyond(metric: Metric, predictions: Predictions, level: float, seed: int) -> float:
    """Return the upper bound implied by a heavy tail of squared errors; -inf without one."""
    if not isinstance(metric, MomentMetric) or not metric.squared or not len(predictions):
        return -np.inf
    squares, weight = metric.moments(predictions)[:, 0], predictions.weight
    if not np.isfinite(squares).all() or (weight is not None and not weight.sum()):
        return -np.inf
    values = squares if weight is None else squares * weight / weight.mean()
    highest = highest_mean(values, (1.0 - level) / 2.0, seed)
    return float(metric.combine(np.array([highest]))) if np.isfinite(highest) else -np.inf


def _tail(level: float, rows: int) -> float:
    """Return the tail probability at each bound, expanded for few rows (Hesterberg 2015)."""
    if rows < 2:
        return (1.0 - level) / 2.0
    reach = upper_quantile((1.0 - level) / 2.0, rows - 1)
    return NormalDist().cdf(-reach * float(np.sqrt(rows / (rows - 1.0))))
