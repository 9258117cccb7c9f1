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

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    from custpred.calibrate.base import Calibrate
    from custpred.ensemble.base import Ensemble
    from custpred.metrics.base import Metric
    from custpred.task import Predictions
    from custpred.training.blend import Blend
    from custpred.training.plan import Plan
    from custpred.training.scorer import FoldScorer

    Submit: TypeAlias = Callable[..., Callable[[], list[list[np.ndarray]]]]

NESTED_ROWS = 30_000
"""Held-out rows up to which the optimism of chosen weights is a part of the interval."""


@dataclass(frozen=True)
class _Selection:
    """What weights and calibration are learned from, and the folds to predict."""

    ensemble: Ensemble
    calibrate: Calibrate
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
    """The folds to predict."""


def nest(plan: Plan, scorer: FoldScorer, blend: Blend, submit: Submit = here) -> Blend:
    """Return the blend with nested predictions; unchanged with one candidate or many rows.

    Parameters
    ----------
    submit
        Starts ``function(item)`` for each item, in other processes if possible, and returns a
        callable that waits for the results.
    """
    raws = np.stack([scorer.raw(each.number) for each in blend.candidates])
    known, fold = scorer.predictions(raws[0])
    if len(raws) < 2 or len(known) > NESTED_ROWS:
        return blend
    recipe, every = plan.recipe, np.unique(fold)
    kinds = tuple(each.model.kind() for each in blend.candidates)
    made = (plan.ensemble.lighter(), blend.predictor.calibrate, scorer.metric, recipe.seed, kinds, raws, known, fold)
    count = min(recipe.budget.cores, len(every))
    parts = [_Selection(*made, every[start::count]) for start in range(count)]
    predicted = np.empty_like(blend.held_out.predicted)
    for part, found in zip(parts, submit(_predicted, *parts)(), strict=True):
        for number, own in zip(part.numbers, found, strict=True):
            predicted[fold == number] = own
    return replace(blend, nested=replace(known, predicted=predicted))


def _predicted(job: _Selection) -> list[np.ndarray]:
    """Return the predictions of each requested fold."""
    return [_of_fold(job, number) for number in job.numbers]


def _of_fold(job: _Selection, number: int) -> np.ndarray:
    rest, own = job.fold != number, job.fold == number
    known = job.known.take(rest)
    option = weight_option(known)
    weights = job.ensemble.weigh(Library.of(list(job.raws[:, rest]), known, job.metric, job.kinds), job.seed)
    raw = np.tensordot(weights, job.raws, axes=1)
    state = job.calibrate.learn(raw[rest], known.truth, known.task, **option)
    return job.calibrate.apply(raw[own], state, known.task)
