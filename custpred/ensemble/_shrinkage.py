"""Shrinkage of a blend's weights towards the best members of all kinds, for few rows of classes.

Weights chosen on few rows are noisy, and a fixed mean of good members of different kinds is then
hard to beat (the forecast combination puzzle: Stock and Watson 2004, Journal of Forecasting 23;
Timmermann 2006, Handbook of Economic Forecasting 1, section 4).  So the chosen weights are mixed
with such a mean, the more the fewer rows there are.  Amounts say more per row than labels, and
their weights are better as they are.  docs/benchmarks.md (Shrinkage) has the gains.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from custpred.ensemble._library import gain
from custpred.ensemble._selection import pruned

if TYPE_CHECKING:
    from custpred.ensemble._library import Library

HALF_ROWS, MOST_ROWS = 1_000, 2_000
"""Rows for which the mean has a share of one half, and rows above which it has none."""
MAX_SHARE = 0.6
"""The largest share of the mean."""
SCALE, TINY = 0.1, 1e-12
"""Relative distance to the best gain at which a weight falls to 1/e; smallest unit of distances."""
TRIES = 4
"""Shares tried, each half of the one before, until the blend is not worse than its best member."""


def shrunk(library: Library, weights: np.ndarray, least: float) -> np.ndarray:
    """Return weights closer to those of ``mean_of_kinds``; never worse than the best member.

    Parameters
    ----------
    weights
        The chosen weights, shape (n_members,).
    least
        Members whose mixed weight is below it are dropped: each costs time for every customer.
    """
    rows = _effective_rows(library)
    few = library.task.kind != "regression" and rows <= MOST_ROWS
    mean = mean_of_kinds(library) if few and len(set(library.kinds)) > 1 else None
    if mean is None:
        return weights
    share = min(MAX_SHARE, HALF_ROWS / (HALF_ROWS + rows))
    for _ in range(TRIES):
        mixed = pruned((1 - share) * weights + share * mean, least)
        if library.gain(mixed) >= library.gains.max():
            return mixed
        share /= 2
    return weights


def mean_of_kinds(library: Library) -> np.ndarray | None:
    """Return the weights of a mean of each kind's best member, shape (n_members,).

    A weight is proportional to exp(-d / ``SCALE``); d is how far the member's gain is behind the
    best one, relative to what the best gains over a constant prediction or, if less, to what is
    missing to a perfect score.  None if no member beats a constant.
    """
    metric, gains = library.metric, library.gains
    constant = gain(_constant(library), library.truth, library.task, metric, library.weight)
    if not np.isfinite(constant) or not gains.max() > constant:
        return None
    perfect = max(metric.sign * limit for limit in metric.widest(library.task.classes))
    unit = max(min(gains.max() - constant, perfect - gains.max()), TINY)
    best: dict[str, int] = {}
    for place in np.argsort(-gains, kind="stable").tolist():
        best.setdefault(library.kinds[place], place)
    firsts, weights = list(best.values()), np.zeros(len(library))
    weights[firsts] = np.exp((gains[firsts] - gains.max()) / unit / SCALE)
    return np.asarray(weights / weights.sum())


def _effective_rows(library: Library) -> float:
    """Return the number of rows; if they have weights, Kish's effective size (1965)."""
    own = library.weight
    return float(len(library.truth)) if own is None else float(own.sum() ** 2 / (own**2).sum())


def _constant(library: Library) -> np.ndarray:
    """Return the raw scores of a constant prediction, the class shares."""
    truth, task = library.truth, library.task
    counts = np.bincount(truth.astype(int), weights=library.weight, minlength=task.classes)
    logs = np.log(np.maximum(counts, 1e-9) / counts.sum())
    return np.full(len(truth), logs[1] - logs[0]) if task.kind == "binary" else np.tile(logs, (len(truth), 1))
