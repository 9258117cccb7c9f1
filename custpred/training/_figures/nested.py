"""Nested predictions of a blend: each fold by weights and calibration learned on the other folds.

A score on the rows that were used for model selection is optimistic (Varma and Simon 2006, BMC
Bioinformatics 7:91).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from custpred.ensemble._library import Library
from custpred.evaluate._run import here
from custpred.training._rows.weights import weight_option
from custpred.training.blend import candidates

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    from custpred.ensemble.base import Ensemble
    from custpred.metrics.base import Metric
    from custpred.search._trial import Trial
    from custpred.task import Predictions
    from custpred.training.blend import Blend
    from custpred.training.plan import Plan
    from custpred.training.scorer import FoldScorer

    Submit: TypeAlias = Callable[..., Callable[[], list[list[np.ndarray]]]]
    Waiting: TypeAlias = Callable[[], np.ndarray | None]

NESTED_ROWS = 30_000
"""Held-out rows up to which the optimism of chosen weights is a part of the interval."""


@dataclass(frozen=True)
class _Selection:
    """What weights are learned from, and the folds to leave out."""

    ensemble: Ensemble
    metric: Metric
    seed: int
    kinds: Sequence[str]
    """Each candidate's kind of model."""
    raws: np.ndarray
    """Raw scores of the candidates, shape (n_candidates, n) or (n_candidates, n, k)."""
    known: Predictions
    fold: np.ndarray
    """The fold of each row, shape (n,)."""
    numbers: np.ndarray
    """The folds to leave out, one after the other."""


def start(
    plan: Plan, scorer: FoldScorer, trials: Sequence[Trial], submit: Submit
) -> Callable[[Blend], np.ndarray | None]:
    """Start learning weights without each fold, while this process makes the blend.

    Returns
    -------
    callable
        Waits for the weights of a blend, see ``learn``; a blend that had to leave out some of the
        candidates has them learned again.
    """
    likely = tuple(candidates(trials))
    waiting = learn(plan, scorer, likely, submit)
    return lambda blend: waiting() if blend.candidates == likely else learn(plan, scorer, blend.candidates, submit)()


def nothing(blend: Blend) -> None:
    """Return no weights: what an interrupted run has instead of ``start``."""


def learn(plan: Plan, scorer: FoldScorer, some: Sequence[Trial], submit: Submit = here) -> Waiting:
    """Return a function that waits for the weights without each fold, (n_folds, n_candidates).

    The weights are None with one candidate or many rows: then nesting is not worth its time.

    Parameters
    ----------
    submit
        Starts ``function(item)`` for each item, in other processes if possible, and returns a
        callable that waits for the results.  One core is left to this process.
    """
    if len(some) < 2 or sum(map(len, scorer.held)) > scorer.thin * NESTED_ROWS:
        return lambda: None
    raws = np.stack([scorer.raw(each.number) for each in some])
    known, fold = scorer.predictions(raws[0])
    every, kinds = np.unique(fold), tuple(each.model.kind() for each in some)
    made = (plan.ensemble.lighter(), scorer.metric, plan.recipe.seed, kinds, raws, known, fold)
    count = max(1, min(plan.recipe.budget.cores - 1, len(every)))
    found = submit(_weights, *(_Selection(*made, every[first::count]) for first in range(count)))

    def wait() -> np.ndarray:
        weights = np.empty((len(every), len(raws)))
        for first, own in enumerate(found()):
            weights[first::count] = own
        return weights

    return wait


def _weights(job: _Selection) -> list[np.ndarray]:
    """Return the weights without each requested fold."""
    found = []
    for number in job.numbers:
        rest = job.fold != number
        library = Library.of(list(job.raws[:, rest]), job.known.take(rest), job.metric, job.kinds)
        found.append(job.ensemble.weigh(library, job.seed))
    return found


def nested(scorer: FoldScorer, blend: Blend, weights: np.ndarray | None) -> Blend:
    """Return the blend with predictions of each fold by its weights and the others' calibration.

    Parameters
    ----------
    weights
        What ``learn`` has found; the blend is unchanged without.
    """
    if weights is None:
        return blend
    raws = np.stack([scorer.raw(each.number) for each in blend.candidates])
    known, fold = scorer.predictions(raws[0])
    calibrate, predicted = blend.predictor.calibrate, np.empty_like(blend.held_out.predicted)
    for number, own in zip(np.unique(fold), weights, strict=True):
        rest, raw = fold != number, np.tensordot(own, raws, axes=1)
        rows = known.take(rest)
        state = calibrate.learn(raw[rest], rows.truth, rows.task, **weight_option(rows))
        predicted[~rest] = calibrate.apply(raw[~rest], state, known.task)
    return replace(blend, nested=replace(known, predicted=predicted))
