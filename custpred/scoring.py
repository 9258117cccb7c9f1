"""How a configuration is scored: its folds are jobs for the workers, its out-of-fold answers the score."""

from __future__ import annotations

import io
import json
import math
import shutil
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from custpred.errors import DataError
from custpred.search._trial import Trial
from custpred.storage import load_state, save_state, write

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import numpy as np

    from custpred.engine.base import Outcome
    from custpred.metrics.base import Metric
    from custpred.models.base import Model
    from custpred.pipeline import Preparation
    from custpred.plan import Plan
    from custpred.table import Finding
    from custpred.task import Fit, Predictions, Rows, Task

INNER = 0.15
"""Share of a fold's training rows on which boosters decide when to stop; the held-out rows are never used for it."""
SHARE = 0.6
"""Share of the time left that one trial may plan for: it stops by itself, with a usable model, before it is ended."""
TOGETHER = 20_000
"""Training rows up to which one process fits all folds of a trial: starting one costs about 0.1 s."""


@dataclass(frozen=True)
class FoldJob:
    """Everything a worker needs to fit one fold; small enough to be sent."""

    model: Model
    preparation: Preparation
    task: Task
    folds: tuple[int, ...]
    data: Path
    """Scratch folder with the raw training rows, the folds and the prepared rows."""
    out: Path
    seed: int
    threads: int
    seconds: float | None = None


@dataclass(frozen=True)
class FoldDone:
    """What a fitted fold tells: seconds of fitting, seconds for 1,000 rows, and the shift of its raw scores."""

    fit_seconds: float
    predict_seconds: float
    shift: Any


def fit_folds(job: FoldJob) -> list[FoldDone]:
    """Fit folds in a worker; the fitted models and their held-out raw scores are files in ``job.out``."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(job.threads):
        return [_fit_fold(job, fold) for fold in job.folds]


def _fit_fold(job: FoldJob, fold: int) -> FoldDone:
    import numpy as np

    from custpred.prepared import load_rows
    from custpred.task import Fit

    folder = prepare_fold(job, fold)
    rows, held = load_rows(folder / "fit"), load_rows(folder / "held")
    fit = Fit(job.task, job.seed, job.threads, job.seconds)
    began = time.perf_counter()
    fitted = job.model.train(*_inner(rows, job.model, fit), fit)
    trained = time.perf_counter()
    shift = _shift(job, fold, folder)
    raw = job.model.raw(fitted, held.X, fit) + shift
    asked = time.perf_counter()
    if not np.isfinite(raw).all():
        raise ValueError("the model answered with numbers that are not finite")
    save_state(job.out, f"fold{fold}", job.model.pack(fitted))
    answers = io.BytesIO()
    np.save(answers, raw)
    write(job.out / f"held{fold}.npy", answers.getvalue())
    return FoldDone(trained - began, 1000 * (asked - trained) / max(len(held.y), 1), np.asarray(shift).tolist())


def prepare_fold(job: FoldJob, number: int) -> Path:
    """Prepare one fold's rows once; trials with the same preparation share them.

    Two workers may race: each writes a folder of its own, and the first rename wins.
    """
    import os

    import numpy as np
    import pandas as pd

    from custpred.pipeline import fit_steps, notes, transform
    from custpred.prepared import save_rows
    from custpred.task import Rows

    done = job.data / job.preparation.key / str(number)
    if done.exists():
        return done
    frame = pd.read_pickle(job.data / "train.pkl")[list(job.preparation.columns)]  # our own scratch
    truth = np.load(job.data / "truth.npy")
    with np.load(job.data / "folds.npz") as folds:
        fit, held = folds[f"fit{number}"], folds[f"held{number}"]
    part = job.data / f".{job.preparation.key}-{number}-{os.getpid()}"
    every = job.preparation.build(job.task, job.seed)
    steps, X, y = fit_steps(every, frame.iloc[fit], truth[fit])
    save_rows(part / "fit", Rows(X, y, job.preparation.resample.weights(y)))
    save_rows(part / "held", Rows(transform(steps, frame.iloc[held]), truth[held]))
    for i, step in enumerate(steps):
        save_state(part / "steps", f"step{i}", {"state": step.state_, "in": step.names_in_, "out": step.names_out_})
    save_state(part, "notes", [asdict(note) for note in notes(every)])
    done.parent.mkdir(exist_ok=True)
    try:
        part.rename(done)
    except OSError:
        shutil.rmtree(part)
    return done


def rehearse(job: FoldJob) -> DataError | None:
    """Prepare the job's folds; return what the recipe asks of a column that it does not have, if that is so."""
    try:
        for fold in job.folds:
            prepare_fold(job, fold)
    except DataError as fault:
        return fault
    return None


def restore_steps(job: FoldJob, fold: int) -> tuple[Any, ...]:
    """Return the fitted steps of a fold's preparation, as the worker learned them."""
    from custpred.transformer import Transformer

    specs = [step.spec for _, step in job.preparation.build(job.task, job.seed) if isinstance(step, Transformer)]
    folder = prepare_fold(job, fold) / "steps"
    plain = [load_state(folder, f"step{i}") for i in range(len(specs))]
    return tuple(
        Transformer.restore(spec, each["state"], each["in"], each["out"])
        for spec, each in zip(specs, plain, strict=True)
    )


def preparation_notes(job: FoldJob, fold: int = 0) -> list[Finding]:
    """Return what a fold's preparation learned or declined."""
    from custpred.table import Finding

    return [Finding(**note) for note in load_state(prepare_fold(job, fold), "notes")]


def _inner(rows: Rows, model: Model, fit: Fit) -> tuple[Rows, Rows | None]:
    """Split validation rows off for models that stop early, keeping class shares."""
    import numpy as np

    if not model.stops_early or len(rows.y) < 40:
        return rows, None
    random = np.random.default_rng(fit.seed)
    order = np.lexsort((random.random(len(rows.y)), rows.y))
    valid = np.zeros(len(rows.y), dtype=bool)
    step = round(1 / INNER)
    valid[order[random.integers(step) :: step]] = True
    return _take(rows, ~valid), _take(rows, valid)


def _take(rows: Rows, mask: np.ndarray) -> Rows:
    from custpred.task import Rows

    return Rows(rows.X.loc[mask], rows.y[mask], None if rows.weight is None else rows.weight[mask])


def _shift(job: FoldJob, fold: int, folder: Path) -> Any:
    """Return what brings raw scores from the resampled shares back to the true ones; 0 where nothing was resampled."""
    import numpy as np

    from custpred.resample._prior import correction

    if job.task.kind == "regression" or job.preparation.resample.kind() == "none":
        return 0.0
    truth = np.load(job.data / "truth.npy")
    with np.load(job.data / "folds.npz") as folds:
        fit = folds[f"fit{fold}"]
    trained = np.load(folder / "fit" / "truth.npy")
    path = folder / "fit" / "weight.npy"
    weight = np.load(path) if path.exists() else None
    true_shares = np.bincount(truth[fit].astype(int), minlength=job.task.classes) / len(fit)
    counts = np.bincount(trained.astype(int), weights=weight, minlength=job.task.classes)
    return correction(true_shares, counts / counts.sum())


@dataclass(frozen=True)
class FoldScorer:
    """Scores configurations on the folds of one run; implements ``custpred.search.base.Scorer``."""

    plan: Plan
    task: Task
    metric: Metric
    truth: np.ndarray
    held: Sequence[np.ndarray]
    data: Path
    trials: Path
    left: Callable[[], float | None] = lambda: None
    """Seconds left for the search: no fold may plan for more than its share of them."""
    slots: int = 1
    """Jobs that run at once."""
    threads: int = 1

    def job(self, number: int, model: Model, *folds: int, seconds: float | None = None) -> FoldJob:
        """Return some folds of one trial as a job."""
        out = self.trials / str(number)
        preparation = self.plan.preparation(model)
        seed = self.plan.recipe.seed
        return FoldJob(model, preparation, self.task, folds, self.data, out, seed, self.threads, seconds)

    def jobs(self, number: int, model: Model) -> list[tuple[Callable[[Any], Any], Any]]:
        """Return the trial as jobs: each fold one, or all in one where a process costs more than a fit."""
        every = range(len(self.held))
        together = len(self.truth) <= TOGETHER
        left = self.left()
        rounds = len(every) if together else math.ceil(len(every) / self.slots)
        seconds = None if left is None else SHARE * left / rounds
        parts = [tuple(every)] if together else [(fold,) for fold in every]
        return [(fit_folds, self.job(number, model, *part, seconds=seconds)) for part in parts]

    def judge(self, number: int, model: Model, outcomes: Sequence[Outcome]) -> Trial:
        """Score the out-of-fold answers; the trial's files are on disk when this returns."""
        bad = next((each for each in outcomes if each.status != "ok"), None)
        if bad is not None or sum(len(each.value) for each in outcomes) < len(self.held):
            status: Any = "timeout" if bad is None or bad.status == "cancelled" else bad.status
            trial = Trial(number, model, status, reason=bad.reason if bad else "not all folds were done in time")
        else:
            done: list[FoldDone] = [fold for each in outcomes for fold in each.value]
            predictions, rows = self.predictions(self.raw(number))
            gains = tuple(self.metric.gain(predictions.take(rows == fold)) for fold in range(len(self.held)))
            trial = Trial(
                number,
                model,
                "ok",
                gain=self.metric.gain(predictions),
                folds=gains,
                fit_seconds=sum(each.fit_seconds for each in done),
                predict_seconds=sum(each.predict_seconds for each in done),
            )
            write(self.trials / str(number) / "shifts.json", json.dumps([each.shift for each in done]))
        plain = {**asdict(trial), "model": model.dump()}
        write(self.trials / str(number) / "result.json", json.dumps(plain))
        return trial

    def raw(self, number: int) -> np.ndarray:
        """Return a trial's out-of-fold raw scores, in the order of ``predictions``."""
        import numpy as np

        return np.concatenate([np.load(self.trials / str(number) / f"held{k}.npy") for k in range(len(self.held))])

    def predictions(self, raw: np.ndarray) -> tuple[Predictions, np.ndarray]:
        """Return out-of-fold answers with their truth, and the fold of each row."""
        import numpy as np

        from custpred.task import Predictions

        rows = np.concatenate(self.held)
        fold = np.repeat(np.arange(len(self.held)), [len(each) for each in self.held])
        return Predictions(self.task, self.truth[rows], self.task.answer(raw)), fold


def finished(trials: Path) -> tuple[Trial, ...]:
    """Return the trials that an earlier run of the same folder finished."""
    from custpred.models.base import Model

    found = []
    for path in sorted(trials.glob("*/result.json"), key=lambda p: int(p.parent.name)):
        plain = json.loads(path.read_text("utf-8"))
        found.append(Trial(**{**plain, "model": Model.parse(plain["model"]), "folds": tuple(plain["folds"])}))
    return tuple(found)
