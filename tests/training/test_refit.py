"""The final model is refitted to every labelled row, and no score comes from it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from custpred.budget import Budget, Clock
from custpred.engine.base import Outcome
from custpred.engine.inline import InlineWorkers
from custpred.evaluate._run import measured
from custpred.recipe.file import from_keys
from custpred.results.progress import Progress
from custpred.training import holdout
from custpred.training import refit as module
from custpred.training._figures.agreement import agreement
from custpred.training.checkpoint import draft
from custpred.training.refit import Refit
from custpred.training.run import run

if TYPE_CHECKING:
    from collections.abc import Callable

    from custpred.training.refit import Finished

MODELS = [{"kind": "logistic"}, {"kind": "lightgbm", "rounds": 12}]
BY_TIME = {"kind": "time", "column": "joined", "test": 0.25, "folds": 3}


@pytest.fixture(scope="module")
def later(search: Callable[..., Any], people: Callable[..., Any]) -> Any:
    """Return a search with a later test, in which only the newest have a plan."""
    frame = people(400).sort_values("joined", ignore_index=True)
    newest = frame["joined"].rank(pct=True) > 0.8
    frame.loc[newest & (np.arange(400) % 2 == 0), ["plan", "left"]] = ["new", "yes"]
    return search(data=frame, target="left", key="customer", split=BY_TIME, models=MODELS, final="refit")


def _refit(world: Any, folder: Path, **changes: Any) -> Refit:
    for name in ("run", "scratch"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    own = {"clock": Clock(Budget(work=1)), "folder": folder / "run", "scratch": folder / "scratch"}
    return Refit(**{"plan": world.plan, "labelled": world.labelled, "folds": world.folds, **own, **changes})


def _finished(world: Any, folder: Path, whole: bool = True, **changes: Any) -> Finished:
    record = draft(world.plan, world.labelled, world.folds)
    return _refit(world, folder, **changes).finish(world.blend, record, Progress(), whole=whole)


def test_the_refit_learns_from_test_rows(later: Any, tmp_path: Path) -> None:
    """What only test rows show is known to the refitted model, and unknown to the measured one."""
    finished = _finished(later, tmp_path)
    final, rows = finished.record.final, later.labelled.table.frame[[each.name for each in later.plan.columns]]
    assert final is not None
    assert (final.kind, final.rows, final.measured, final.folds) == ("refit", 400, len(later.folds.train), 3)
    assert final.compared == len(later.folds.test)
    assert 0.3 < final.agreement < 1
    assert 0 < final.difference < 0.5
    new = rows[(rows["plan"] == "new").to_numpy()]
    assert len(new) >= 20
    before, after = (each.predict(new)[:, 1].mean() for each in (later.blend.predictor, finished.predictor))
    assert after > before + 0.1
    assert "new" in finished.predictor.intake.by_name["plan"].levels
    assert [each.weight for each in finished.predictor.members] == [
        each.weight for each in later.blend.predictor.members
    ]
    assert finished.predictor.calibration is later.blend.predictor.calibration


def test_the_refit_is_reproducible(later: Any, tmp_path: Path) -> None:
    """With counted trials two runs have the same final model."""
    rows = later.labelled.table.frame[[each.name for each in later.plan.columns]]
    one, two = (_finished(later, tmp_path / name) for name in ("one", "two"))
    np.testing.assert_array_equal(one.predictor.predict(rows), two.predictor.predict(rows))
    assert one.record.final == two.record.final


def test_the_refit_has_no_more_folds_than_the_blend(later: Any, tmp_path: Path) -> None:
    """If the blend has two of three folds, to score many rows in time, so has the refit."""
    few = replace(later.blend, predictor=later.blend.predictor.newest(2))
    finished = _refit(later, tmp_path).finish(
        few, draft(later.plan, later.labelled, later.folds), Progress(), whole=True
    )
    final = finished.record.final
    assert final is not None
    assert (final.kind, final.folds) == ("refit", 2)
    assert {len(each.fitted) for each in finished.predictor.members} == {2}


def _kept(world: Any, finished: Finished, reason: str) -> bool:
    final = finished.record.final
    assert final is not None
    assert (final.kind, final.rows) == ("folds", len(world.folds.train))
    assert final.reason == reason
    return finished.predictor is world.blend.predictor


def test_without_time_the_measured_model_stays(later: Any, tmp_path: Path) -> None:
    """With a spent budget, or one too short for all training rows, it is kept with the reason."""
    spent = Clock(Budget(time=0.01))
    assert _kept(later, _finished(later, tmp_path, clock=spent), "late")
    assert _kept(later, _finished(later, tmp_path, limited=True), "late")
    assert _refit(later, tmp_path, limited=True).seconds(later.trials) == 0


@pytest.mark.parametrize(("folds", "kind"), [(1, "folds"), (2, "refit")])
def test_two_finished_folds_are_a_model(
    later: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folds: int, kind: str
) -> None:
    """When time ends, two folds together have seen every row; one has not."""
    left = iter([*[0.0] * (folds + 2), *[10.0] * 9])
    monkeypatch.setattr(Clock, "give_back", lambda clock: 5.0)
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: next(left)))
    final = _finished(later, tmp_path).record.final
    assert final is not None
    assert (final.kind, final.reason) == (kind, "late" if kind == "folds" else "")
    assert final.folds == (3 if kind == "folds" else folds)


@pytest.mark.parametrize(("moment", "kind", "folds"), [(7.9, "refit", 2), (8.1, "folds", 3)])
def test_too_few_folds_may_end_a_little_late(
    later: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: float, kind: str, folds: int
) -> None:
    """Until two folds are fitted, the end at 5 s moves by 5 % of a budget of 60 s, and no more."""
    left = iter([0.0, 0.0, 0.0, *[moment] * 9])
    clock = Clock(Budget(time=60))
    monkeypatch.setattr(Clock, "give_back", lambda clock: 5.0)
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: next(left)))
    final = _finished(later, tmp_path, clock=clock).record.final
    assert final is not None
    assert (final.kind, final.folds) == (kind, folds)


def test_fits_share_the_time_left_if_it_is_short(later: Any, tmp_path: Path) -> None:
    """With enough time a fit may take twice its estimate; otherwise all get shares."""
    trials = [replace(later.trials[-1], number=number, fit_seconds=took) for number, took in ((1, 3.0), (2, 27.0))]
    own = _refit(later, tmp_path, clock=Clock(Budget(time=60)))
    once = [own._growth * took / 3 for took in (3.0, 27.0)]
    ample = own._seconds_of(trials, 1000.0, 2)
    assert ample == pytest.approx({1: 2 + 2 * once[0], 2: 2 + 2 * once[1]})
    short = own._seconds_of(trials, sum(once), 2)
    assert short == pytest.approx({1: 0.8 * once[0], 2: 0.8 * once[1]})
    alone = own._seconds_of(trials, sum(once), 1)
    assert alone == pytest.approx({1: max(0.5, 0.4 * once[0]), 2: 0.4 * once[1]})
    assert _refit(later, tmp_path)._seconds_of(trials, 1.0, 2) == {}


def test_an_interrupted_run_keeps_the_measured_model(
    later: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After Ctrl-C before or during the fits it is kept, and the run can be resumed."""
    finished = _finished(later, tmp_path, whole=False)
    assert _kept(later, finished, "interrupted")
    assert not finished.whole

    def stop(*given: object, **others: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(InlineWorkers, "wait", stop)
    finished = _finished(later, tmp_path)
    assert _kept(later, finished, "interrupted")
    assert not finished.whole


def test_a_failed_fit_keeps_the_measured_model(later: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If a member cannot be refitted nothing changes; the log has the reason."""
    monkeypatch.setattr(
        InlineWorkers, "wait", lambda own, left=None, of=(): [Outcome(min(of), "crash", reason="it fell")]
    )
    assert _kept(later, _finished(later, tmp_path), "failed")
    assert "it fell" in json.loads((tmp_path / "run" / "log.jsonl").read_text().splitlines()[-1])["reason"]


def test_a_refit_that_ranks_differently_is_rejected(
    later: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the models hardly agree, the scores say nothing about the new one."""
    monkeypatch.setattr(module, "agreement", lambda one, other: (0.2, 0.3))
    finished = _finished(later, tmp_path)
    assert _kept(later, finished, "apart")
    assert finished.record.final is not None
    assert finished.record.final.agreement == 0.2


def test_the_refit_is_skipped_if_not_requested(later: Any, world: Any, tmp_path: Path) -> None:
    """Nothing is fitted with a random split, by the recipe's choice, or without a test."""
    chance = _finished(world, tmp_path)
    assert world.plan.recipe.final == "folds"
    assert (chance.record.final, chance.predictor) == (None, world.blend.predictor)
    nothing = replace(later.folds, train=np.arange(400), test=np.array([], dtype=int))
    assert not _refit(later, tmp_path, folds=nothing).wanted
    assert _refit(later, tmp_path).seconds(later.trials) > _refit(world, tmp_path).seconds(world.trials) == 0


def test_agreement_of_several_classes() -> None:
    """Classes are compared one by one; constants have no rank; total variation differs."""
    one = np.array([[0.7, 0.2, 0.1], [0.2, 0.7, 0.1], [0.4, 0.5, 0.1]])
    other = np.array([[0.6, 0.3, 0.1], [0.3, 0.6, 0.1], [0.45, 0.45, 0.1]])
    rank, difference = agreement(one, other)
    assert (rank, difference) == (1.0, pytest.approx(0.25 / 3))
    assert np.isnan(agreement(np.ones(4), np.arange(4.0))[0])


def test_scores_are_those_of_the_measured_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scores and leaderboard do not depend on the final model, which is described."""
    monkeypatch.setattr(holdout, "measure_all", lambda evidence, beside: {"scores": measured("scores", evidence)})
    target = {"kind": "no_event", "table": "orders", "horizon": "30d"}
    events = {"orders": {"sample": "orders", "rows": 60}}
    split = {"kind": "time", "test": {"last": 1}, "folds": 2}
    keys = {"events": events, "target": target, "split": split, "cutoffs": {"every": "1mo", "count": 4}}
    keys |= {"models": ["logistic"], "search": "none", "engine": "inline", "features": ["rfm"]}
    done = [run(from_keys({**keys, "budget": {"work": 1}, "final": final}), tmp_path) for final in ("folds", "auto")]
    kept, again = (each.record for each in done)
    assert (kept.test, kept.cv, kept.known_best) == (again.test, again.cv, again.known_best)
    assert kept.measures["scores"] == again.measures["scores"]
    assert [(row.name, row.score, row.weight) for row in kept.leaderboard] == [
        (row.name, row.score, row.weight) for row in again.leaderboard
    ]
    assert kept.final is None
    assert again.final is not None
    assert (again.final.rows, again.final.measured) == (again.data.rows, again.data.train_rows)
    assert {"final": "refit"}.items() <= again.lock.items()
    states = [each.predictor.members[0].fitted[0] for each in done]
    assert str(states[0]) != str(states[1])


def test_some_scored_folds_measure_and_all_may_be_refitted(tmp_path: Path) -> None:
    """Two of five folds give the out-of-fold scores; the refit learns from every row in five."""
    source, split = {"sample": "telecom", "rows": 600}, {"kind": "stratified", "folds": 5, "scored_folds": 2}
    budget = {"work": 1, "jobs": 1}
    recipe = from_keys(
        {"customers": source, "target": "churn", "models": MODELS, "split": split, "budget": budget, "final": "refit"}
    )
    done = run(recipe, tmp_path)
    final = done.record.final
    assert final is not None
    assert (final.measured, final.rows, final.folds) == (480, 600, 5)
    assert len(done.out_of_fold.truth) == 192
    assert [len(member.fitted) for member in done.predictor.members] == [5] * len(done.predictor.members)
