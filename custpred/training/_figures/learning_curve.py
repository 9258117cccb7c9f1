"""The score by the number of training rows: a cheap model refitted to parts of the folds.

All points are scored on the same held-out rows: their differences are paired.  It takes a small
share of the time; a run of at least ten counted trials spends half a trial on it.

References
----------
Perlich, Provost and Simonoff (2003), Tree Induction vs.  Logistic Regression, JMLR 4.
"""

from __future__ import annotations  # light: imports inside functions are deliberate

import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from custpred.training.fold import fit_folds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from custpred.budget import Clock
    from custpred.metrics.base import Metric
    from custpred.search._trial import Trial
    from custpred.storage.plain import JSON
    from custpred.task import Predictions
    from custpred.training.fold import FoldJob
    from custpred.training.scorer import FoldScorer

PARTS = (2, 4, 8)
"""Every n-th training row is used; half of the rows first, to show the gain of doubling."""
FOLDS = 3
"""Maximum number of folds that are refitted."""
MIN_ROWS = 400
"""Minimum training rows of a fold: with fewer, an eighth of them is too few for any model."""
SHARE, MIN_TRIALS = 0.02, 10
"""Maximum share of the run's time; minimum number of trials if a run counts trials."""
MIN_SECONDS = 0.5
"""Minimum seconds, mostly to prepare the rows again; a run that can spare fewer has no curve."""


@dataclass(frozen=True)
class Curve:
    """Input of a worker: a trial's job, its held-out predictions, and the time limit in seconds."""

    name: str
    job: FoldJob
    whole: Predictions
    metric: Metric
    rows: float
    """Mean number of training rows of a fold."""
    seconds: float


def start(
    scorer: FoldScorer | None, trials: Sequence[Trial], clock: Clock, submit: Callable[..., Callable[[], list[JSON]]]
) -> Callable[[], JSON]:
    """Start the fits of the best cheap model; return a function that waits for its curve."""
    if scorer is None:  # the run was interrupted
        return dict
    sizes, seconds = _sizes(scorer), _seconds(scorer, clock)
    share = len(sizes) / len(scorer.held) / PARTS[0]
    cheap = [each for each in trials if each.usable and each.fit_seconds * share <= seconds]
    if seconds < MIN_SECONDS or not cheap or min(sizes) < MIN_ROWS or scorer.thin > 1:
        return lambda: {}
    best = max(cheap, key=lambda each: each.gain)
    within = None if seconds == math.inf else max(seconds / len(sizes), 0.1)
    job = scorer.job(best.number, best.model, *range(len(sizes)), seconds=within)
    known, fold = scorer.predictions(scorer.raw(best.number))
    whole = known.take(fold < len(sizes))
    waiting = submit(learning_curve, Curve(best.name, job, whole, scorer.metric, float(np.mean(sizes)), seconds))
    return lambda: waiting()[0]


def _sizes(scorer: FoldScorer) -> list[int]:
    """Return the numbers of training rows of the refitted folds."""
    with np.load(scorer.data / "folds.npz") as folds:
        return [len(folds[f"fit{fold}"]) for fold in range(min(FOLDS, len(scorer.held)))]


def _seconds(scorer: FoldScorer, clock: Clock) -> float:
    """Return the seconds for the fits; infinite if trials are counted, 0 for too few trials."""
    if clock.seconds is None or clock.rest is None:
        work = scorer.plan.recipe.budget.work
        return math.inf if work is None or work >= MIN_TRIALS else 0.0
    return min(SHARE * clock.seconds, 0.2 * max(0.0, clock.rest))


def learning_curve(curve: Curve) -> JSON:
    """Return the curve's points: mean training rows, score with bounds; or why a fit failed.

    ``doubled`` is the gain of all rows over half of them, with the bounds of the paired difference.
    """
    from custpred.metrics._bootstrap import compared

    began, parts = time.monotonic(), {1: curve.whole}
    try:
        for thin in PARTS:
            if len(parts) > 1 and 2 * (time.monotonic() - began) > curve.seconds:
                break
            parts[thin] = _fitted(curve, thin)
        found = dict(zip(parts, compared(curve.metric, curve.whole, list(parts.values())), strict=True))
    except Exception as fault:  # a model that fails on few rows must not cost the run its report
        return {"model": curve.name, "reason": f"fits to fewer rows failed ({type(fault).__name__})."}
    better = [curve.metric.sign * each for each in found[PARTS[0]].behind]
    points = [
        {"rows": round(curve.rows / thin), "score": each.score, "low": each.bounds[0], "high": each.bounds[1]}
        for thin, each in sorted(found.items(), reverse=True)
    ]
    return {
        "model": curve.name,
        "points": points,
        "doubled": [better[0], *sorted(better[1:])],
        "held": len(curve.whole),
    }


def _fitted(curve: Curve, thin: int) -> Predictions:
    """Return predictions for the held-out rows by fits to every ``thin``-th training row."""
    job = replace(curve.job, thin=thin, out=curve.job.data / "curve" / str(thin))
    fit_folds(job)
    raw = np.concatenate([np.load(job.out / f"held{fold}.npy") for fold in job.folds])
    return replace(curve.whole, predicted=job.task.inverse_link(raw))
