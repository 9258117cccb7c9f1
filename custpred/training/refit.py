"""The final model: the blend's configurations refitted to every labelled row.

The report's scores are measured on rows that no model was trained on; a model for future use should
be trained on these as well, above all on the newest if the split is by time.  After the test, folds
over all labelled rows are fitted with the chosen configurations; weights, calibration and policy
stay those that were measured.  No score in the report comes from these fits.

Folds are fitted in turn, all members of one before the next: when the time is over, the finished
folds are a complete model, and any two of them together were trained on every row.  Test rows that
a fold held out show whether both models agree.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from custpred.columns.contract import Intake
from custpred.errors import DataError, RunError
from custpred.results.final import Final
from custpred.search._trial import leading
from custpred.storage.run_folder import log
from custpred.text import plain
from custpred.training._figures.agreement import agreement
from custpred.training._rows.sampled import drawn_from
from custpred.training._rows.whole import WholeTable
from custpred.training.blend import member, preparations
from custpred.training.fold import fit_folds, handed_over
from custpred.training.scorer import ONE_PROCESS, precompute, scorer_on_disk, within

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from custpred.budget import Clock
    from custpred.inference.predictor import Predictor
    from custpred.results.progress import Progress
    from custpred.results.record import Record
    from custpred.search._trial import Trial
    from custpred.split.base import Folds
    from custpred.table import Finding
    from custpred.target.base import Labelled
    from custpred.training.blend import Blend
    from custpred.training.fold import FoldDone, FoldJob
    from custpred.training.plan import Plan
    from custpred.training.scorer import FoldScorer

MIN_FOLDS, RESERVED_FOLDS = 2, 3
"""Minimum number of folds, which each hold out rows, and number with reserved time."""
RESERVED_TRIALS = 6
"""Number of kinds for whose best trial time is reserved: about as many as a blend has members."""
FIXED_SECONDS, MAX_SLOWDOWN = 2.0, 2.0
"""Fixed seconds, to open workers and prepare; factor by which a fit may exceed its estimate."""
FITTING_SHARE, LEAST_SECONDS = 0.8, 0.5
"""Share of the time left for fitting, not preparing; minimum seconds of a fit."""
GRACE = 0.05
"""Share of the budget by which the fewest folds may be late: without them, all fits are lost."""
MAX_COMPARED, MIN_COMPARED = 5_000, 20
"""Maximum test rows for comparing both models; minimum to decide by rank correlation."""
MIN_AGREEMENT = 0.5
"""Rank correlation below which the measured scores do not apply to the refitted model."""


class Fitted(NamedTuple):
    """Shifts of raw scores by finished fold and trial, seconds of fitting, peak memory, notes."""

    shifts: dict[int, dict[int, float | np.ndarray]]
    seconds: float = 0.0
    peak: int = 0
    fault: str = ""
    notes: tuple[Finding, ...] = ()


class Finished(NamedTuple):
    """The final record and predictor of a run; ``whole`` is false after Ctrl-C."""

    record: Record
    predictor: Predictor
    whole: bool


@dataclass(frozen=True)
class Refit:
    """Refits the blend's members to all rows of ``labelled``; ``folds``: of the measured model."""

    plan: Plan
    labelled: Labelled
    folds: Folds
    clock: Clock
    folder: Path
    """The run folder."""
    scratch: Path
    limited: bool = False
    """Whether there was no time for all training rows, and so none for a refit to more."""

    @property
    def wanted(self) -> bool:
        """Return whether a refit is requested, and rows are left that no measured model had."""
        more = len(self.folds.train) < len(self.labelled.truth) or self._table.there
        return self.plan.recipe.final == "refit" and more

    @property
    def _table(self) -> WholeTable:
        return WholeTable(self.plan, self.labelled, self.folds, self.folder)

    def seconds(self, trials: Sequence[Trial]) -> float:
        """Return the estimated seconds of the refit for these trials; 0 if it is not requested."""
        if not self.wanted or self.limited:
            return 0.0
        share = min(RESERVED_FOLDS, self.plan.split.parts) / len(self.folds.held)
        fits = sum(each.fit_seconds for each in leading(trials, RESERVED_TRIALS)) / self.plan.recipe.budget.cores
        return FIXED_SECONDS + share * self._growth * fits

    def finish(self, blend: Blend, record: Record, progress: Progress, *, whole: bool) -> Finished:
        """Return the final record and predictor: the measured one if the time is too short."""
        if not self.wanted or all(each.model.baseline for each in blend.trials):
            return Finished(record, blend.predictor, whole)
        until = self.clock.give_back()
        folds = len(blend.predictor.members[0].fitted)
        kept = Final("folds", len(self.folds.train), len(self.folds.train), folds)
        fitted, predictor = Fitted({}), blend.predictor
        try:
            with progress.stage("refit"):
                if not whole:
                    final = replace(kept, reason="interrupted")
                elif self.limited or time.monotonic() >= until:
                    final = replace(kept, reason="late")
                else:
                    predictor, final, fitted = self._refitted(blend, kept, until)
        except KeyboardInterrupt:
            final, whole = replace(kept, reason="interrupted"), False
        except (DataError, RunError) as cause:
            final, fitted = replace(kept, reason="failed"), Fitted({}, fault=plain(cause))
        if fitted.fault:
            log(self.folder, "model not fitted to all rows", reason=fitted.fault)
        return Finished(self._recorded(record, final, fitted, progress), predictor, whole)

    @property
    def _growth(self) -> float:
        """Return the ratio of all rows to the training rows of the measured model."""
        every = drawn_from(self.labelled.table) if self._table.there else len(self.labelled.truth)
        return every / len(self.folds.train)

    def _of_table(self, blend: Blend, kept: Final, until: float) -> tuple[Predictor, Final, Fitted]:
        """Fit members that can be to every row of a sampled table; returns as ``_refitted``."""
        began, able = time.monotonic(), {each.name for each in self._table.able(blend.predictor)}
        once = sum(each.fit_seconds for each in blend.trials if each.name in able) / len(self.folds.held)
        if FIXED_SECONDS + self._growth * once > until - began:
            return blend.predictor, replace(kept, reason="late"), Fitted({})
        fitted = self._table.fit(blend.predictor)
        rows = self.folds.test[:: max(1, math.ceil(len(self.folds.test) / MAX_COMPARED))]
        final = replace(kept, kind="refit", rows=fitted.rows, folds=1, on_sample=fitted.kept)
        if len(rows):
            final = _agreed(final, blend.predictor, self._frame(rows), fitted.predictor.predict(self._frame(rows)))
        cost = Fitted({}, time.monotonic() - began, notes=fitted.notes)
        return (blend.predictor, _apart(final, kept), cost) if _differs(final) else (fitted.predictor, final, cost)

    def _refitted(self, blend: Blend, kept: Final, until: float) -> tuple[Predictor, Final, Fitted]:
        """Fit; return the predictor, its description, and the cost of the fits."""
        if self._table.there and self._table.able(blend.predictor):
            return self._of_table(blend, kept, until)
        labelled, plan = self.labelled, self.plan
        folds = plan.split.of_all(labelled.table, labelled.truth, labelled.task, plan.recipe.seed)
        own = self.scratch / "refit"
        scorer = scorer_on_disk(plan, labelled, folds, own, own / "trials", self.clock)
        precompute(plan, labelled.table, own)
        chosen = handed_over(len(scorer.held))
        if kept.folds < len(handed_over(len(self.folds.held))):  # fewer, to score many rows in time
            chosen = chosen[-max(MIN_FOLDS, kept.folds) :]
        fitted = self._fit(scorer, blend.trials, chosen, until)
        done = sorted(fitted.shifts)
        if fitted.fault or len(done) < MIN_FOLDS:
            return blend.predictor, replace(kept, reason="failed" if fitted.fault else "late"), fitted
        final = Final("refit", len(labelled.truth), kept.measured, len(done))
        final = self._compared(blend, scorer, done, final)
        if _differs(final):
            return blend.predictor, _apart(final, kept), fitted
        members = tuple(
            member(scorer, trial, float(weight), {fold: fitted.shifts[fold][trial.number] for fold in done})
            for trial, weight in zip(blend.trials, blend.weights, strict=True)
        )
        prepared = preparations(scorer, blend.trials, done)
        intake = Intake.of(labelled.table, plan.columns, plan.recipe, labelled.task)
        return replace(blend.predictor, members=members, preparations=prepared, intake=intake), final, fitted

    def _fit(self, scorer: FoldScorer, trials: Sequence[Trial], folds: range, until: float) -> Fitted:
        """Fit fold after fold until all are done or time is over; few rows are one job."""
        recipe = self.plan.recipe
        together = within(ONE_PROCESS, len(self.labelled.truth), len(self.plan.columns))
        parts = [tuple(trials)] if together else [(each,) for each in trials]
        fewest = MIN_FOLDS * len(parts)
        done: list[tuple[int, Trial, FoldDone]] = []
        with recipe.engine.open(recipe.budget.cores, recipe.budget.bytes) as workers:
            waiting: dict[int, tuple[int, tuple[Trial, ...]]] = {}
            seconds = self._seconds_of(trials, until - time.monotonic(), workers.slots)
            for fold, part in product(folds, parts):
                jobs = tuple(
                    scorer.job(each.number, each.model, fold, seconds=seconds.get(each.number)) for each in part
                )
                waiting[workers.submit(fit_members, jobs)] = fold, part
            count = len(waiting)
            while waiting and (left := self._last(until, count - len(waiting) < fewest) - time.monotonic()) > 0:
                ended = workers.wait(None if left == math.inf else left, of=waiting)
                bad = next((each.reason or each.status for each in ended if each.status != "ok"), None)
                if bad is not None:
                    return Fitted({}, _seconds(done), workers.peak, bad)
                for outcome in ended:
                    fold, part = waiting.pop(outcome.ticket)
                    done += [(fold, trial, each) for trial, each in zip(part, outcome.value, strict=True)]
        shifts: dict[int, dict[int, float | np.ndarray]] = {}
        for fold, trial, each in done:
            shifts.setdefault(fold, {})[trial.number] = each.shift
        whole = {fold: each for fold, each in shifts.items() if len(each) == len(trials)}
        return Fitted(whole, _seconds(done), workers.peak)

    def _last(self, until: float, few: bool) -> float:
        """Return the end of the fits: a little later while there are too few folds for a model."""
        return until + GRACE * (self.clock.seconds or 0.0) if few else until

    def _seconds_of(self, trials: Sequence[Trial], left: float, slots: int) -> dict[int, float]:
        """Return the maximum seconds of one fold by trial; none without a time limit.

        A fit that was stopped by time before may take as long again.  If the fewest folds would
        take longer than what is left, all members get their shares of it: forests then have fewer
        trees, boosters fewer rounds.
        """
        if self.clock.seconds is None:
            return {}
        once = {each.number: self._growth * each.fit_seconds / len(self.folds.held) for each in trials}
        share = FITTING_SHARE * left * min(1.0, slots / MIN_FOLDS) / max(sum(once.values()), 1e-9)
        if share >= MAX_SLOWDOWN:
            return {number: FIXED_SECONDS + MAX_SLOWDOWN * each for number, each in once.items()}
        return {number: max(LEAST_SECONDS, share * each) for number, each in once.items()}

    def _compared(self, blend: Blend, scorer: FoldScorer, done: Sequence[int], final: Final) -> Final:
        """Compare both models on test rows that the finished folds held out."""
        tested = np.zeros(len(self.labelled.truth), dtype=bool)
        tested[self.folds.test] = True
        rows = np.concatenate([scorer.held[fold] for fold in done])
        raw = sum(
            weight * np.concatenate([np.load(scorer.trials / str(trial.number) / f"held{fold}.npy") for fold in done])
            for trial, weight in zip(blend.trials, blend.weights, strict=True)
        )
        chosen = np.flatnonzero(tested[rows])
        chosen = chosen[:: max(1, math.ceil(len(chosen) / MAX_COMPARED))]
        if not len(chosen):
            return final
        again = blend.predictor.calibrated(np.asarray(raw)[chosen])
        return _agreed(final, blend.predictor, self._frame(rows[chosen]), again)

    def _frame(self, rows: np.ndarray) -> pd.DataFrame:
        """Return the raw columns of labelled rows that models use."""
        return self.labelled.table.take(rows).frame[self.plan.names]

    def _recorded(self, record: Record, final: Final, fitted: Fitted, progress: Progress) -> Record:
        """Return the record with the final model's description, and the refit's time and memory."""
        timing, memory = record.timing, record.memory
        took = {"stage_refit": round(progress.seconds.get("refit", 0.0), 3), "wall": round(self.clock.spent, 3)}
        timing = {**timing, **took, "fits": round(timing.get("fits", 0.0) + fitted.seconds, 3)}
        memory = {**memory, "jobs_peak_bytes": max(memory.get("jobs_peak_bytes", 0.0), float(fitted.peak))}
        data = replace(record.data, findings=(*record.data.findings, *fitted.notes))
        return replace(record, final=final, timing=timing, memory=memory, data=data)


def fit_members(jobs: Sequence[FoldJob]) -> list[FoldDone]:
    """Fit folds of several members in a worker."""
    return [done for job in jobs for done in fit_folds(job)]


def _seconds(done: Sequence[tuple[int, Trial, FoldDone]]) -> float:
    return sum(each.fit_seconds for *_, each in done)


def _agreed(final: Final, measured: Predictor, frame: pd.DataFrame, again: np.ndarray) -> Final:
    """Return ``final`` with its predictions ``again`` compared with those of the measured model."""
    correlation, difference = agreement(measured.predict(frame), again)
    return replace(final, compared=len(frame), agreement=correlation, difference=difference)


def _differs(final: Final) -> bool:
    """Return whether the scores of the measured model do not apply to the other."""
    return final.compared >= MIN_COMPARED and final.agreement < MIN_AGREEMENT


def _apart(final: Final, kept: Final) -> Final:
    return replace(final, kind="folds", rows=kept.rows, folds=kept.folds, on_sample=(), reason="apart")
