"""The model in the folder during a run."""

from __future__ import annotations

import json
import math
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import custpred as cp
from custpred.budget import Budget, Clock
from custpred.engine.inline import Inline
from custpred.ensemble.base import Ensemble
from custpred.results.record import Record
from custpred.search._trial import Trial
from custpred.task import Predictions
from custpred.training._figures.leaderboard import assessed, leaderboard
from custpred.training._figures.nested import learn, nested
from custpred.training.blend import combine
from custpred.training.checkpoint import (
    Checkpoint,
    Refresh,
    constant,
    first_refresh,
    profile_in_worker,
    profile_results,
    refresh,
    without_rows,
)


def _first(world: Any, folder: Path) -> Refresh:
    job = first_refresh(world.plan, world.scorer, world.labelled, world.folds)
    return replace(job, folder=folder)


def _record(folder: Path) -> Record:
    return Record.load(json.loads((folder / "report.json").read_text("utf-8")))


def _real(world: Any) -> list[Trial]:
    return [trial for trial in world.trials if trial.scored and not trial.model.baseline]


def test_a_job_contains_no_customers(world: Any, tmp_path: Path) -> None:
    """What is sent to a worker is small: a table passed in Python stays in this process."""
    job = _first(world, tmp_path)
    assert world.plan.recipe.customers.data is not None
    assert job.plan.recipe.customers.data is None
    assert len(pickle.dumps(job)) < 200_000


def test_a_constant_is_saved_first(world: Any, tmp_path: Path) -> None:
    """Before any trial the folder loads, predicts training shares, and never saw the test."""
    train = world.labelled.take(world.folds.train)
    with Inline().open(1) as workers:
        Checkpoint.begin(_first(world, tmp_path), train, workers)
    result = cp.load(tmp_path)
    answer = result.predict_proba(world.labelled.table.frame.iloc[4:24])["yes"].to_numpy()
    np.testing.assert_allclose(answer, train.truth.mean(), atol=1e-3)
    assert not result.record.whole
    assert result.record.test == {}
    assert math.isnan(result.score)
    assert result.record.cv["roc_auc"].value == 0.5
    reasons = result.explain(world.labelled.table.frame.iloc[4:7])
    np.testing.assert_allclose(reasons["answer"], reasons["start"])


def test_the_constant_of_numbers_is_their_mean(search: Any, people: Any, tmp_path: Path) -> None:
    """For values the constant is the training mean."""
    world = search(data=people(200).drop(columns="left"), target="visits", models=["linear"])
    train = world.labelled.take(world.folds.train)
    predictor, gain = constant(_first(world, tmp_path), train)
    np.testing.assert_allclose(predictor.predict(train.table.frame.head(5)), train.truth.mean())
    assert gain == pytest.approx(-train.truth.std())


def test_a_refresh_saves_the_blend(world: Any, tmp_path: Path) -> None:
    """The folder then has the blend, its leaderboard and its out-of-fold score."""
    job = replace(_first(world, tmp_path), trials=world.trials)
    gain = refresh(job)
    record = _record(tmp_path)
    assert gain == pytest.approx(world.scorer.metric.gain(world.blend.held_out))
    assert record.cv[record.metric].value == pytest.approx(gain)
    assert {row.name for row in record.leaderboard if row.weight and row.kind != "blend"} == {
        trial.name for trial in world.blend.trials
    }
    frame = world.labelled.table.frame.iloc[4:34]  # the first four have a rare level, of which scoring warns
    wanted = world.blend.predictor.predict(world.blend.predictor.conform(frame)[0])
    np.testing.assert_allclose(cp.load(tmp_path).predict_proba(frame).to_numpy(), wanted, atol=1e-6)
    assert not list(tmp_path.glob(".*"))


def test_a_refresh_never_makes_it_worse(world: Any, tmp_path: Path) -> None:
    """A blend that is not better than the saved model is not saved."""
    gain = refresh(replace(_first(world, tmp_path), trials=world.trials))
    before = (tmp_path / "report.json").read_bytes(), (tmp_path / "model" / "manifest.json").read_bytes()
    weakest = min(_real(world), key=lambda trial: trial.gain)
    assert refresh(replace(_first(world, tmp_path), gain=gain, trials=(weakest,))) == gain
    assert (tmp_path / "report.json").read_bytes() == before[0]
    assert (tmp_path / "model" / "manifest.json").read_bytes() == before[1]


def test_refreshes_start_with_the_first_model(world: Any, tmp_path: Path) -> None:
    """A baseline starts none; the next waits until its share of the time has passed."""
    with Inline().open(1) as workers:
        checkpoint = Checkpoint.begin(_first(world, tmp_path), world.labelled.take(world.folds.train), workers)
        checkpoint.add(*(trial for trial in world.trials if trial.model.baseline))
        assert checkpoint._ticket == -1
        one, two, *_ = _real(world)
        checkpoint.add(one)
        assert (begun := checkpoint._ticket) >= 0
        checkpoint.add(two)
        assert checkpoint._ticket == begun
        assert [row.name for row in _record(tmp_path).leaderboard] == [one.name]
        checkpoint._due = 0.0
        checkpoint.add(two)
        assert checkpoint._ticket > begun


def test_earlier_trials_are_in_the_next_blend(world: Any, tmp_path: Path) -> None:
    """Those of the run that is resumed start no blend, but the next one may use them."""
    with Inline().open(1) as workers:
        checkpoint = Checkpoint.begin(_first(world, tmp_path), world.labelled.take(world.folds.train), workers)
        *earlier, new = _real(world)
        checkpoint.know(*earlier)
        assert checkpoint._ticket == -1
        checkpoint.add(new)
        assert checkpoint._now.trials == (*earlier, new)


def test_a_resumed_run_keeps_the_better_model(world: Any, tmp_path: Path) -> None:
    """If an earlier run saved a blend, no constant replaces it."""
    refresh(replace(_first(world, tmp_path), trials=world.trials))
    with Inline().open(1) as workers:
        Checkpoint.begin(_first(world, tmp_path), world.labelled.take(world.folds.train), workers)
    assert _record(tmp_path).leaderboard


def test_no_late_refresh(world: Any, tmp_path: Path) -> None:
    """If too little of its duration is left, the saved model waits for the final blend."""
    left = [100.0]
    with Inline().open(1) as workers:
        train = world.labelled.take(world.folds.train)
        checkpoint = Checkpoint.begin(_first(world, tmp_path), train, workers, lambda: left[0])
        one, two, *_ = _real(world)
        checkpoint.add(one)
        checkpoint._due, left[0] = 0.0, 0.0
        checkpoint.add(two)  # takes note of what the first has cost
        begun, checkpoint._due = checkpoint._ticket, 0.0
        checkpoint.add(two)
        assert checkpoint._ticket == begun
        left[0] = 100.0
        checkpoint.add(two)
        assert checkpoint._ticket > begun


def test_held_out_rows_are_assessed_in_a_worker(world: Any, tmp_path: Path) -> None:
    """The result equals that of this process, which replaces a worker that fails."""
    greedy = world.plan.recipe.model_copy(update={"ensemble": Ensemble.parse("greedy")})  # its weights differ by fold
    world = replace(world, plan=replace(world.plan, recipe=greedy))
    wanted = assessed(world.scorer, world.trials, world.blend, world.plan.recipe.seed)
    assert wanted.board == leaderboard(world.scorer, world.trials, world.blend, wanted.cv["roc_auc"])
    assert set(wanted.cv) == {"roc_auc", *world.scorer.others}
    with Inline().open(1) as workers:
        checkpoint = Checkpoint(_first(world, tmp_path), workers)
        assert checkpoint.assess(world.scorer, world.trials, world.blend)() == wanted
        weights = learn(world.plan, world.scorer, world.blend.candidates)()
        blend = nested(world.scorer, world.blend, weights)
        other = assessed(world.scorer, world.trials, blend, world.plan.recipe.seed)
        assert checkpoint.assess(world.scorer, world.trials, world.blend, weights)() == other != wanted
        pending = checkpoint.assess(world.scorer, world.trials, world.blend)
        workers.close()
        assert pending() == wanted


def test_thinned_rows_give_similar_scores(world: Any) -> None:
    """A scorer of every third row has those rows' truth and scores, and the blend leads as well."""
    thin = replace(world.scorer, thin=3)
    trial = _real(world)[0]
    whole, _ = world.scorer.predictions(world.scorer.raw(trial.number))
    few, fold = thin.predictions(thin.raw(trial.number))
    np.testing.assert_array_equal(few.truth, whole.truth[::3])
    np.testing.assert_array_equal(few.predicted, whole.predicted[::3])
    assert len(fold) == len(few)
    assert world.scorer.thinned(10_000).thin == 1
    assert world.scorer.thinned(len(world.scorer.truth) // 4).thin == 4
    blend = combine(world.plan, thin, world.trials)
    rows = leaderboard(thin, world.trials, blend, blend.score(thin.metric))
    assert isinstance(blend.held_out, Predictions)
    assert all(row.score.low <= row.score.value <= row.score.high for row in rows if row.score)


def test_the_profile_is_the_outcome_of_its_own_job(world: Any) -> None:
    """Outcomes of other jobs that end first are neither used for the profile nor lost."""
    light = without_rows(world.labelled.take(world.folds.train))
    with Inline().open(1) as workers:
        before = workers.submit(len, "other")
        ticket = workers.submit(profile_in_worker, (world.scorer.data, light))
        workers.wait(0, of=())
        found = profile_results(workers, ticket, Clock(Budget()), whole=True)
        assert {"missingness", "leakage"} <= set(found)
        (other,) = workers.wait(of={before})
        assert other.value == 5
        ticket = workers.submit(profile_in_worker, (world.scorer.data, light))
        workers.cancel(ticket)
        lost = profile_results(workers, ticket, Clock(Budget()), whole=True)
    assert lost["profile"].findings[0].code == "P999"


def test_the_profile_comes_from_a_worker(world: Any) -> None:
    """If the worker fails, a placeholder has the reason."""
    with Inline().open(1) as workers:
        light = without_rows(world.labelled.take(world.folds.train))
        ticket = workers.submit(profile_in_worker, (world.scorer.data, light))
        found = profile_results(workers, ticket, Clock(Budget()), whole=True)
        assert {"missingness", "leakage"} <= set(found)
        ticket = workers.submit(profile_in_worker, (world.scorer.data / "nowhere", light))
        failed = profile_results(workers, ticket, Clock(Budget()), whole=True)
        none = profile_results(workers, ticket, Clock(Budget(time=1.0)), whole=False)
    assert failed["profile"].findings[0].code == "P999"
    assert "FileNotFoundError" in failed["profile"].findings[0].text
    assert "no time" in none["profile"].findings[0].text
