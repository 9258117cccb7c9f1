"""What the held-out rows say: the blend's scores, and the leaderboard with what failed and its reason."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from custpred.metrics._keys import metric_keys
from custpred.results.record import BoardRow, Score

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.metrics._bootstrap import Compared
    from custpred.search._trial import Trial
    from custpred.task import Predictions
    from custpred.training.blend import Blend
    from custpred.training.scorer import FoldScorer

SHOWN = 30
"""Trials on the leaderboard; the rest is in the folder ``trials``."""
Behind: TypeAlias = tuple[float, float, float]
LOOKED = 10_000
"""Held-out rows, about, from which the board's intervals are drawn; more make them no truer, only dearer."""


class Judged(NamedTuple):
    """The leaderboard, and the blend's out-of-fold score by every metric."""

    board: tuple[BoardRow, ...]
    cv: dict[str, Score]


def judged(scorer: FoldScorer, trials: Sequence[Trial], blend: Blend, seed: int) -> Judged:
    """Judge everything on the held-out rows."""
    others = list(scorer.others.values())
    keys = metric_keys([scorer.metric, *others])
    score = blend.score(scorer.metric, seed=seed)
    rest = {keys[each.name()]: blend.score(each, draws=100, seed=seed) for each in others}
    return Judged(leaderboard(scorer, trials, blend, score), {keys[scorer.metric.name()]: score, **rest})


def leaderboard(scorer: FoldScorer, trials: Sequence[Trial], blend: Blend, score: Score) -> tuple[BoardRow, ...]:
    """Return the blend with its out-of-fold score, the best trials, the baselines and all that failed, best first."""
    import numpy as np

    from custpred.metrics._bootstrap import compared

    weights = {trial.number: float(weight) for trial, weight in zip(blend.trials, blend.weights, strict=True)}
    best: dict[str, int] = {}
    ok = sorted((each for each in trials if each.status == "ok"), key=lambda each: -each.gain)
    for trial in ok:
        best.setdefault(trial.model.kind(), trial.number)
    shown = [t for i, t in enumerate(ok) if i < SHOWN or t.number in best.values() or t.number in weights]
    few, told = scorer.thinned(LOOKED), blend.nested or blend.held_out
    rows = [replace(_blend_row(blend, score), others=_others(scorer, told))] if len(blend.trials) > 1 else []
    leader = scorer.metric.gain(told) if rows else shown[0].gain
    answers = told.take(np.arange(0, len(told), few.thin // scorer.thin))
    best_answers = answers if rows else few.predictions(few.raw(shown[0].number))[0]
    every = [few.predictions(few.raw(trial.number))[0] for trial in shown]
    for trial, own, found in zip(shown, every, compared(few.metric, best_answers, every, draws=100), strict=True):
        row = _row(trial, weights.get(trial.number, 0.0), *_judged(few, trial, found, leader))
        rows.append(replace(row, others=_others(few, own)))
    rows += [_row(trial, 0.0) for trial in trials if trial.status != "ok"]
    return tuple(_ranked(row, i) for i, row in enumerate(rows, 1))


def _others(scorer: FoldScorer, predictions: Predictions) -> dict[str, float]:
    return {key: metric.score(predictions) for key, metric in scorer.others.items()}


def _judged(few: FoldScorer, trial: Trial, found: Compared, leader: float) -> tuple[Score, Behind]:
    """Return a trial's score and how far it is behind the best, with intervals; spreads shrink as the root of rows.

    Bickel, Goetze and van Zwet 1997 (Statistica Sinica 7): the bootstrap of m out of n rows.
    """
    metric, sign = few.metric, 1.0 if few.metric.better == "higher" else -1.0
    shrunk, value = few.thin**-0.5, sign * trial.gain
    low, high = (value + shrunk * (end - found.score) for end in found.bounds)
    apart, *ends = found.behind
    behind = leader - trial.gain
    worse, better = sorted(behind + sign * shrunk * (end - apart) for end in ends)
    bounds = metric.limits
    return Score(value, max(low, bounds[0]), min(high, bounds[1])), (behind, worse, better)


def _ranked(row: BoardRow, rank: int) -> BoardRow:
    return replace(row, rank=rank)


def _row(trial: Trial, weight: float, score: Score | None = None, behind: Behind | None = None) -> BoardRow:
    kind = trial.model.kind()
    options = {key: value for key, value in trial.model.dump().items() if key != "kind"}
    return BoardRow(
        rank=0,
        name=trial.name,
        kind=kind,
        status=trial.status,
        score=score,
        options=options,
        weight=weight,
        fit_seconds=trial.fit_seconds,
        predict_seconds=trial.predict_seconds,
        tied=behind is not None and behind[1] <= 0 <= behind[2],
        baseline=trial.model.baseline,
        reason=trial.reason,
        behind=behind,
    )


def _blend_row(blend: Blend, score: Score) -> BoardRow:
    return BoardRow(
        rank=1,
        name="blend",
        kind="blend",
        status="ok",
        score=score,
        options={"members": [trial.name for trial in blend.trials]},
        weight=1.0,
        fit_seconds=sum(t.fit_seconds for t in blend.trials),
        predict_seconds=sum(t.predict_seconds for t in blend.trials),
        tied=True,
    )
