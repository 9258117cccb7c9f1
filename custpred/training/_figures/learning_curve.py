"""How the score grows with the training rows: a cheap model is fitted again to parts of the same folds' rows.

All points are scored on the same held-out rows, so that their differences are paired.  The time for it is a small share
of the run's; a run that counts trials instead pays half a trial for it, and only where it makes ten.

References
----------
Perlich, Provost and Simonoff (2003), Tree Induction vs. Logistic Regression: A Learning-Curve Analysis, JMLR 4.
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
"""Every n-th training row is used; the half first, which says what twice as many rows bring."""
FOLDS = 3
"""Folds that are fitted again, at most."""
LEAST = 400
"""Training rows of a fold, at least: with fewer, an eighth of them is too few for any model."""
SHARE, WORK = 0.02, 10
"""Share of the run's time that it may take; the trials from which a run that counts them makes it."""
QUICKEST = 0.5
"""Seconds that it takes at least, mostly to prepare the rows again; a run that can spare fewer has none."""


@dataclass(frozen=True)
class Curve:
    """What a worker needs: a trial's job, its held-out predictions, and the seconds that the fits may take."""

    name: str
    job: FoldJob
    whole: Predictions
    metric: Metric
    rows: float
    """Training rows of a fold, in the mean."""
    seconds: float


def begin(
    scorer: FoldScorer | None, trials: Sequence[Trial], clock: Clock, beside: Callable[..., Callable[[], list[JSON]]]
) -> Callable[[], JSON]:
    """Begin the fits of the best model that is cheap enough; return what waits for the curve, empty where none is."""
    if scorer is None:  # the run was cut short
        return dict
    sizes, seconds = _sizes(scorer), _seconds(scorer, clock)
    share = len(sizes) / len(scorer.held) / PARTS[0]
    able = [each for each in trials if each.scored and not each.model.baseline]
    cheap = [each for each in able if each.fit_seconds * share <= seconds]
    if seconds < QUICKEST or not cheap or min(sizes) < LEAST or scorer.thin > 1:
        return lambda: {}
    best = max(cheap, key=lambda each: each.gain)
    within = None if seconds == math.inf else max(seconds / len(sizes), 0.1)
    job = scorer.job(best.number, best.model, *range(len(sizes)), seconds=within)
    known, fold = scorer.predictions(scorer.raw(best.number))
    whole = known.take(fold < len(sizes))
    waiting = beside(learning_curve, Curve(best.name, job, whole, scorer.metric, float(np.mean(sizes)), seconds))
    return lambda: waiting()[0]


def _sizes(scorer: FoldScorer) -> list[int]:
    """Return the training rows of each fold that is fitted again."""
    with np.load(scorer.data / "folds.npz") as folds:
        return [len(folds[f"fit{fold}"]) for fold in range(min(FOLDS, len(scorer.held)))]


def _seconds(scorer: FoldScorer, clock: Clock) -> float:
    """Return the seconds that the fits may take; no limit where trials are counted, and 0 where these are few."""
    if clock.seconds is None or clock.rest is None:
        work = scorer.plan.recipe.budget.work
        return math.inf if work is None or work >= WORK else 0.0
    return min(SHARE * clock.seconds, 0.2 * max(0.0, clock.rest))


def learning_curve(curve: Curve) -> JSON:
    """Return the points of the curve: mean training rows and score with bounds; a fit that fails leaves its reason.

    ``doubled`` is how much better all rows are than half of them, with the bounds of the paired difference.
    """
    from custpred.metrics._bootstrap import compared

    began, parts = time.monotonic(), {1: curve.whole}
    try:
        for thin in PARTS:
            if len(parts) > 1 and 2 * (time.monotonic() - began) > curve.seconds:
                break
            parts[thin] = _fitted(curve, thin)
        found = dict(zip(parts, compared(curve.metric, curve.whole, list(parts.values())), strict=True))
    except Exception as fault:  # a model that cannot learn from few rows costs no run its report
        return {"model": curve.name, "reason": f"fits to fewer rows failed ({type(fault).__name__})."}
    better = [each if curve.metric.better == "higher" else -each for each in found[PARTS[0]].behind]
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
    """Return predictions of the held-out rows by fits to every ``thin``-th training row."""
    job = replace(curve.job, thin=thin, out=curve.job.data / "curve" / str(thin))
    fit_folds(job)
    raw = np.concatenate([np.load(job.out / f"held{fold}.npy") for fold in job.folds])
    return replace(curve.whole, predicted=job.task.inverse_link(raw))
