"""Holdout evaluation: scores the test rows, once, and turns a finished run into plain data."""

from __future__ import annotations  # light: imports inside functions are deliberate

import math
import platform
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

import numpy as np

from custpred.budget import peak_memory
from custpred.evaluate._run import here, measure_all
from custpred.evaluate.base import Evidence
from custpred.events.assembly import CUTOFF
from custpred.inference.latency import measure_latency
from custpred.metrics._checked import value_or_nan
from custpred.metrics._keys import labels_of, metric_keys
from custpred.models.base import Model
from custpred.policy import Rounds
from custpred.profile._hash import fingerprint
from custpred.results.held_out import HeldOut
from custpred.results.record import Data, Decision, Record, score_of
from custpred.task import Predictions
from custpred.training._figures.comparison import compare
from custpred.training._figures.leaderboard import skipped
from custpred.training._figures.learning_curve import start
from custpred.training._figures.requirements import requirements
from custpred.training._rows.earlier import earlier

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from custpred.budget import Clock
    from custpred.evaluate.base import Measure
    from custpred.profile.base import CheckResult
    from custpred.results.record import Comparison
    from custpred.search._trial import Trial
    from custpred.split.base import Folds
    from custpred.storage.plain import JSON
    from custpred.table import Table
    from custpred.target.base import Labelled
    from custpred.training._figures.leaderboard import Assessed
    from custpred.training.blend import Blend
    from custpred.training.plan import Plan
    from custpred.training.scorer import FoldScorer

INTERRUPTED_ROWS, LATE_ROWS = 5_000, 20_000
"""Test customers scored by an interrupted run, and by one whose time was over before."""
MIN_SECONDS = 0.5
"""Minimum seconds for the bootstrap intervals of the comparison with baselines."""
SPEED_SHARE, MIN_SPEED_SECONDS, SPEED_SECONDS = 0.004, 0.1, 0.8
"""Share of the time, minimum and maximum seconds for latency and throughput of the blend."""
PACKAGES = ("custpred", "numpy", "pandas", "scikit-learn", "imbalanced-learn", "optuna", "duckdb")
"""Packages recorded in every run; models name further ones."""


@dataclass(frozen=True)
class HoldoutEvaluation:
    """The results of a run, before they become a record."""

    plan: Plan
    labelled: Labelled
    folds: Folds
    data: Data
    profiled: Callable[[], Mapping[str, CheckResult]]
    """Returns the profile of the training customers."""
    trials: tuple[Trial, ...]
    blend: Blend
    assessed: Callable[[], Assessed]
    """Returns the held-out results, maybe computed while test customers are scored."""
    peak: int = 0
    """Peak memory of all workers' jobs together, in bytes."""
    whole: bool = True
    """False after Ctrl-C: only some test customers are scored."""
    late: bool = False
    """Whether the time was over before the test: then a larger sample of them is scored."""
    networks: tuple[JSON, ...] = ()
    """Diagnostics of sequence networks."""
    scorer: FoldScorer | None = None
    """Access to trials' predictions and fitted folds; without it, no baselines are compared."""
    submit: Callable[..., Callable[[], list[dict[str, Measure]]]] = here
    """Starts work in other processes and returns a function that waits for the results."""
    most: int | None = None
    """Number of test customers to score; None: all."""

    def record(self, clock: Clock, seconds: dict[str, float]) -> Record:
        """Score the test rows once and assemble the record."""
        from custpred.training._figures.descriptions import descriptions

        recipe, began = self.plan.recipe, clock.spent
        scored = self.scored
        evidence = self._evidence(scored, clock)
        keys = metric_keys(self.plan.metrics)
        learned = start(self.scorer if self.whole and not self.late else None, self.trials, clock, self.submit)
        measures = measure_all(evidence, self.submit)
        measures |= descriptions(self.plan, self.labelled, self.folds, self.blend, (scored, self._rows()))
        test = {keys[row["metric"]]: score_of(row) for row in measures["scores"].rows}
        named = {name: test[key] for name, key in keys.items() if key in test}
        comparisons = self._comparisons(scored, clock)
        board, cv = self.assessed()
        board = (*board, *skipped(self.plan, board))
        profiled = self.profiled()
        speed = self._speed(clock)  # while nothing else is running
        found = tuple(finding for result in profiled.values() for finding in result.findings)
        return Record(
            name=recipe.name,
            made=datetime.now(UTC).isoformat(timespec="seconds"),
            recipe=recipe.dump(),
            lock=recipe.model_copy(update={"calibrate": self.blend.predictor.calibrate}).dump(),
            task=self.labelled.task,
            data=replace(self.data, scored_rows=len(self._rows())),
            profile={kind: result.facts for kind, result in profiled.items()},
            profile_findings=found,
            decisions=self._decisions(),
            preparation=self.blend.notes,
            pipelines=self.blend.pipelines,
            leaderboard=board,
            metrics=labels_of(self.plan.metrics),
            test=test,
            cv=cv,
            measures=measures,
            requirements=requirements(recipe.require, scored, test | named, (*self.data.findings, *found)),
            known_best=self._known_best(scored),
            timing=self._timing(clock, {**seconds, "test": clock.spent - began}, speed),
            memory={"peak_bytes": float(peak_memory()), "jobs_peak_bytes": float(self.peak)},
            versions=versions(),
            seed=recipe.seed,
            laboratory=self._diagnostics(),
            learning=learned(),
            contract=self.blend.predictor.intake.brief(),
            comparisons=comparisons,
            run_id=uuid.uuid4().hex[:12],
        )

    def _diagnostics(self) -> JSON:
        if not self.networks or self.scorer is None:
            return {}
        from custpred.training._figures.network_diagnostics import diagnostics

        train = self.labelled.take(self.folds.train).table.frame[self.plan.names]
        tested = len(self.folds.test) > 0 and self.whole and not self.late
        test = (self._frame(), self.scored) if tested else None
        return diagnostics(self.scorer, self.trials, self.networks, self.blend.predictor, (train, test))

    @cached_property
    def scored(self) -> Predictions:
        """Return predictions for the test rows, or out of fold if there is no test."""
        if len(self.folds.test) == 0:
            return self.blend.nested or self.blend.held_out
        predicted = self.blend.predictor.predict(self._frame())
        tested = self._tested
        return Predictions(tested.task, tested.truth, predicted, tested.weight)

    def held_out(self) -> HeldOut:
        """Return the scored rows with hashes that match them elsewhere."""
        own = HeldOut.of(self.labelled, self._rows(), self.scored, self.folds)
        return own.knowing(self.labelled, self.folds, self.blend.predictor)

    def _comparisons(self, scored: Predictions, clock: Clock) -> tuple[Comparison, ...]:
        """Compare the model with the baselines, scored on the same rows in one evaluation."""
        if self.scorer is None:
            return ()
        test = self._frame() if len(self.folds.test) else None
        seconds = None if clock.seconds is None else max(MIN_SECONDS, 0.02 * clock.seconds)
        return compare(self.scorer, self.trials, self.blend, scored, test, seconds=seconds)

    def _rows(self) -> np.ndarray:
        """Return the positions of the scored customers in the complete table."""
        if len(self.folds.test):
            most = INTERRUPTED_ROWS if not self.whole else LATE_ROWS if self.late else len(self.folds.test)
            return self.folds.test[:: max(1, -(-len(self.folds.test) // min(most, self.most or most)))]
        rows: np.ndarray = self.folds.train[np.concatenate([held for _, held in self.folds.held])]
        return rows[:: self.scorer.thin if self.scorer else 1]  # only every n-th was used

    @cached_property
    def _tested(self) -> Labelled:
        return self.labelled.take(self._rows())

    def _frame(self) -> pd.DataFrame:
        """Return the raw columns that models use, for the scored customers."""
        return self._tested.table.frame[self.plan.names]

    def _evidence(self, scored: Predictions, clock: Clock) -> Evidence:
        from custpred.inference.explanations import either

        recipe = self.plan.recipe
        left = math.inf if clock.rest is None else max(1.0, min(8.0, clock.rest * 0.4))
        left = left if self.whole and not self.late else 0.5
        return Evidence(
            predictions=scored,
            table=self._tested.table,
            metrics=self.plan.metrics,
            business=recipe.business,
            seed=recipe.seed,
            min_cell=recipe.privacy.min_cell,
            predict=lambda frame: self.blend.predictor.predict(frame[self.plan.names]),
            reasons=lambda *asked: either(self.blend.predictor, self.plan.names, *asked),
            seconds=left,
            sensitive=tuple(recipe.privacy.sensitive),
            policy=self.blend.predictor.policy,
            rounds=self._rounds(),
            cores=recipe.budget.cores,
            deadline=clock.deadline,
            earlier=earlier(self.labelled.table, self.folds, self._rows()) if self.data.events else None,
        )

    def _rounds(self) -> Rounds:
        """Return the scoring round of each scored customer: its cutoff, or the whole table."""
        frame = self.labelled.table.frame
        moments = frame[CUTOFF].to_numpy() if self.data.events else np.zeros(len(frame))
        return Rounds.sampled(moments, self._rows())

    def _decisions(self) -> tuple[Decision, ...]:
        """Return the plan's decisions and the chosen calibration."""
        chosen = Decision("calibrate", self.blend.predictor.calibrate.kind(), self.blend.calibration)
        found = tuple(chosen if each.key == "calibrate" else each for each in self.plan.decisions)
        scored, every = len(self._rows()), len(self.folds.test)
        late = "the time does not suffice for more; a larger budget scores them all"
        why = late if self.whole else "the run was interrupted; resume scores them all"
        part = Decision("test", f"{scored:,} of {every:,} customers", why)
        return found if scored >= every else (*found, part)

    def _known_best(self, scored: Predictions) -> dict[str, float]:
        """Return the best possible score on sample data, that of the true probabilities."""
        known = self.labelled.table.known
        if known is None:
            return {}
        best = known[self._rows()]
        predicted = np.column_stack([1 - best, best]) if scored.task.kind == "binary" and best.ndim == 1 else best
        ideal = Predictions(scored.task, scored.truth, predicted, scored.weight)
        keys = metric_keys(self.plan.metrics)
        return {keys[metric.name()]: value_or_nan(metric, ideal) for metric in self.plan.metrics}

    def _speed(self, clock: Clock) -> dict[str, float]:
        some = self._frame().iloc[:1000]
        seconds = math.inf if clock.seconds is None else max(MIN_SPEED_SECONDS, SPEED_SHARE * clock.seconds)
        return measure_latency(self.blend.predictor, some, min(SPEED_SECONDS, seconds))

    def _timing(self, clock: Clock, seconds: dict[str, float], speed: dict[str, float]) -> dict[str, float]:
        # A fit that was cut off counts for the time it ran.
        fits = sum(trial.fit_seconds for trial in self.trials) + seconds.get("cut", 0.0)
        cores = float(self.plan.recipe.budget.cores)
        own = {"wall": round(clock.spent, 3), "fits": round(fits, 3), "trials": len(self.trials), "cores": cores}
        return {**own, **speed, **{f"stage_{name}": round(value, 3) for name, value in seconds.items()}}


def data_of(table: Table, labelled: Labelled | None = None, folds: Folds | None = None, *, hashed: bool = True) -> Data:
    """Describe the input data; the fingerprint takes a second per million rows."""
    shares: dict[str, float] = {}
    if labelled and labelled.task.labels:
        counts = np.bincount(labelled.truth.astype(int), minlength=labelled.task.classes) / max(len(table), 1)
        shares = {label: float(share) for label, share in zip(labelled.task.labels, counts, strict=True)}
    return Data(
        origin=table.origin,
        rows=len(table),
        columns=len(table.columns),
        train_rows=len(folds.train) if folds else len(table),
        test_rows=len(folds.test) if folds else 0,
        kinds={column.name: column.kind for column in table.columns},
        shares=shares,
        target=_spread(labelled.truth) if labelled and not labelled.task.labels else {},
        findings=table.findings,
        sha256=fingerprint(table.frame) if hashed else "",
        events=table.facts.get("events", {}),
        **(_customers(table, folds) if hashed and folds else {}),
    )


def _customers(table: Table, folds: Folds) -> dict[str, int]:
    """Return the number of distinct customers, in all rows and in each part."""
    every = table.customers()
    parts = {"train_customers": folds.train, "test_customers": folds.test}
    own = {name: len(rows) if every == len(table) else table.customers(rows) for name, rows in parts.items()}
    return {"customers": every, **own}


def versions() -> dict[str, str]:
    """Return the versions of Python and of every package that affects predictions."""
    found = {"python": platform.python_version(), "platform": platform.platform(terse=True)}
    for name in (*PACKAGES, *(name for kind in Model.every() for name in kind.packages)):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _spread(truth: np.ndarray) -> dict[str, float]:
    marks = {"q00": 0, "q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95, "q99": 0.99, "q100": 1}
    spread = float(truth.std())
    skew = float(((truth - truth.mean()) ** 3).mean() / spread**3) if spread > 0 else 0.0
    found = {name: float(np.quantile(truth, at)) for name, at in marks.items()}
    return {"mean": float(truth.mean()), "sd": spread, "skew": skew, "share_zero": float((truth == 0).mean()), **found}
