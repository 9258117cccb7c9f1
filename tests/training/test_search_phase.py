"""The first model: finished before any worker, and an ordinary trial."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import custpred as cp
from custpred.budget import Budget, Clock
from custpred.engine.base import Engine
from custpred.errors import Interrupted
from custpred.models.base import Model
from custpred.results.record import Decision
from custpred.search._agenda import in_turn
from custpred.search._trial import Entry, Trial, has_model
from custpred.search.base import Search
from custpred.task import Task
from custpred.training import search_phase as module
from custpred.training import search_session
from custpred.training._rows.limit import LIMITED
from custpred.training.plan import Plan
from custpred.training.search_phase import FirstTrials, SearchPhase, first_model, more_models
from custpred.training.search_session import entries, seconds_after


def _families(*kinds: str) -> list[Entry]:
    models = [Model.parse(kind) for kind in kinds]
    return [Entry(each, (each,)) for each in models]


def _clock(left: float | None) -> Any:
    return type("Clock", (), {"left": left, "spent": 0.0, "seconds": left})()


def _scorer(world: Any, folder: Path) -> Any:
    return replace(world.scorer, trials=folder / "trials")


def test_first_trials_equal_those_of_a_search(world: Any, tmp_path: Path) -> None:
    """The constant and the logistic regression have the same numbers, options and scores."""
    families = entries(world.plan, world.scorer.task, world.scorer.truth)
    told: list[Trial] = []
    begun = first_model(_scorer(world, tmp_path), families, _clock(60.0), (), told.append)
    assert list(begun.trials) == told
    assert [trial.model.kind() for trial in told] == ["dummy", "logistic"]
    assert 0 < begun.core <= 1
    for trial in told:
        twin = next(each for each in world.trials if each.number == trial.number)
        assert (trial.model, trial.gain, trial.folds) == (twin.model, twin.gain, twin.folds)
        np.testing.assert_array_equal(_scorer(world, tmp_path).raw(trial.number), world.scorer.raw(trial.number))


def test_nothing_is_fitted_twice(world: Any, tmp_path: Path) -> None:
    """If an earlier run has a model, or without a time limit, the search begins as usual."""
    families, scorer = _families("dummy", "logistic"), _scorer(world, tmp_path)
    done = [trial for trial in world.trials if trial.model.kind() == "logistic"]
    assert first_model(scorer, families, _clock(60.0), done, print).trials == ()
    assert first_model(scorer, families, _clock(None), (), print).trials == ()
    assert not (tmp_path / "trials").exists()


def test_only_requested_families_are_fitted(world: Any, tmp_path: Path) -> None:
    """Without a linear model in the recipe only the constant is fitted before the search."""
    begun = first_model(_scorer(world, tmp_path), _families("dummy", "rule", "forest"), _clock(60.0), (), print)
    assert [trial.model.kind() for trial in begun.trials] == ["dummy"]


def test_fits_that_take_too_long_are_left_to_workers(
    world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Folds beyond the allowance make no trial; a few seconds are always allowed."""
    scorer, families = _scorer(world, tmp_path), _families("logistic")
    assert first_model(scorer, families, _clock(0.0), (), print).trials
    monkeypatch.setattr(module, "MIN_SECONDS", 0.0)
    assert first_model(scorer, families, _clock(0.0), (), print).trials == ()
    assert not list((tmp_path / "trials").glob("*/result.json"))[1:]


def test_a_large_table_waits_for_workers(world: Any, tmp_path: Path) -> None:
    """If a fold takes longer than workers need to start, only the constant is fitted before."""
    scorer = _scorer(world, tmp_path)
    families = [replace(each, early=False) for each in _families("dummy", "logistic")]
    begun = first_model(scorer, families, _clock(60.0), (), print, 2.5)
    assert [trial.model.kind() for trial in begun.trials] == ["dummy"]
    assert has_model(first_model(scorer, families, _clock(60.0), (), print).trials)  # no workers


def test_boosters_come_first_on_a_large_table(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Linear models come last if the table is too large for them, or for all its rows."""
    models = [Model.parse("logistic"), Model.parse("lightgbm")]
    columns = tuple(each for each in world.plan.columns if each.kind != "text")
    plan = replace(world.plan, columns=columns, recipe=world.plan.recipe.model_copy(update={"models": models}))

    def turns(plan: Plan, task: Task | None = None) -> list[str]:
        found = entries(plan, task or world.scorer.task, world.scorer.truth)
        return [model.kind() for _, model, first in in_turn(found) if first and not model.baseline]

    assert turns(plan) == ["logistic", "lightgbm"]
    assert turns(replace(plan, decisions=(Decision(LIMITED, "9 of 90 rows", ""),))) == ["lightgbm", "logistic"]
    cells = len(world.scorer.truth) * len(columns)
    monkeypatch.setattr(search_session, "MANY_CELLS", cells)
    assert turns(plan) == ["logistic", "lightgbm"]
    assert turns(plan, Task("multiclass", "plan", ("a", "b", "c"))) == ["lightgbm", "logistic"]
    monkeypatch.setattr(search_session, "MANY_CELLS", cells - 1)
    assert turns(plan) == ["lightgbm", "logistic"]


def test_a_failing_model_is_a_failed_trial(world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fit that raises does not end the run."""

    def broken(*_: Any) -> None:
        raise ValueError("no convergence")

    monkeypatch.setattr(type(Model.parse("logistic")), "train", broken)
    (trial,) = first_model(_scorer(world, tmp_path), _families("logistic"), _clock(60.0), (), print).trials
    assert (trial.status, "no convergence" in trial.reason) == ("failed", True)


@pytest.mark.parametrize(("left", "core", "found"), [(60.0, 1.0, ["lightgbm"]), (60.0, 0.01, []), (None, 1.0, [])])
def test_a_busy_machine_fits_boosters_without_workers(
    world: Any, tmp_path: Path, left: float | None, core: float, found: list[str]
) -> None:
    """While there is CPU time, models that heed a time limit are fitted in this process."""
    families = _families("dummy", "logistic", "lightgbm", "forest")
    begun = first_model(_scorer(world, tmp_path), families, _clock(60.0), (), print)
    told: list[Trial] = []
    more = more_models(_scorer(world, tmp_path), families, _clock(left), begun.trials, core, told.append)
    assert [trial.model.kind() for trial in more] == found
    assert list(more) == told
    assert {trial.status for trial in more} <= {"ok"}
    assert not {trial.number for trial in more} & {trial.number for trial in begun.trials}


@pytest.mark.parametrize(
    ("left", "core", "spent", "engine", "warmed", "late"),
    [
        (None, 1.0, 1.0, "local", True, False),
        (20.0, 1.0, 1.0, "local", True, False),
        (20.0, 1.0, 1.0, "local", False, True),
        (0.0, 1.0, 1.0, "local", True, True),
        (1.0, 0.1, 9.0, "local", True, True),
        (1.0, 0.1, 9.0, "inline", False, False),
        (9.0, 0.2, 5.0, "local", True, False),
    ],
)
def test_workers_that_would_be_late_are_not_waited_for(
    left: float | None, core: float, spent: float, engine: str, warmed: bool, late: bool
) -> None:
    """The share of a core tells when workers are ready: 2.5 s alone, 25 at a tenth."""
    recipe = type("R", (), {"engine": Engine.parse(engine)})
    scorer: Any = type("S", (), {"plan": type("P", (), {"recipe": recipe})})
    clock: Any = type("C", (), {"left": left, "spent": spent})()
    phase: Any = SearchPhase(scorer, clock, None, None, None, warmed)  # type: ignore[arg-type]
    model = Trial(0, Model.parse("logistic"), "ok", gain=0.8)
    assert phase._too_late(FirstTrials((model,), core)) is late
    assert not phase._too_late(FirstTrials((), core))


@pytest.mark.filterwarnings("ignore:CP4116")  # said or not, depending on the machine's speed
def test_a_tiny_budget_keeps_a_model(people: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With 50 ms a logistic regression that beats the constant is kept, without a profile."""
    monkeypatch.setattr(module, "MIN_SECONDS", 60.0)  # on a busy machine imports alone take CPU seconds
    result = cp.fit(people(400), target="left", key="customer", budget="50ms", out=tmp_path / "run")
    board = result.leaderboard()
    assert set(board.loc[board["weight"] > 0, "model"]) == {"logistic #2"}
    assert result.score > 0.6
    assert any("no time" in finding.text for finding in result.record.profile_findings)
    assert Clock(Budget(time=0.05)).left is not None


def test_the_best_trial_of_each_kind_determines_the_time_after_the_search() -> None:
    """A slow trial counts if it is the best of its kind, in proportion to the rows to score."""
    forest, logistic = Model.parse("forest"), Model.parse("logistic")
    fast = [Trial(i, model, "ok", gain=0.9, predict_seconds=0.01) for i, model in enumerate((forest, logistic))]
    slow = Trial(99, forest, "ok", gain=0.5, predict_seconds=9.0)
    failed = Trial(98, Model.parse("mlp"), "failed", gain=0.99, predict_seconds=9.0)
    without = seconds_after(fast, 0.0, 1000)
    assert without > 0
    assert seconds_after([*fast, slow, failed], 0.0, 1000) == pytest.approx(without)
    assert seconds_after([*fast, replace(slow, gain=0.95)], 0.0, 1000) > 50 * without
    assert seconds_after([*fast, replace(slow, model=Model.parse("mlp"))], 0.0, 1000) > 50 * without
    assert seconds_after(fast, 1.0, 1000) < seconds_after(fast, 1.0, 100_000)


@pytest.mark.parametrize("place", ["_seconds_per_1000", "ordered"])
def test_ctrl_c_before_the_search_keeps_earlier_trials(
    world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """While workers warm up or landmarks are fitted; without a scored trial it is an error."""

    def stop(*_: Any) -> Any:
        raise KeyboardInterrupt

    owner = search_session.SearchSession if place == "_seconds_per_1000" else search_session
    monkeypatch.setattr(owner, place, stop)
    scorer = _scorer(world, tmp_path)
    trial = next(trial for trial in world.trials if trial.scored)
    for done in ((trial,), ()):
        monkeypatch.setattr(search_session, "earlier", lambda *_, done=done: done)
        with Engine.parse("inline").open(1) as workers:
            session = search_session.SearchSession(scorer, Clock(Budget()), (), workers, workers, set())
            if done:
                found = session.search(0, lambda event, what: None)
                assert (found.trials, found.whole) == (done, False)
            else:
                with pytest.raises(Interrupted):
                    session.search(0, lambda event, what: None)


def test_only_libraries_of_scored_models_are_loaded(
    world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run's own process does not load a library while workers need the processor."""
    asked: list[str] = []

    def noted(*names: str) -> Any:
        asked.extend(names)
        return SimpleNamespace(join=list)

    monkeypatch.setattr(search_session, "preload", noted)
    families = [Entry(each, (each,)) for each in (Model.parse("dummy"), Model.parse("lightgbm"))]
    scored = Trial(7, families[1].model, "ok", 0.7, (0.7,))
    failed = Trial(8, Model.parse("xgboost"), "failed", reason="no")

    class Told(Search):
        def run(self, entries: Any, scorer: Any, workers: Any, limits: Any, tell: Any = print) -> tuple[Trial, ...]:
            for trial in (scored, failed, scored):
                tell(trial)
            return (scored, failed)

    plan = replace(world.plan, recipe=world.plan.recipe.model_copy(update={"search": Told()}))
    scorer = replace(_scorer(world, tmp_path), plan=plan)
    with Engine.parse("inline").open(1) as workers:
        session = search_session.SearchSession(scorer, Clock(Budget()), families, workers, workers, set())
        found = session.search(0, lambda event, what: None)
    assert found.trials == (scored, failed)
    assert asked == ["lightgbm"]
