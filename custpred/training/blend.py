"""Blending: from finished trials to one predictor.

Every trial has out-of-fold raw scores: each row was scored by a model not trained on it.  The
ensemble chooses weights on these, and the calibration is fitted to the weighted mean.  The
predictor is the weighted mean of all members, each of its last five folds, of fewer in a slow
blend.  Weights and calibration look too good on the rows that they were chosen on; with few rows
they are learned again without each fold (``_figures/nested.py``): the interval covers both numbers.

References
----------
Caruana et al. (2004), Ensemble selection from libraries of models, ICML.
Bates, Hastie and Tibshirani (2024), Cross-validation: what does it estimate and how well does it
do it?, JASA 119(546).
"""

from __future__ import annotations  # light: imports inside functions are deliberate

import json
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from custpred.calibrate.base import Calibrate
from custpred.ensemble._library import Library
from custpred.errors import BudgetSpent, RunError
from custpred.inference.latency import within
from custpred.inference.model_folder import golden_rows
from custpred.inference.predictor import Member, Predictor
from custpred.metrics._checked import FAULT
from custpred.policy import Policy
from custpred.results.record import Score
from custpred.storage.files import load_state
from custpred.table import Finding
from custpred.task import Fit
from custpred.text import listed
from custpred.training._rows.weights import weight_option
from custpred.training.fold import handed_over, preparation_notes, restore_steps

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from custpred.calibrate._choose import Choice
    from custpred.columns.fitted_step import FittedStep
    from custpred.metrics.base import Metric
    from custpred.recipe.keys import Recipe
    from custpred.search._trial import Trial
    from custpred.storage.plain import JSON
    from custpred.task import Predictions
    from custpred.training.plan import Plan
    from custpred.training.scorer import FoldScorer

MEMBER_SHARE = 0.85
"""Share of the time per million rows for members; the rest is reading and preparation."""
MIN_FOLDS, MILLION_SECONDS = 3, 60.0
"""Minimum folds of a member; usual limit of a million rows, in seconds, for more folds."""
CANDIDATES = 40
"""Number of best trials that the blend may choose from; with more, selection by luck increases."""
WIDENING = 1.1
"""Factor of an out-of-fold interval over the row bootstrap's: docs/benchmarks.md, Coverage."""


@dataclass(frozen=True)
class Blend:
    """The chosen trials, their weights, the predictor, and its out-of-fold predictions."""

    trials: tuple[Trial, ...]
    weights: np.ndarray
    predictor: Predictor
    held_out: Predictions
    notes: tuple[Finding, ...]
    """Findings of the members' preparations, without repeats."""
    calibration: str
    """Reason for this calibration."""
    pipelines: tuple[JSON, ...] = ()
    """Effects of the members' preparations on the first fold; see ``Record.pipelines``."""
    raw: np.ndarray | None = None
    """Out-of-fold raw scores before calibration, shape (n,) or (n, k)."""
    nested: Predictions | None = None
    """Out-of-fold predictions by weights and calibration of the other folds."""
    candidates: tuple[Trial, ...] = ()
    """The trials that the blend was chosen from, those outside it included."""

    def score(self, metric: Metric, *, draws: int = 200, seed: int = 0) -> Score:
        """Return the out-of-fold score, nested if possible, and an interval that covers both.

        The plain score is optimistic, as weights were fitted to the same rows; the nested one, with
        weights from fewer rows and a single model per fold, is slightly pessimistic.  Folds share
        training rows: scores vary more than a bootstrap shows (Bates, Hastie and Tibshirani 2024),
        so both sides are widened, by a factor measured in docs/benchmarks.md.
        """
        from custpred.metrics._bootstrap import interval

        known = [each for each in (self.nested, self.held_out) if each is not None]
        ends = [interval(metric, each, draws=draws, seed=seed) for each in known]
        value, low, high = metric.score(known[0]), min(low for low, _ in ends), max(high for _, high in ends)
        least, most = metric.widest(known[0].task.classes)
        return Score(value, max(least, value - WIDENING * (value - low)), min(most, value + WIDENING * (high - value)))


def combine(plan: Plan, scorer: FoldScorer, trials: Sequence[Trial]) -> Blend:
    """Choose weights of the best trials out of fold, calibrate the blend, make the predictor.

    Raises
    ------
    BudgetSpent, RunError
        If not even a baseline finished.
    """
    real = candidates(trials)
    if not real:
        raise _nothing(trials)
    return _fewer_folds(plan, _within_latency(plan, scorer, real, _in_time(plan, scorer, real)))


def _within_latency(plan: Plan, scorer: FoldScorer, real: Sequence[Trial], blend: Blend) -> Blend:
    """Return the blend; if latency is limited, without the members that exceed the limit."""
    limit = plan.ensemble.limit
    if limit is None:
        return blend
    fast = {member.name for member in within(blend.predictor, golden_rows(blend.predictor).iloc[[0]], limit)}
    slow = [trial.name for trial in blend.trials if trial.name not in fast]
    if not slow:
        return blend
    earlier = [note for note in blend.notes if note.code == "E102"]  # they stay out
    blend = _combined(plan, scorer, [trial for trial in real if trial.name in fast])
    text = f"Left out of the blend, as scoring one customer would take over {1000 * limit:g} ms: {listed(slow)}."
    return replace(blend, notes=(*blend.notes, *earlier, Finding("E101", "info", text)))


def _nothing(trials: Sequence[Trial]) -> BudgetSpent | RunError:
    """Return the error for a run without a model: the metric's fault, or too little time."""
    reasons = "; ".join(f"{t.model.kind()}: {t.reason}" for t in trials[:5])
    if any(trial.reason.startswith(FAULT) for trial in trials):
        remedy = "Correct the metric, or put another one first in 'metrics'."
        return RunError(f"No model could be scored. {reasons}", code=FAULT, remedy=remedy)
    return BudgetSpent(f"No model was ready in time. {reasons}", code="CP4104", remedy="Set a larger budget.")


def _in_time(plan: Plan, scorer: FoldScorer, real: Sequence[Trial]) -> Blend:
    """Return the blend; if time is limited, without the members that make it too slow.

    Speeds are measured, so a reproducible budget, which counts trials, cannot use them.
    """
    recipe = plan.recipe
    patience, cost = plan.ensemble.batch_limit, {trial.name: trial.predict_seconds / 1000 for trial in real}
    if patience is None or recipe.budget.time is None:
        return _combined(plan, scorer, real)
    most = MEMBER_SHARE * patience * recipe.budget.cores / 1e6
    fast = [trial for trial in real if cost[trial.name] <= most / 2] or [min(real, key=lambda each: cost[each.name])]
    blend = _combined(plan, scorer, fast)
    kept: list[str] = []
    for weight, name in sorted(zip(blend.weights, (each.name for each in blend.trials), strict=True), reverse=True):
        # the fastest is always kept
        if weight and (not kept or sum(cost[each] for each in (*kept, name)) <= most):
            kept.append(name)
    slow = [trial.name for trial in real if trial not in fast]
    gone = [*slow, *(trial.name for trial in blend.trials if trial.name not in kept)][:10]
    if len(kept) < len(blend.trials):
        blend = _combined(plan, scorer, [trial for trial in fast if trial.name in kept])
    text = f"Left out of the blend, as a million rows must be scored in {patience:g} s: {listed(gone)}."
    return replace(blend, notes=(*blend.notes, Finding("E102", "info", text))) if gone else blend


def _fewer_folds(plan: Plan, blend: Blend) -> Blend:
    """Return the blend with fewer folds of each member if a million rows take too long.

    Three folds instead of five cost less than the noise of a score (docs/benchmarks.md, *Folds of a
    member*), while leaving out members costs more.
    """
    budget, folds = plan.recipe.budget, len(blend.predictor.members[0].fitted)
    limit = plan.ensemble.batch_limit or MILLION_SECONDS
    seconds = 1000 * sum(trial.predict_seconds for trial in blend.trials) / budget.cores
    kept = min(folds, max(MIN_FOLDS, int(folds * limit / max(seconds, 1e-9))))
    if budget.time is None or kept == folds:
        return blend
    trials = tuple(replace(each, predict_seconds=each.predict_seconds * kept / folds) for each in blend.trials)
    text = f"Each member has the models of {kept} of {folds} folds, so that a million rows take about {limit:g} s."
    note = Finding("E103", "info", text)
    return replace(blend, trials=trials, predictor=blend.predictor.newest(kept), notes=(*blend.notes, note))


def _combined(plan: Plan, scorer: FoldScorer, real: Sequence[Trial]) -> Blend:
    """Choose weights for these trials, and combine those with a weight, which may be negative."""
    recipe = plan.recipe
    raws = [scorer.raw(each.number) for each in real]
    base, _ = scorer.predictions(raws[0])
    library = Library.of(raws, base, scorer.metric, [each.model.kind() for each in real])
    weights = plan.ensemble.weigh(library, recipe.seed)
    raw = np.tensordot(weights, np.stack(raws), axes=1)
    choice = _calibration(recipe, raw, base, scorer.deadline)
    calibration = choice.calibrate.learn(raw, base.truth, scorer.task, **weight_option(base))
    chosen = [(trial, weight) for trial, weight in zip(real, weights, strict=True) if weight]
    held_out = replace(base, predicted=choice.calibrate.apply(raw, calibration, scorer.task))
    predictor = Predictor(
        task=scorer.task,
        columns=plan.columns,
        preparations=preparations(scorer, [trial for trial, _ in chosen], handed_over(len(scorer.held))),
        members=tuple(_member(scorer, trial, float(weight)) for trial, weight in chosen),
        calibrate=choice.calibrate,
        calibration=calibration,
        policy=Policy.learn(recipe.business, scorer.metric, held_out),
        missing=tuple(recipe.customers.missing) if recipe.customers else (),
        threads=recipe.budget.cores,
        intake=plan.intake,
    )
    notes, pipelines = _prepared(scorer, chosen)
    return Blend(
        trials=tuple(trial for trial, _ in chosen),
        weights=np.array([weight for _, weight in chosen]),
        predictor=predictor,
        held_out=held_out,
        notes=notes,
        calibration=choice.reason,
        pipelines=pipelines,
        raw=raw,
        candidates=tuple(real),
    )


def _prepared(
    scorer: FoldScorer, chosen: Sequence[tuple[Trial, float]]
) -> tuple[tuple[Finding, ...], tuple[JSON, ...]]:
    """Return the preparations' findings and effects on a fold, largest weight first."""
    notes: dict[str, Finding] = {}
    found: dict[str, JSON] = {}
    for trial, weight in sorted(chosen, key=lambda pair: -pair[1]):
        job = scorer.job(trial.number, trial.model)
        if job.preparation.key not in found:
            learned, stages = preparation_notes(job)
            notes |= {note.text: note for note in learned}
            found[job.preparation.key] = {"models": [], "weight": 0.0, "stages": stages}
        own = found[job.preparation.key]
        own["models"].append(trial.name)
        own["weight"] += float(weight)
    return tuple(notes.values()), tuple(sorted(found.values(), key=lambda each: -each["weight"]))


def alone(plan: Plan, scorer: FoldScorer, trial: Trial) -> Predictor:
    """Return the predictor of one trial as on the leaderboard, uncalibrated."""
    return Predictor(
        task=scorer.task,
        columns=plan.columns,
        preparations=preparations(scorer, [trial], handed_over(len(scorer.held))),
        members=(_member(scorer, trial, 1.0),),
        calibrate=Calibrate.nothing(),
        calibration={},
        threads=plan.recipe.budget.cores,
    )


def candidates(trials: Sequence[Trial]) -> list[Trial]:
    """Return the trials to choose from, best first; the best baseline if there is no model."""
    done = sorted((each for each in trials if each.status == "ok"), key=lambda each: -each.gain)
    return [each for each in done if not each.model.baseline][:CANDIDATES] or done[:1]


def _calibration(recipe: Recipe, raw: np.ndarray, held_out: Predictions, deadline: float) -> Choice:
    """Return the recipe's calibration, or for ``auto`` the simplest within noise of the best."""
    from custpred.calibrate._choose import Choice, explained, unchanged

    if recipe.calibrate == "auto" and time.monotonic() > deadline:
        return unchanged("the time was over before calibrations could be compared")
    if recipe.calibrate == "auto":
        return explained(raw, held_out.truth, held_out.task, recipe.seed, held_out.weight)
    return Choice(recipe.calibrate, "as the recipe says")


def preparations(
    scorer: FoldScorer, chosen: Sequence[Trial], folds: Sequence[int]
) -> dict[str, tuple[tuple[FittedStep, ...], ...]]:
    """Return the fitted steps of folds, for each preparation that a member uses."""
    found: dict[str, tuple[tuple[FittedStep, ...], ...]] = {}
    for trial in chosen:
        job = scorer.job(trial.number, trial.model)
        if job.preparation.key not in found:
            found[job.preparation.key] = tuple(restore_steps(job, fold) for fold in folds)
    return found


def _member(scorer: FoldScorer, trial: Trial, weight: float) -> Member:
    shifts = json.loads((scorer.trials / str(trial.number) / "shifts.json").read_text())
    return member(scorer, trial, weight, {fold: shifts[fold] for fold in handed_over(len(scorer.held))})


def member(
    scorer: FoldScorer, trial: Trial, weight: float, shifts: Mapping[int, float | list[float] | np.ndarray]
) -> Member:
    """Return the member made of folds of a trial; ``shifts`` of their raw scores by fold."""
    folder = scorer.trials / str(trial.number)
    fit = Fit(scorer.task)
    packs = [load_state(folder, f"fold{fold}") for fold in shifts]
    return Member(
        name=trial.name,
        model=trial.model,
        preparation=scorer.plan.preparation(trial.model).key,
        weight=weight,
        fitted=tuple(trial.model.shared(trial.model.unpack(pack, fit), len(packs)) for pack in packs),
        shifts=tuple(np.asarray(s) if isinstance(s, list) else s for s in shifts.values()),
    )
