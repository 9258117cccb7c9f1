"""One fold of a configuration, in a worker: prepare rows once, fit, predict, write files."""

from __future__ import annotations

import io
import math
import os
import shutil
import time
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from custpred.columns.batch import PlainMatrix
from custpred.columns.fitted_step import FittedStep
from custpred.errors import DataError, RunError
from custpred.metrics._checked import gain_or_nan
from custpred.models._frame import coded as coded_columns
from custpred.models._threads import limited
from custpred.preparation import transform
from custpred.resample._prior import correction, shares
from custpred.search._bar import mixture
from custpred.storage.files import digest, load_state, save_state, write
from custpred.storage.frames import load_frame
from custpred.storage.scratch import coded
from custpred.table import Finding
from custpred.task import Fit, Predictions, Rows
from custpred.training._fits.early_stopping import drawn, raw_scores, trained
from custpred.training._rows.prepared import load_rows, save_rows
from custpred.training._rows.weights import of_prepared, of_rows, row_weights

if TYPE_CHECKING:
    from pathlib import Path

    from custpred.metrics.base import Metric
    from custpred.models.base import Model
    from custpred.preparation import Preparation
    from custpred.search._bar import Bar
    from custpred.storage.plain import JSON
    from custpred.task import Task

TIMED_ROWS = 2_000
"""Number of rows for measuring a model's speed."""
FIXED_SECONDS = 0.1
"""Approximate fixed cost of preparing rows, in seconds."""
MIN_SHARE = 0.4
"""Minimum share of a fold's time that is left for its fit."""
MAX_FOLDS = 5
"""Number of folds whose models are handed over; more gain nothing measurable
(docs/benchmarks.md, Folds of a member)."""


@dataclass(frozen=True)
class FoldJob:
    """Everything a worker needs to fit folds; small enough to be pickled."""

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
    count: int = 1
    """Number of folds of the complete trial."""
    metric: Metric | None = None
    bar: Bar | None = None
    """The bar for the folds; the job stops if they fall behind it."""
    thin: int = 1
    """Only every n-th training row is used, stratified by label; all held-out rows are used."""


@dataclass(frozen=True)
class FoldDone:
    """The result of a fold: seconds of fit and per 1,000 rows, shift of raw scores, gain."""

    fold: int
    fit_seconds: float
    predict_seconds: float
    shift: float | np.ndarray
    gain: float
    files: dict[str, str]
    """SHA-256 of each file of the fold, by name."""


def fit_folds(job: FoldJob) -> list[FoldDone]:
    """Fit folds in a worker; models and held-out raw scores are files in ``job.out``.

    What a fold needs besides its fit is taken from the time of the next one.
    """
    done: list[FoldDone] = []
    with limited(job.threads):
        limit = job.seconds
        for fold in job.folds:
            began = time.monotonic()
            done.append(_fit_fold(replace(job, seconds=limit), fold))
            limit = _shortened(job.seconds, time.monotonic() - began - (limit or 0.0))
            if job.bar is None:
                continue
            gains = {each.fold: each.gain for each in done}
            if job.bar.missed(gains, partial(_mixed_gain, job, job.bar.number)):
                break
    return done


def _shortened(seconds: float | None, late: float) -> float | None:
    """Return the time limit of a fit after a fold that took ``late`` seconds beyond its own."""
    return seconds if seconds is None or late <= 0 else max(MIN_SHARE * seconds, seconds - late)


def _fit_fold(job: FoldJob, fold: int) -> FoldDone:
    folder = prepare_fold(job, fold)
    rows, held = load_rows(folder / "fit"), load_rows(folder / "held")
    fit = Fit(job.task, job.seed, job.threads, job.seconds)
    began = time.perf_counter()
    fitted, fit = trained(job.model, rows, held, fit, _units(job, fold))
    ended = time.perf_counter()
    shift = _shift(job, fold, folder)
    raw = raw_scores(job.model, fitted, held, fit) + shift
    if fold in handed_over(job.count):
        save_state(job.out, f"fold{fold}", job.model.pack(fitted), synced=False)
    buffer = io.BytesIO()
    np.save(buffer, raw)
    write(job.out / f"held{fold}.npy", buffer.getvalue(), synced=False)
    last = fold == job.count - 1  # a trial that is stopped before needs no speed
    speed = _speed(job, fitted, held, replace(fit, half=None)) if last else 0.0
    files = {path.name: digest(path) for path in (*job.out.glob(f"fold{fold}.*"), job.out / f"held{fold}.npy")}
    return FoldDone(fold, ended - began, speed, np.asarray(shift).tolist(), held_gain(job, raw, held), files)


def held_gain(job: FoldJob, raw: np.ndarray, held: Rows) -> float:
    """Return the gain of raw scores of held-out rows; nan without a metric."""
    scored = Predictions(job.task, held.y, job.task.inverse_link(raw), held.weight)
    return gain_or_nan(job.metric, scored) if job.metric else math.nan


def _mixed_gain(job: FoldJob, best: int, fold: int) -> float:
    """Return the gain of a mixture with trial ``best`` on a finished fold; nan without its file."""
    path = job.out.parent / str(best) / f"held{fold}.npy"
    if not path.exists():
        return math.nan
    raw = mixture(np.load(path), np.load(job.out / f"held{fold}.npy"))
    return held_gain(job, raw, load_rows(prepare_fold(job, fold) / "held"))


def handed_over(count: int) -> range:
    """Return the folds whose models are handed over: the last, the newest of a split by time.

    >>> handed_over(8), handed_over(3)
    (range(3, 8), range(0, 3))
    """
    return range(max(0, count - MAX_FOLDS), count)


def prepare_fold(job: FoldJob, number: int) -> Path:
    """Prepare one fold's rows once; trials with the same preparation share them.

    Two workers may race: each writes its own folder, and the first rename wins.
    """
    done = _prepared_folder(job, number)
    if done.exists():
        return done
    truth, names = np.load(job.data / "truth.npy"), list(job.preparation.columns)
    fit, held = _positions(job, number)
    part = job.data / f".{done.parent.name}-{number}-{os.getpid()}"
    for spec in job.preparation.features:
        spec.load_precomputed(job.data)
    made = job.preparation.fit(load_frame(job.data / "train", names, fit), truth[fit], job.task, job.seed)
    weight = row_weights(job.data)
    own = of_prepared(weight, fit, made.positions, job.preparation.resample.weights(made.y))
    save_rows(part / "fit", Rows(made.X, made.y, own))
    new = load_frame(job.data / "train", names, held)
    began = time.perf_counter()
    save_rows(part / "held", Rows(transform(made.steps, new), truth[held], of_rows(weight, held)))
    pace = 1000 * max(0.0, time.perf_counter() - began - FIXED_SECONDS) / max(1, len(held))
    for i, step in enumerate(made.steps):
        save_state(part / "steps", f"step{i}", {"state": step.state, "in": step.names_in, "out": step.names_out})
    kept = {"notes": [asdict(note) for note in made.notes], "stages": list(made.stages), "pace": pace}
    save_state(part, "notes", kept)
    done.parent.mkdir(exist_ok=True)
    try:
        part.rename(done)
    except OSError:
        shutil.rmtree(part)
    return done


def prepared(job: FoldJob) -> int:
    """Return a fold whose rows are prepared, the first one if there is none yet."""
    return next((fold for fold in range(job.count) if _prepared_folder(job, fold).exists()), 0)


def _prepared_folder(job: FoldJob, number: int) -> Path:
    key = job.preparation.key if job.thin == 1 else f"{job.preparation.key}-{job.thin}"
    return job.data / key / str(number)


def _positions(job: FoldJob, fold: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the positions of a fold's training rows in use, and of its held-out rows."""
    with np.load(job.data / "folds.npz") as folds:
        fit, held = folds[f"fit{fold}"], folds[f"held{fold}"]
    return (fit if job.thin == 1 else fit[drawn(np.load(job.data / "truth.npy")[fit], job.thin, job.seed)]), held


def warm_up(job: FoldJob) -> float | DataError | RunError:
    """Prepare the job's folds; return seconds per 1,000 new rows, or the error for all trials."""
    try:
        with coded():
            return max(float(load_state(prepare_fold(job, fold), "notes")["pace"]) for fold in job.folds)
    except (DataError, RunError) as fault:
        return fault


def restore_steps(job: FoldJob, fold: int) -> tuple[FittedStep, ...]:
    """Return the fitted steps of a fold's preparation, as the worker learned them."""
    specs = job.preparation.kept_steps()
    if not specs:
        return ()
    folder = prepare_fold(job, fold) / "steps"
    plain = [load_state(folder, f"step{i}") for i in range(len(specs))]
    return tuple(
        FittedStep(spec, each["state"], each["in"], each["out"]) for spec, each in zip(specs, plain, strict=True)
    )


def preparation_notes(job: FoldJob) -> tuple[list[Finding], list[JSON]]:
    """Return the findings of the first fold's preparation, and its steps' effects."""
    kept = load_state(prepare_fold(job, 0), "notes")
    return [Finding(**note) for note in kept["notes"]], kept["stages"]


def _units(job: FoldJob, fold: int) -> np.ndarray | None:
    """Return each held-out row's customer, whose rows stay together; None if single."""
    with np.load(job.data / "folds.npz") as folds:
        found: np.ndarray | None = folds["unit"][folds[f"held{fold}"]] if "unit" in folds else None
    return found


def _speed(job: FoldJob, fitted: object, held: Rows, fit: Fit) -> float:
    """Return the CPU seconds in which a member's folds score 1,000 rows."""
    count = len(handed_over(job.count))
    kept = job.model.shared(fitted, count)
    rows: object = held.X.iloc[np.resize(np.arange(len(held.X)), TIMED_ROWS)]
    if job.model.plain:
        values, positions = coded_columns(rows)
        rows = PlainMatrix(values, tuple(positions))
    together = job.model.together((kept,), count)
    if together:
        together(rows, fit)  # warm-up
    began = time.process_time()
    if together:
        together(rows, fit)
    else:
        job.model.raw(kept, rows, fit)
    return count * (time.process_time() - began) * 1000 / TIMED_ROWS


def _shift(job: FoldJob, fold: int, folder: Path) -> float | np.ndarray:
    """Return the offset of raw scores from resampled to true class shares; 0 if the same."""
    if job.task.kind == "regression" or not job.preparation.resample.balances:
        return 0.0
    fit, _ = _positions(job, fold)
    own, part = row_weights(job.data), folder / "fit"
    true = shares(np.load(job.data / "truth.npy")[fit], job.task.classes, None if own is None else own[fit])
    return correction(true, shares(np.load(part / "truth.npy"), job.task.classes, row_weights(part)))
