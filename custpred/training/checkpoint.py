"""The model in the folder during a run: a constant, then blends of finished trials."""

from __future__ import annotations  # light: imports inside functions are deliberate

import json
import math
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from custpred.calibrate.base import Calibrate
from custpred.engine._child import lower_priority
from custpred.engine._deferred import deferred
from custpred.inference.model_folder import save
from custpred.inference.predictor import Member, Predictor
from custpred.metrics._checked import gain_of
from custpred.metrics._keys import labels_of
from custpred.models.base import Model
from custpred.policy import Policy
from custpred.profile.base import CheckResult
from custpred.results.record import Record, Score, twin
from custpred.search._trial import has_model
from custpred.storage.files import write
from custpred.storage.frames import load_frame
from custpred.storage.run_folder import log
from custpred.table import Finding
from custpred.task import Fit, Predictions, Rows
from custpred.training._figures.leaderboard import assessed, leaderboard
from custpred.training._figures.nested import nested
from custpred.training.blend import combine
from custpred.training.holdout import data_of, versions
from custpred.training.scorer import endless

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import numpy as np

    from custpred.budget import Clock
    from custpred.engine.base import Workers
    from custpred.search._trial import Trial
    from custpred.split.base import Folds
    from custpred.target.base import Labelled
    from custpred.training._figures.leaderboard import Assessed
    from custpred.training.blend import Blend
    from custpred.training.plan import Plan
    from custpred.training.scorer import FoldScorer

ROWS = 20_000
"""Approximate number of held-out rows for choosing weights during the run."""
SHARE = 0.03
"""Share of the time for making such blends, by a separate worker."""
MIN_DURATIONS_LEFT = 10.0
"""A blend needs this many times its duration left, to not delay the final one."""


@dataclass(frozen=True)
class Refresh:
    """A job: blend the trials, and save the blend in the folder if it is the better model."""

    plan: Plan
    scorer: FoldScorer
    folder: Path
    record: Record
    gain: float
    """Out-of-fold gain of the model in the folder."""
    trials: tuple[Trial, ...] = ()


def refresh(job: Refresh) -> float:
    """Return the gain of the model that is in the folder afterwards."""
    blend = combine(job.plan, job.scorer, job.trials)
    gain = job.scorer.metric.gain(blend.held_out)
    if not gain > job.gain:
        return job.gain
    score = blend.score(job.scorer.metric)
    board = leaderboard(job.scorer, blend.trials, blend, score)
    now = replace(job.record, leaderboard=board, preparation=blend.notes, cv=_cv(job.record, score, gain))
    _leave(job.folder, now, blend.predictor)
    return gain


def without_rows(train: Labelled) -> Labelled:
    """Return the labels without rows, for a worker that reads these from scratch."""
    return replace(train, table=replace(train.table, frame=train.table.frame.iloc[:0]))


def profile_in_worker(job: tuple[Path, Labelled]) -> dict[str, CheckResult]:
    """Profile the training customers in a worker, as only the report needs the profile."""
    from custpred.profile._run import profile

    lower_priority()
    data, train = job
    table = replace(train.table, frame=load_frame(data / "train"))
    return profile(table, train.truth, train.task)


def profile_results(looking: Workers, ticket: int, clock: Clock, whole: bool) -> dict[str, CheckResult]:
    """Return the profile of the training customers, or a placeholder without time for it."""
    left = None if clock.rest is None else max(1.0, 0.3 * clock.rest)
    ended = looking.wait(left if whole else 0.5, of={ticket})
    if ended and ended[0].status == "ok":
        found: dict[str, CheckResult] = ended[0].value
        return found
    looking.cancel(ticket)
    return not_profiled(ended[0].reason) if ended else not_profiled()


def not_profiled(reason: str = "there was no time left for it") -> dict[str, CheckResult]:
    """Return a placeholder for the profile."""
    return {"profile": CheckResult((Finding("P999", "warning", f"The data were not profiled: {reason}."),))}


class Checkpoint:
    """Keeps the model in the folder up to date with the trials: always whole, never worse."""

    def __init__(self, first: Refresh, workers: Workers, left: Callable[[], float | None] = endless) -> None:
        self._now, self._workers, self._left = first, workers, left
        self._busy, self._due, self._ticket, self._took = False, 0.0, -1, 0.0

    @classmethod
    def begin(cls, job: Refresh, train: Labelled, workers: Workers, left: Callable[[], float | None] = endless) -> Self:
        """Save a constant model in the folder, unless an earlier run left a better one."""
        found = _before(job.folder, job.record.metric)
        if found is None:
            predictor, gain = constant(job, train)
            _leave(job.folder, replace(job.record, cv=_cv(job.record, None, gain)), predictor)
        else:
            gain = job.scorer.metric.sign * found
        checkpoint = cls(replace(job, gain=gain, scorer=job.scorer.thinned(ROWS)), workers, left)
        checkpoint.add(*job.trials)
        return checkpoint

    def know(self, *trials: Trial) -> None:
        """Add finished trials that the next blend may use."""
        self._now = replace(self._now, trials=(*self._now.trials, *trials))

    def add(self, *trials: Trial) -> None:
        """Add finished trials; start a new blend if the last one is done and time allows."""
        self.know(*trials)
        for outcome in self._workers.wait(0, of={self._ticket}) if self._busy else ():
            self._busy, self._took = False, outcome.seconds
            self._due = time.monotonic() + outcome.seconds / SHARE
            if outcome.status == "ok":
                self._now = replace(self._now, gain=outcome.value)
            else:
                log(self._now.folder, "model not refreshed", reason=outcome.reason)
        left = self._left()
        late = left is not None and left < MIN_DURATIONS_LEFT * self._took
        if has_model(trials) and not self._busy and not late and time.monotonic() >= self._due:
            self._busy = True
            self._ticket = self._workers.submit(refresh, self._now)

    def start(self, *trials: Trial) -> None:
        """Add the first trials, and save their blend in the folder without a worker."""
        self.know(*trials)
        self._now = replace(self._now, gain=refresh(self._now))

    def assess(
        self,
        scorer: FoldScorer,
        trials: Sequence[Trial],
        blend: Blend,
        weights: np.ndarray | None = None,
        workers: Workers | None = None,
    ) -> Callable[[], Assessed]:
        """Assess the held-out rows after the last refresh; return a function that waits.

        Parameters
        ----------
        workers
            Workers for it; default: those that refresh the folder's model.
        weights
            Weights without each fold, by which the blend's predictions are nested first.
        """
        plan: Any = None  # assessing needs neither the plan's customers nor fitted models
        lean = replace(scorer, left=endless, plan=plan)
        light = replace(blend, predictor=replace(blend.predictor, members=(), preparations={}))
        self._workers.cancel(self._ticket)
        job = (weights, lean, tuple(trials), light, scorer.plan.recipe.seed)
        wait = deferred(workers or self._workers, _assessed, job)
        return lambda: wait()[0]


def _assessed(job: tuple[np.ndarray | None, FoldScorer, Sequence[Trial], Blend, int]) -> Assessed:
    weights, scorer, trials, blend, seed = job
    return assessed(scorer, trials, nested(scorer, blend, weights), seed)


def first_refresh(plan: Plan, scorer: FoldScorer, labelled: Labelled, folds: Folds) -> Refresh:
    """Return the job of which all refreshes are derived; a worker gets no customers with it."""
    recipe = plan.recipe
    source = recipe.customers
    gone = {"data": None} if source is not None and "data" in type(source).model_fields else {}
    light = recipe.model_copy(update={"customers": source and source.model_copy(update=gone), "events": {}})
    record = draft(plan, labelled, folds)
    scorer = replace(scorer, left=endless)  # a clock cannot be pickled
    return Refresh(replace(plan, recipe=light), scorer, scorer.trials.parent, record, -math.inf)


def draft(plan: Plan, labelled: Labelled, folds: Folds) -> Record:
    """Return a record of everything known before the first model."""
    recipe = plan.recipe
    return Record(
        name=recipe.name,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        recipe=recipe.dump(),
        lock=recipe.dump(),
        task=labelled.task,
        data=data_of(labelled.table, labelled, folds, hashed=False),
        profile={},
        profile_findings=(),
        decisions=plan.decisions,
        preparation=(),
        leaderboard=(),
        metrics=labels_of(plan.metrics),
        test={},
        cv={},
        measures={},
        versions=versions(),
        seed=recipe.seed,
        whole=False,
    )


def constant(job: Refresh, train: Labelled) -> tuple[Predictor, float]:
    """Return the constant predictor, and its gain."""
    model, task = Model.constant(), train.task
    fitted = model.train(Rows(train.table.frame.iloc[:, :0], train.truth, train.weight), None, Fit(task))
    raw = model.raw(fitted, train.table.frame, Fit(task))
    recipe = job.plan.recipe
    predictor = Predictor(
        task=task,
        columns=job.plan.columns,
        preparations={"none": ((),)},
        members=(Member(model.kind(), model, "none", 1.0, (fitted,), (0.0,)),),
        calibrate=Calibrate.nothing(),
        calibration={},
        policy=Policy(recipe.business),
        missing=tuple(recipe.customers.missing) if recipe.customers else (),
        threads=recipe.budget.cores,
        intake=job.plan.intake,
    )
    return predictor, gain_of(job.scorer.metric, Predictions(task, train.truth, task.inverse_link(raw), train.weight))


def _cv(record: Record, score: Score | None, gain: float) -> dict[str, Score]:
    better = record.metrics[record.metric]["better"]
    return {record.metric: score or Score(gain if better == "higher" else -gain, math.nan, math.nan)}


def _leave(folder: Path, record: Record, predictor: Predictor) -> None:
    save(predictor, folder / "model", record.versions)
    write(folder / "report.json", twin(record))


def _before(folder: Path, metric: str) -> float | None:
    """Return the out-of-fold score of the model that an earlier run left, or None."""
    try:
        record = Record.load(json.loads((folder / "report.json").read_text("utf-8")))
        return record.cv[metric].value if (folder / "model" / "manifest.json").exists() else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
