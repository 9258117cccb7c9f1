"""From finished trials to one predictor, and to the leaderboard that explains the choice."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from custpred.errors import BudgetSpent
from custpred.predictor import Member, Predictor
from custpred.result import BoardRow, Score
from custpred.scoring import preparation_notes, restore_steps
from custpred.storage import load_state
from custpred.task import Fit

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from custpred.calibrate._choose import Choice
    from custpred.plan import Plan
    from custpred.scoring import FoldScorer
    from custpred.search._trial import Trial
    from custpred.table import Finding
    from custpred.task import Predictions

BASELINES = ("dummy", "rule")
"""Always on the board, never in the blend: what any model has to beat."""
CANDIDATES = 40
"""Best trials that the blend may choose from; more only invite luck."""
SHOWN = 30
"""Trials on the leaderboard; the rest is in the folder ``trials``."""


@dataclass(frozen=True)
class Blend:
    """The chosen trials, their weights, the predictor, and its out-of-fold answers."""

    trials: tuple[Trial, ...]
    weights: np.ndarray
    predictor: Predictor
    held_out: Predictions
    notes: tuple[Finding, ...]
    """What the preparations of the members learned or declined, each once."""
    calibration: str
    """Why this calibration."""


def combine(plan: Plan, scorer: FoldScorer, trials: Sequence[Trial], worth: float | None = None) -> Blend:
    """Weigh the best trials out of fold, calibrate the blend and assemble the predictor.

    Parameters
    ----------
    worth
        What a customer is worth on average, where the recipe's business says so: decisions then follow the money.

    Raises
    ------
    BudgetSpent
        If not even a baseline was finished.
    """
    import numpy as np

    recipe: Any = plan.recipe
    done = sorted((each for each in trials if each.status == "ok"), key=lambda each: -each.gain)
    real = [each for each in done if each.model.kind() not in BASELINES][:CANDIDATES] or done[:1]
    if not real:
        reasons = "; ".join(f"{t.model.kind()}: {t.reason}" for t in trials[:5])
        raise BudgetSpent(
            f"No model was ready in time. {reasons}", code="CP4104", remedy="Give the run a larger budget."
        )
    raws = [scorer.raw(each.number) for each in real]
    base, _ = scorer.predictions(raws[0])
    weights = recipe.ensemble.weigh(raws, base.truth, scorer.task, scorer.metric, recipe.seed)
    raw = np.tensordot(weights, np.stack(raws), axes=1)
    choice = _calibration(recipe, raw, base)
    calibration = choice.calibrate.learn(raw, base.truth, scorer.task)
    chosen = [(trial, weight) for trial, weight in zip(real, weights, strict=True) if weight > 0]
    held_out = type(base)(scorer.task, base.truth, choice.calibrate.apply(raw, calibration, scorer.task))
    pays = recipe.business.break_even(worth) if worth is not None else None
    predictor = Predictor(
        task=scorer.task,
        columns=plan.columns,
        preparations=_preparations(plan, scorer, chosen),
        members=tuple(_member(scorer, trial, float(weight)) for trial, weight in chosen),
        calibrate=choice.calibrate,
        calibration=calibration,
        threshold=best_threshold(held_out) if pays is None else pays,
        missing=tuple(recipe.customers.missing),
        threads=recipe.budget.cores,
    )
    jobs = [scorer.job(trial.number, trial.model) for trial, _ in chosen]
    notes = {note.text: note for job in jobs for note in preparation_notes(job)}
    weights = np.array([weight for _, weight in chosen])
    return Blend(tuple(t for t, _ in chosen), weights, predictor, held_out, tuple(notes.values()), choice.reason)


def _calibration(recipe: Any, raw: np.ndarray, held_out: Predictions) -> Choice:
    """Return the recipe's calibration, or for ``auto`` the simplest that is within noise of the best."""
    from custpred.calibrate._choose import Choice, explained

    if recipe.calibrate == "auto":
        return explained(raw, held_out.truth, held_out.task, recipe.seed)
    return Choice(recipe.calibrate, "as the recipe says", {})


def best_threshold(predictions: Predictions) -> float:
    """Return the probability above which calling a customer positive gives the best F1, out of fold.

    Lipton, Elkan & Naryanaswamy 2014 (arXiv:1402.1892): for calibrated probabilities it is half of the best F1.
    """
    import numpy as np

    if predictions.task.kind != "binary":
        return 0.5
    order = np.argsort(-predictions.positive, kind="stable")
    answer = predictions.positive[order]
    last = np.flatnonzero(np.append(answer[1:] < answer[:-1], True))  # equal answers are called together
    hits = np.cumsum(predictions.truth[order])
    f1 = 2 * hits[last] / (last + 1 + hits[-1])
    return float(answer[last][int(np.argmax(f1))])


def leaderboard(scorer: FoldScorer, trials: Sequence[Trial], blend: Blend) -> tuple[BoardRow, ...]:
    """Return the blend, the best trials, the baselines and everything that failed, best first."""
    from custpred.metrics._bootstrap import interval, paired

    weights = {trial.number: float(weight) for trial, weight in zip(blend.trials, blend.weights, strict=True)}
    best: dict[str, int] = {}
    ok = sorted((each for each in trials if each.status == "ok"), key=lambda each: -each.gain)
    for trial in ok:
        best.setdefault(trial.model.kind(), trial.number)
    shown = [t for i, t in enumerate(ok) if i < SHOWN or t.number in best.values() or t.number in weights]
    rows = [_blend_row(scorer, blend)] if len(blend.trials) > 1 else []
    leader = blend.held_out if rows else scorer.predictions(scorer.raw(shown[0].number))[0]
    for trial in shown:
        predictions, _ = scorer.predictions(scorer.raw(trial.number))
        low, high = interval(scorer.metric, predictions, draws=100)
        _, worse, better = paired(scorer.metric, leader, predictions, draws=100)
        score = Score(scorer.metric.score(predictions), low, high)
        rows.append(_row(trial, score, weights.get(trial.number, 0.0), tied=bool(worse <= 0 <= better)))
    rows += [_row(trial, None, 0.0, tied=False) for trial in trials if trial.status != "ok"]
    return tuple(_ranked(row, i) for i, row in enumerate(rows, 1))


def _ranked(row: BoardRow, rank: int) -> BoardRow:
    from dataclasses import replace

    return replace(row, rank=rank)


def _row(trial: Trial, score: Score | None, weight: float, *, tied: bool) -> BoardRow:
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
        tied=tied,
        baseline=kind in BASELINES,
        reason=trial.reason,
    )


def _blend_row(scorer: FoldScorer, blend: Blend) -> BoardRow:
    from custpred.metrics._bootstrap import interval

    low, high = interval(scorer.metric, blend.held_out)
    return BoardRow(
        rank=1,
        name="blend",
        kind="blend",
        status="ok",
        score=Score(scorer.metric.score(blend.held_out), low, high),
        options={"members": [trial.name for trial in blend.trials]},
        weight=1.0,
        fit_seconds=sum(t.fit_seconds for t in blend.trials),
        predict_seconds=sum(t.predict_seconds for t in blend.trials),
        tied=True,
    )


def _preparations(
    plan: Plan, scorer: FoldScorer, chosen: Sequence[tuple[Trial, Any]]
) -> dict[str, tuple[tuple[Any, ...], ...]]:
    """Return the fitted steps of every fold, for each preparation that a member uses."""
    found: dict[str, tuple[tuple[Any, ...], ...]] = {}
    for trial, _ in chosen:
        key = plan.preparation(trial.model).key
        if key not in found:
            job = scorer.job(trial.number, trial.model)
            found[key] = tuple(restore_steps(job, fold) for fold in range(len(scorer.held)))
    return found


def _member(scorer: FoldScorer, trial: Trial, weight: float) -> Member:
    import numpy as np

    folder = scorer.trials / str(trial.number)
    fit = Fit(scorer.task)
    packs = [load_state(folder, f"fold{fold}") for fold in range(len(scorer.held))]
    shifts = json.loads((folder / "shifts.json").read_text())
    return Member(
        name=trial.name,
        model=trial.model,
        preparation=scorer.plan.preparation(trial.model).key,
        weight=weight,
        fitted=tuple(trial.model.unpack(pack, fit) for pack in packs),
        shifts=tuple(np.asarray(s) if isinstance(s, list) else s for s in shifts),
    )
