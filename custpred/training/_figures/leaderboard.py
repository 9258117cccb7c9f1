"""Results on held-out rows: the blend's scores, and the leaderboard with all failures."""

from __future__ import annotations  # light: imports inside functions are deliberate

import math
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from custpred.errors import RunError
from custpred.metrics._checked import computing, value_or_nan
from custpred.metrics._keys import metric_keys
from custpred.results.record import BoardRow, Score

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.metrics._bootstrap import Compared
    from custpred.search._trial import Trial
    from custpred.task import Predictions
    from custpred.training.blend import Blend
    from custpred.training.plan import Plan
    from custpred.training.scorer import FoldScorer

MAX_TRIALS = 30
"""Maximum trials on the leaderboard; the others are in the folder ``trials``."""
NO_SCORE = Score(math.nan, math.nan, math.nan)
LATE = "the search ended before its first trial"
INTERVAL_ROWS = 10_000
"""Approximate number of held-out rows for the leaderboard's intervals: more is slower."""


class Assessed(NamedTuple):
    """The leaderboard, and the blend's out-of-fold score in every metric."""

    board: tuple[BoardRow, ...]
    cv: dict[str, Score]


def assessed(scorer: FoldScorer, trials: Sequence[Trial], blend: Blend, seed: int) -> Assessed:
    """Assess blend and trials on the held-out rows."""
    others = list(scorer.others.values())
    keys = metric_keys([scorer.metric, *others])
    score = blend.score(scorer.metric, seed=seed)
    cv = {keys[scorer.metric.name()]: score}
    for each in others:
        try:
            with computing(each):
                cv[keys[each.name()]] = blend.score(each, draws=100, seed=seed)
        except RunError:  # reported with the scores on the test
            continue
    return Assessed(leaderboard(scorer, trials, blend, score), cv)


def leaderboard(scorer: FoldScorer, trials: Sequence[Trial], blend: Blend, score: Score) -> tuple[BoardRow, ...]:
    """Return the blend, best trials and baselines by out-of-fold score, and all failures."""
    weights = {trial.number: float(weight) for trial, weight in zip(blend.trials, blend.weights, strict=True)}
    best: dict[str, int] = {}
    ok = sorted((each for each in trials if each.status == "ok"), key=lambda each: -each.gain)
    for trial in ok:
        best.setdefault(trial.model.kind(), trial.number)
    shown = [t for i, t in enumerate(ok) if i < MAX_TRIALS or t.number in best.values() or t.number in weights]
    own = [_blend_row(blend, score)] if len(blend.trials) > 1 else []
    sign = scorer.metric.sign
    rows = [*own, *(_row(trial, weights.get(trial.number, 0.0), sign * trial.gain) for trial in shown)]
    rows = _compared(scorer, rows, _predictions(scorer, blend, shown))
    rows += [_row(trial, 0.0) for trial in trials if trial.status != "ok"]
    return tuple(replace(row, rank=i) for i, row in enumerate(rows, 1))


def _predictions(scorer: FoldScorer, blend: Blend, shown: Sequence[Trial]) -> list[Predictions]:
    """Return the held-out predictions of the blend, if it has several members, and of trials."""
    few = scorer.thinned(INTERVAL_ROWS)
    known = blend.nested or blend.held_out
    own = [known.take(np.arange(0, len(known), few.thin // scorer.thin))] if len(blend.trials) > 1 else []
    return [*own, *(few.predictions(few.raw(trial.number))[0] for trial in shown)]


def _compared(scorer: FoldScorer, rows: Sequence[BoardRow], predictions: Sequence[Predictions]) -> list[BoardRow]:
    """Return the rows, best first, with their intervals and distances from the first row."""
    from custpred.metrics._bootstrap import compared

    few, sign = scorer.thinned(INTERVAL_ROWS), scorer.metric.sign
    order = sorted(range(len(rows)), key=lambda i: -sign * (rows[i].score or NO_SCORE).value)
    first, leader = predictions[order[0]], sign * (rows[order[0]].score or NO_SCORE).value
    found = compared(few.metric, first, [predictions[i] for i in order], draws=100)
    return [_assessed(few, rows[i], each, leader, predictions[i]) for i, each in zip(order, found, strict=True)]


def _assessed(few: FoldScorer, row: BoardRow, found: Compared, leader: float, predictions: Predictions) -> BoardRow:
    """Return a row with its score and its distance from the best row, with intervals.

    Standard errors shrink with the root of the number of rows (m out of n bootstrap: Bickel et al.
    1997, Statistica Sinica 7).  A blend's own interval is wider, see ``Blend.score``.
    """
    sign, bounds = few.metric.sign, few.metric.widest(predictions.task.classes)
    shrunk, score = few.thin**-0.5, row.score or NO_SCORE
    low, high = (score.value + shrunk * (end - found.score) for end in found.bounds)
    apart, *ends = found.behind
    behind = leader - sign * score.value
    worse, better = sorted(behind + sign * shrunk * (end - apart) for end in ends)
    if row.kind != "blend":
        score = Score(score.value, max(low, bounds[0]), min(high, bounds[1]))
    others = {key: value_or_nan(each, predictions) for key, each in few.others.items()}
    return replace(row, score=score, behind=(behind, worse, better), tied=worse <= 0 <= better, others=others)


def skipped(plan: Plan, board: Sequence[BoardRow]) -> tuple[BoardRow, ...]:
    """Return a row for each model without a trial, with the reason.

    These are models that cannot run here, and those named in the recipe that the search did not
    reach; ``auto`` offers more than a short run can try.
    """
    found = [(model.kind(), reason) for model, reason in plan.skipped]
    if all(each.key != "models" for each in plan.decisions):
        known = {row.kind for row in board} | {kind for kind, _ in found}
        late = dict.fromkeys(each.kind() for each in plan.models if each.kind() not in known)
        found += [(kind, LATE) for kind in late]
    ranked = enumerate(found, len(board) + 1)
    return tuple(BoardRow(rank, kind, kind, "skipped", None, reason=reason) for rank, (kind, reason) in ranked)


def _row(trial: Trial, weight: float, value: float | None = None) -> BoardRow:
    kind = trial.model.kind()
    options = {key: value for key, value in trial.model.dump().items() if key != "kind"}
    return BoardRow(
        rank=0,
        name=trial.name,
        kind=kind,
        status=trial.status,
        score=None if value is None else Score(value, math.nan, math.nan),
        options=options,
        weight=weight,
        fit_seconds=trial.fit_seconds,
        predict_seconds=trial.predict_seconds,
        baseline=trial.model.baseline,
        reason=trial.reason,
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
    )
