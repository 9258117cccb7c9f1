"""The final model compared with each baseline, paired on the test rows, or out of fold."""

from __future__ import annotations  # light: imports inside functions are deliberate

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from custpred.errors import RunError
from custpred.metrics._checked import computing, value_or_nan
from custpred.results.record import Comparison, Score
from custpred.training.blend import alone

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from custpred.metrics._bootstrap import Compared
    from custpred.metrics.base import Metric
    from custpred.search._trial import Trial
    from custpred.storage.plain import JSON
    from custpred.task import Predictions
    from custpred.training.blend import Blend
    from custpred.training.scorer import FoldScorer

DRAWS = 200


def compare(
    scorer: FoldScorer,
    trials: Sequence[Trial],
    blend: Blend,
    scored: Predictions,
    test: pd.DataFrame | None,
    *,
    seconds: float | None = None,
) -> tuple[Comparison, ...]:
    """Score each baseline on the rows of ``scored``, and compare the final model with it.

    Parameters
    ----------
    scored
        The final model's predictions: for ``test``, or out of fold.
    test
        The raw columns of the test rows, which the baselines score here; nothing is chosen by these
        scores.  None: the out-of-fold predictions are compared.
    seconds
        Time limit of the bootstrap.
    """
    from custpred.metrics._bootstrap import compared

    rivals = _baselines(trials)
    if not rivals:
        return ()
    metric = scorer.metric
    predictions = [_predictions(scorer, trial, scored, test) for trial in rivals]
    try:
        with computing(metric):
            seed = scorer.plan.recipe.seed
            found = compared(metric, scored, predictions, draws=DRAWS, seed=seed, seconds=seconds)
    except RunError:  # the metric is not defined on these rows, which the scores report
        return ()
    kept = {trial.number for trial in blend.trials}
    same: JSON = {"rows": len(scored), "on": "held-out" if test is None else "test"}
    return tuple(
        Comparison(
            trial.name,
            trial.model.kind(),
            *_lead(metric, each),
            kept=kept == {trial.number},
            others={key: value_or_nan(other, own) for key, other in scorer.others.items()},
            **same,
        )
        for trial, each, own in zip(rivals, found, predictions, strict=True)
    )


def _baselines(trials: Sequence[Trial]) -> list[Trial]:
    """Return the best trial of each kind of baseline."""
    best: dict[str, Trial] = {}
    for trial in sorted((each for each in trials if each.scored and each.model.baseline), key=lambda each: -each.gain):
        best.setdefault(trial.model.kind(), trial)
    return list(best.values())


def _predictions(scorer: FoldScorer, trial: Trial, scored: Predictions, test: pd.DataFrame | None) -> Predictions:
    if test is None:
        return scorer.predictions(scorer.raw(trial.number))[0]
    return replace(scored, predicted=alone(scorer.plan, scorer, trial).predict(test))


def _lead(metric: Metric, found: Compared) -> tuple[Score, Score]:
    """Return the baseline's score and the final model's lead, without bounds if draws are constant.

    A metric that ignores row weights is the same in each draw, which is no evidence about chance.
    """
    apart, *ends = found.behind
    low, high = sorted(metric.sign * end for end in ends)
    if apart and not low < high:
        low = high = math.nan
    return Score(found.score, *found.bounds), Score(metric.sign * apart, low, high)
