"""How configurations are scored, and that held-out rows are not used for fitting."""

from __future__ import annotations

import itertools
import json
import math
import pickle
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from custpred.engine.base import Outcome
from custpred.errors import DataError
from custpred.features.base import Feature
from custpred.metrics._checked import gain_of
from custpred.models.base import Model
from custpred.search._bar import Bar
from custpred.search._finished import finished
from custpred.storage.frames import load_frame, save_frame
from custpred.task import Fit, Predictions
from custpred.training import fold as fold_module
from custpred.training import scorer as module
from custpred.training._fits.early_stopping import trained
from custpred.training._rows.prepared import load_rows
from custpred.training.fold import FoldDone, fit_folds, prepare_fold, warm_up
from custpred.training.scorer import FoldScorer


class Broken(Model):
    """A model whose answers are not numbers."""

    def train(self, rows: Any, valid: Any, fit: Any) -> Any:
        return None

    def raw(self, fitted: Any, X: pd.DataFrame, fit: Any) -> np.ndarray:
        return np.full(len(X), np.nan)

    def pack(self, fitted: Any) -> dict[str, Any]:
        return {}


def _moved(scorer: FoldScorer, folder: Path) -> FoldScorer:
    """Return the scorer with a separate scratch folder, without prepared rows."""
    folder.mkdir()
    for name in ("truth.npy", "folds.npz"):
        shutil.copy(scorer.data / name, folder / name)
    shutil.copytree(scorer.data / "train", folder / "train")
    return replace(scorer, data=folder, trials=folder / "trials")


def _folds(scorer: FoldScorer) -> dict[str, np.ndarray]:
    with np.load(scorer.data / "folds.npz") as file:
        return dict(file)


def _bytes(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_held_out_rows_are_not_fitted_on(world: Any) -> None:
    """Each training row is held out once, and not in its fold's fit rows; no test row is."""
    folds = _folds(world.scorer)
    for k in range(2):
        assert not set(folds[f"fit{k}"]) & set(folds[f"held{k}"])
    held = np.concatenate([folds["held0"], folds["held1"]])
    assert sorted(held) == list(range(len(world.folds.train)))
    assert not set(world.folds.train) & set(world.folds.test)


def test_held_out_rows_do_not_affect_the_fit(world: Any, tmp_path: Path) -> None:
    """Whatever held-out rows contain, states and training rows are bit-identical."""
    model = Model.parse({"kind": "logistic"})
    before, after = _moved(world.scorer, tmp_path / "a"), _moved(world.scorer, tmp_path / "b")
    frame, folds = load_frame(after.data / "train"), _folds(after)
    held, truth = folds["held0"], np.load(after.data / "truth.npy")
    frame.loc[held, "income"] = 1e9
    frame.loc[held, "city"] = None
    save_frame(after.data / "train", frame)
    truth[held] = 1 - truth[held]
    np.save(after.data / "truth.npy", truth)
    one, two = (prepare_fold(each.job(0, model), 0) for each in (before, after))
    assert _bytes(one / "fit") == _bytes(two / "fit")
    assert _bytes(one / "steps") == _bytes(two / "steps")
    assert _bytes(one / "held") != _bytes(two / "held")
    fit_folds(before.job(0, model, 0))
    fit_folds(after.job(0, model, 0))
    fitted = [_bytes(each.trials / "0") for each in (before, after)]
    assert {n: b for n, b in fitted[0].items() if "fold" in n} == {n: b for n, b in fitted[1].items() if "fold" in n}


@pytest.mark.parametrize("kind", ["over", "under", "smote", "weights"])
def test_held_out_rows_are_not_resampled(
    search: Callable[..., Any], people: Callable[..., pd.DataFrame], kind: str, tmp_path: Path
) -> None:
    """Fit rows are balanced; held-out rows are unchanged, in order, with their labels."""
    world = search(data=_rare(people(300)), target="left", key="customer", models=["rule"], resample=kind)
    folds, truth = _folds(world.scorer), np.load(world.scorer.data / "truth.npy")
    folder = prepare_fold(world.scorer.job(0, Model.parse("rule")), 1)
    fit, held = load_rows(folder / "fit"), load_rows(folder / "held")
    np.testing.assert_array_equal(held.y, truth[folds["held1"]])
    assert len(held.X) == len(folds["held1"])
    shares = np.bincount(fit.y, weights=fit.weight) / (len(fit.y) if fit.weight is None else fit.weight.sum())
    np.testing.assert_allclose(shares, 0.5, atol=0.02)
    assert truth[folds["fit1"]].mean() < 0.25


def _rare(frame: pd.DataFrame) -> pd.DataFrame:
    """Make the positive label rare."""
    return frame.assign(left=np.where((frame["left"] == "yes") & (np.arange(len(frame)) % 2 == 0), "yes", "no"))


@pytest.mark.parametrize("kind", ["over", "smote", "weights", "under"])
def test_probabilities_have_the_true_shares(
    search: Callable[..., Any], people: Callable[..., pd.DataFrame], kind: str
) -> None:
    """After resampling, the mean out-of-fold probability is the true share."""
    data = _rare(people(900)).drop(columns="city")
    models = [{"kind": "logistic", "C": 0.1}]
    world = search(data=data, target="left", key="customer", models=models, resample=kind, calibrate="none")
    number = next(trial.number for trial in world.trials if trial.model.kind() == "logistic")
    raw = world.scorer.raw(number)
    predictions, fold = world.scorer.predictions(raw)
    share = predictions.truth.mean()
    assert predictions.positive.mean() == pytest.approx(share, abs=0.03)
    shifts = np.ravel(json.loads((world.scorer.trials / str(number) / "shifts.json").read_text()))
    before, _ = world.scorer.predictions(raw - shifts[fold])
    assert before.positive.mean() > share + 0.1


def test_nothing_is_shifted_without_resampling(world: Any) -> None:
    """Without resampling raw scores are unchanged."""
    shifts = [json.loads((world.scorer.trials / str(t.number) / "shifts.json").read_text()) for t in world.trials]
    assert {value for each in shifts for value in np.ravel(each)} == {0.0}


def test_noise_scores_like_chance(search: Callable[..., Any]) -> None:
    """If nothing is related to the target, no step makes it seem so out of fold."""
    draw = np.random.default_rng(3)
    rows = 600
    data = pd.DataFrame({f"n{i}": draw.normal(size=rows) for i in range(5)})
    data["many"] = [f"level {n}" for n in draw.integers(0, 150, rows)]
    data["some"] = [f"group {n}" for n in draw.integers(0, 25, rows)]
    data["left"] = np.where(draw.random(rows) < 0.3, "yes", "no")
    world = search(
        data=data,
        target="left",
        features=["frequency", {"kind": "target_mean", "min_levels": 5, "min_rows": 1, "pairs": 1}],
        resample="smote",
        models=["logistic", {"kind": "lightgbm", "rounds": 30}],
        metrics=["roc_auc"],
        split={"kind": "stratified", "folds": 3},
    )
    found = {trial.model.kind(): trial.gain for trial in world.trials}
    assert {kind for kind, gain in found.items() if not 0.42 < gain < 0.58} == set()


def test_preparations_are_made_once(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fold's prepared rows are reused."""
    monkeypatch.setattr(pd, "read_pickle", lambda *_: pytest.fail("prepared again"))
    assert prepare_fold(world.scorer.job(0, Model.parse("logistic")), 0).exists()


def test_two_workers_may_race(world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If another worker was first, its rows are used and nothing is left over."""
    scorer = _moved(world.scorer, tmp_path / "a")
    job = scorer.job(0, Model.parse("logistic"), 0)
    first = prepare_fold(job, 0)
    wanted = _bytes(first)
    exists = Path.exists
    monkeypatch.setattr(Path, "exists", lambda path: path != first and exists(path))
    assert prepare_fold(job, 0) == first
    assert _bytes(first) == wanted
    assert [path.name for path in scorer.data.iterdir() if path.name.startswith(".")] == []


def test_predictions_that_are_nan_fail_the_fold(world: Any, tmp_path: Path) -> None:
    """A model that predicts nan is an error, and writes no fold."""
    job = _moved(world.scorer, tmp_path / "a").job(0, Broken(), 0)
    with pytest.raises(ValueError, match="missing or infinite"):
        fit_folds(job)
    assert not list(tmp_path.glob("a/trials/0/fold*"))


def test_a_failed_fold_makes_a_failed_trial(world: Any, tmp_path: Path) -> None:
    """The trial has the reason, also on disk."""
    scorer = replace(world.scorer, trials=tmp_path)
    bad = [Outcome(0, "ok", [FoldDone(0, 1.0, 0.1, 0.0, 0.0, {})]), Outcome(1, "crash", reason="it fell")]
    trial = scorer.assess(3, Model.parse("mlp"), bad)
    assert (trial.status, trial.reason) == ("crash", "it fell")
    assert np.isnan(trial.gain)
    late = scorer.assess(4, Model.parse("mlp"), [Outcome(0, "cancelled")])
    assert late.status == "timeout"
    assert [each.reason for each in finished(tmp_path)[0]] == ["it fell", late.reason]


def test_finished_trials_round_trip(world: Any) -> None:
    """A run's trials are read back in order."""
    assert finished(world.scorer.trials) == (world.trials, ())
    assert finished(world.scorer.trials / "none") == ((), ())


@pytest.mark.parametrize("name", ["result.json", "held1.npy", "fold0.json", "shifts.json", "missing"])
def test_a_damaged_trial_is_ignored(world: Any, tmp_path: Path, name: str) -> None:
    """With one changed bit in a file, or a missing file, the trial counts as never run."""
    number = max(trial.number for trial in world.trials if trial.scored)
    shutil.copytree(world.scorer.trials, tmp_path / "trials")
    path = tmp_path / "trials" / str(number) / (name if name != "missing" else "held0.npy")
    changed = bytearray(path.read_bytes())
    changed[len(changed) // 2] ^= 1
    path.write_bytes(changed)
    if name == "missing":
        path.unlink()
    done, broken = finished(tmp_path / "trials")
    assert done == tuple(trial for trial in world.trials if trial.number != number)
    assert [(each.number, path.name in each.reason) for each in broken] == [(number, True)]
    assert not path.parent.exists()
    assert finished(tmp_path / "trials") == (done, ())


def test_the_score_is_that_of_the_out_of_fold_predictions(world: Any) -> None:
    """A trial's gain is its metric on all out-of-fold predictions, a fold's on its own."""
    for trial in world.trials:
        predictions, fold = world.scorer.predictions(world.scorer.raw(trial.number))
        assert trial.gain == pytest.approx(world.scorer.metric.gain(predictions))
        folds = [world.scorer.metric.gain(predictions.take(fold == k)) for k in range(2)]
        assert trial.folds == pytest.approx(folds)


def test_the_warm_up_finds_mistakes_of_the_recipe(world: Any, tmp_path: Path) -> None:
    """A missing column is reported with its code; prepared rows are reused by trials."""
    scorer = _moved(world.scorer, tmp_path / "a")
    job = scorer.job(0, Model.parse("logistic"), 0)
    assert warm_up(job) >= 0
    assert (scorer.data / job.preparation.key / "0").exists()
    tiers = (Feature.parse({"kind": "tiers", "of": "incme"}),)
    wrong = replace(_moved(world.scorer, tmp_path / "b").job(0, Model.parse("logistic"), 0))
    fault = warm_up(replace(wrong, preparation=replace(wrong.preparation, features=tiers)))
    again = pickle.loads(pickle.dumps(fault))
    assert isinstance(again, DataError)
    assert (again.code, again.column) == ("CP2102", "incme")


def test_the_cost_of_a_cut_trial_is_counted(world: Any, tmp_path: Path) -> None:
    """The folds of a trial cut off at the end count as fits; the trial itself gets no number."""
    scorer = _moved(world.scorer, tmp_path / "cut")
    done = FoldDone(0, 1.5, 0.0, 0.0, 0.0, {})
    scorer.drop([Outcome(1, "ok", [done, done]), Outcome(2, "timeout")])
    assert scorer.dropped == [3.0]


def test_shifts_belong_to_their_folds(world: Any, tmp_path: Path) -> None:
    """Jobs deal folds out in turn, so that their results are not in the order of the folds."""
    scorer = replace(_moved(world.scorer, tmp_path / "shifts"), held=(*world.scorer.held, world.scorer.held[0]))
    (scorer.trials / "7").mkdir(parents=True)
    for fold, held in enumerate(scorer.held):
        np.save(scorer.trials / "7" / f"held{fold}.npy", np.linspace(-1, 1, len(held)))
    done = [[FoldDone(fold, 1.0, 0.0, 10.0 + fold, 0.5, {}) for fold in part] for part in ((0, 2), (1,))]
    trial = scorer.assess(7, Model.parse("rule"), [Outcome(number, "ok", each) for number, each in enumerate(done)])
    assert trial.scored
    assert json.loads((scorer.trials / "7" / "shifts.json").read_text()) == [10.0, 11.0, 12.0]


def test_a_trial_behind_continues_if_it_errs_differently(world: Any, tmp_path: Path) -> None:
    """The scores of both trials are read, also if the other was not the best when this began."""
    scorer = replace(_moved(world.scorer, tmp_path / "mixed"), weight=None)
    rows, noise = scorer.held[0], np.random.default_rng(0).normal(size=(2, len(scorer.held[0])))
    signal = 2.0 * scorer.truth[rows]
    for number, raw in ((3, signal + noise[0]), (4, signal + 1.5 * noise[1]), (5, 0.6 * signal + noise[0])):
        (scorer.trials / str(number)).mkdir(parents=True)
        np.save(scorer.trials / str(number) / "held0.npy", raw)
    best = gain_of(
        scorer.metric, Predictions(scorer.task, scorer.truth[rows], scorer.task.inverse_link(signal + noise[0]))
    )
    bar = Bar((best, best), spread=0.1, rows=10**9, number=3)
    behind = [Outcome(0, "ok", [FoldDone(0, 1.0, 0.0, 0.0, best - 0.05, {})])]
    assert not scorer.hopeless(bar, 4, behind)
    assert scorer.hopeless(bar, 5, behind)
    assert not scorer.hopeless(bar, 5, [Outcome(0, "ok", [FoldDone(0, 1.0, 0.0, 0.0, best, {})])])


def test_only_folds_that_are_handed_over_take_time(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A member of eight folds hands over five models; the speed of one is measured."""
    monkeypatch.setattr(fold_module.time, "process_time", itertools.count().__next__)
    booster = next(trial.model for trial in world.trials if trial.model.kind() == "lightgbm")
    job = world.scorer.job(0, booster)
    held = load_rows(prepare_fold(job, 0) / "held")
    fitted, fit = trained(booster, held, held, Fit(world.scorer.task))
    speeds = [fold_module._speed(replace(job, count=folds), fitted, held, fit) for folds in (1, 5, 8)]
    assert speeds == [speeds[0], 5 * speeds[0], 5 * speeds[0]]


@pytest.mark.parametrize(
    ("left", "bar", "seconds"),
    [
        (60.0, None, 0.6 * 60 / 2),
        (4.0, None, 0.9 * 4 / 2),
        (0.5, None, 1.5 / 2),
        (4.0, Bar((0.7, 0.7), 0.2, 100, math.inf), 0.9 * 4 / 2),
        (4.0, Bar((0.7, 0.7), 0.2, 100, 0.5), 2 * 0.5),
        (4.0, Bar((0.7, 0.7), 0.2, 100, 1.3), 0.75 * 4 / 2),
        (None, None, None),
    ],
)
def test_the_first_and_the_last_booster_may_use_what_is_left(
    world: Any, left: float | None, bar: Bar | None, seconds: float | None
) -> None:
    """With hardly any time left they get nearly all of it, as no other trial would end."""
    scorer = replace(world.scorer, left=lambda: left)
    booster = next(trial.model for trial in world.trials if trial.model.kind() == "lightgbm")
    found = scorer._seconds(booster, 2, bar)
    assert found == (None if seconds is None else pytest.approx(seconds))


def test_the_first_booster_has_all_slots(world: Any) -> None:
    """Folds of few rows share a process, except those of the first booster in a short time."""
    booster = next(trial.model for trial in world.trials if trial.model.kind() == "lightgbm")
    for left, count in ((60.0, 1), (4.0, 2)):
        scorer = replace(world.scorer, left=lambda left=left: left, slots=2)
        assert len(scorer.jobs(900, booster)) == count


def test_long_folds_have_a_process_each(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With many rows or cells a fold takes long, and a bad trial is stopped after its first."""
    booster = next(trial.model for trial in world.trials if trial.model.kind() == "lightgbm")
    rows, folds = len(world.scorer.truth), (*world.scorer.held, world.scorer.held[0])
    fits, few, small = (rows, rows * len(world.plan.columns)), (rows - 1, 10**9), (rows, 1)
    cases = ((fits, fits, 1), (few, fits, 2), (small, fits, 2), (few, few, 3), (small, small, 3))
    for one, slot, count in cases:
        monkeypatch.setattr(module, "ONE_PROCESS", one)
        monkeypatch.setattr(module, "ONE_PER_SLOT", slot)
        scorer = replace(world.scorer, held=folds, left=lambda: 60.0, slots=2)
        jobs = scorer.jobs(900, booster)
        assert len(jobs) == count
        assert sorted(fold for _, job in jobs for fold in job.folds) == [0, 1, 2]
