"""From trials to one predictor and a leaderboard."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custpred.budget import Budget
from custpred.calibrate.base import Calibrate
from custpred.ensemble.base import Ensemble
from custpred.errors import BudgetSpent
from custpred.evaluate._run import here
from custpred.inference.model_folder import golden_rows
from custpred.metrics._bootstrap import interval
from custpred.metrics.base import Metric
from custpred.models.base import Model
from custpred.search._trial import Trial
from custpred.task import Predictions, Task
from custpred.training._figures.leaderboard import assessed, leaderboard
from custpred.training._figures.nested import learn, nested, start
from custpred.training.blend import WIDENING, Blend, _in_time, alone, combine

BINARY = Task("binary", "left", ("no", "yes"))


def test_the_blend_holds_every_member(world: Any) -> None:
    """If every model has a weight, each is a member; baselines never are."""
    kinds = [trial.model.kind() for trial in world.blend.trials]
    assert sorted(kinds) == sorted(t.model.kind() for t in world.trials if not t.model.baseline)
    assert world.blend.weights.sum() == pytest.approx(1)
    assert len(world.blend.predictor.members) == len(kinds)


def test_the_out_of_fold_predictions_follow_the_weights(world: Any) -> None:
    """They are the calibrated weighted sum of the members' raw scores."""
    raws = np.stack([world.scorer.raw(trial.number) for trial in world.blend.trials])
    raw = np.tensordot(world.blend.weights, raws, axes=1)
    np.testing.assert_allclose(world.blend.predictor.calibrated(raw), world.blend.held_out.predicted)


def test_the_predictor_scores_as_the_folds_did(world: Any) -> None:
    """Each fold's model gives its held-out rows the scores that were evaluated.

    Boosters are evaluated by fits stopped on the other half, so theirs differ a little.
    """
    names = [column.name for column in world.plan.columns]
    frame = world.labelled.table.take(world.folds.train).frame[names]
    for k, (_, held) in enumerate(world.folds.held):
        for trial, member in zip(world.blend.trials, world.blend.predictor.members, strict=True):
            alone = replace(member, weight=1.0, fitted=(member.fitted[k],), shifts=(member.shifts[k],))
            steps = world.blend.predictor.preparations[member.preparation][k]
            one = replace(world.blend.predictor, members=(alone,), preparations={member.preparation: (steps,)})
            wanted = np.load(world.scorer.trials / str(trial.number) / f"held{k}.npy")
            found = one.raw(frame.iloc[held])
            if trial.model.halved:
                assert np.corrcoef(found, wanted)[0, 1] > 0.95
            else:
                np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-4)


def test_members_of_negative_weight_stay(world: Any) -> None:
    """A blend with a negative weight has that member, on the leaderboard and in the predictor."""

    class Signed(Ensemble):
        def weigh(self, library: Any, seed: int = 0) -> np.ndarray:
            return np.array([1.3, -0.3, *np.zeros(len(library) - 2)])

    plan = replace(world.plan, recipe=world.plan.recipe.model_copy(update={"ensemble": Signed()}))
    blend = combine(plan, world.scorer, world.trials)
    assert [member.weight for member in blend.predictor.members] == [1.3, -0.3]
    raws = np.stack([world.scorer.raw(trial.number) for trial in blend.trials])
    raw = np.tensordot([1.3, -0.3], raws, axes=1)
    np.testing.assert_allclose(blend.predictor.calibrated(raw), blend.held_out.predicted)


def test_without_any_model_the_error_has_the_reasons(world: Any) -> None:
    """If no trial finished, the error has their reasons."""
    failed = [Trial(0, Model.parse("mlp"), "crash", reason="it fell")]
    with pytest.raises(BudgetSpent, match="mlp: it fell"):
        combine(world.plan, world.scorer, failed)


def test_a_baseline_is_kept_without_a_model(world: Any) -> None:
    """If only baselines finished, the best of them is the model."""
    some = [trial for trial in world.trials if trial.model.baseline]
    blend = combine(world.plan, world.scorer, some)
    best = max(some, key=lambda trial: trial.gain)
    assert [trial.number for trial in blend.trials] == [best.number]


def test_the_leaderboard_shows_all_best_first(world: Any) -> None:
    """Rows are sorted by the shown score; failed trials are last with their reason."""
    failed = Trial(99, Model.parse("mlp"), "timeout", reason="too slow")
    rows = leaderboard(world.scorer, [*world.trials, failed], world.blend, world.blend.score(world.scorer.metric))
    assert [row.rank for row in rows] == list(range(1, len(rows) + 1))
    assert sum(row.kind == "blend" for row in rows) == 1
    assert (rows[-1].status, rows[-1].reason, rows[-1].score) == ("timeout", "too slow", None)
    assert len(rows) == len(world.trials) + 2
    gains = [row.score.value for row in rows[:-1] if row.score]
    assert gains == sorted(gains, reverse=True)
    assert {row.kind for row in rows if row.baseline} == {"dummy", "rule"}
    assert sum(row.weight for row in rows if row.kind != "blend") == pytest.approx(1)
    assert all(row.score.low <= row.score.value <= row.score.high for row in rows if row.score)
    dummy = next(row for row in rows if row.kind == "dummy")
    assert not dummy.tied


def test_scores_of_the_board_are_the_metric(world: Any) -> None:
    """A row's score is the first metric of its out-of-fold predictions, with usual sign."""
    found = assessed(world.scorer, world.trials, world.blend, seed=0)
    rows, metric = found.board, Metric.parse(world.scorer.metric.kind())
    blend = next(row for row in rows if row.kind == "blend")
    assert blend.score == found.cv["roc_auc"]
    assert blend.score.value == pytest.approx(metric.score(world.blend.held_out))


NOISE = np.random.default_rng(3).normal(size=(20, 300))
"""Raw scores of twenty members that know nothing."""
FOLDS = np.arange(300) % 5


def _nested(truth: np.ndarray) -> Blend:
    """Return the nested blend of the luckiest member."""
    metric = Metric.parse("roc_auc")
    answers = [Predictions(BINARY, truth, BINARY.inverse_link(raw)) for raw in NOISE]
    gains = [metric.gain(each) for each in answers]
    scorer: Any = SimpleNamespace(
        task=BINARY,
        metric=metric,
        raw=lambda number: NOISE[number],
        predictions=lambda raw: (answers[0], FOLDS),
        held=[np.flatnonzero(fold == FOLDS) for fold in range(5)],
        thin=1,
    )
    plan: Any = SimpleNamespace(
        ensemble=Ensemble.parse("best"), recipe=SimpleNamespace(seed=0, budget=SimpleNamespace(cores=2))
    )
    predictor: Any = SimpleNamespace(calibrate=Calibrate.parse("sigmoid"))
    trials = tuple(Trial(number, Model.parse("logistic"), "ok", gain=gain) for number, gain in enumerate(gains))
    lucky = Blend((), np.ones(1), predictor, answers[int(np.argmax(gains))], (), "", candidates=trials)
    return nested(scorer, lucky, learn(plan, scorer, trials)())


def test_nesting_removes_the_optimism_of_selection() -> None:
    """The luckiest of uninformative members looks good where chosen, but nested like chance."""
    blend, metric = _nested(np.random.default_rng(4).integers(0, 2, 300)), Metric.parse("roc_auc")
    told = blend.score(metric)
    assert metric.score(blend.held_out) > 0.56
    assert told.value < 0.53
    assert told.low < 0.5 < told.high


@pytest.mark.parametrize("cores", [1, 2, 16])
def test_nesting_does_not_depend_on_the_cores(world: Any, cores: int) -> None:
    """One core is left to the blend, each job has folds, and the result is that of one job."""
    sizes: list[int] = []

    def submitted(function: Any, *jobs: Any) -> Any:
        sizes.extend(len(job.numbers) for job in jobs)
        return lambda: [function(job) for job in jobs]

    budget = SimpleNamespace(cores=cores)
    plan: Any = SimpleNamespace(
        ensemble=world.plan.ensemble, recipe=SimpleNamespace(seed=world.plan.recipe.seed, budget=budget)
    )
    found = start(plan, world.scorer, world.trials, submitted)(world.blend)
    wanted = learn(world.plan, world.scorer, world.blend.candidates)()
    assert found is not None
    assert wanted is not None
    assert found.shape == (len(world.scorer.held), len(world.blend.candidates))
    np.testing.assert_array_equal(found, wanted)
    assert (min(sizes) > 0, sum(sizes)) == (True, len(world.scorer.held))
    assert len(sizes) == max(1, min(cores - 1, len(world.scorer.held)))


def test_weights_are_learned_again_for_other_candidates(world: Any) -> None:
    """A blend with a limit of latency leaves members out: weights for all would not fit it."""
    blend = replace(world.blend, candidates=world.blend.candidates[:2])
    found = start(world.plan, world.scorer, world.trials, here)(blend)
    assert found is not None
    np.testing.assert_array_equal(found, learn(world.plan, world.scorer, blend.candidates)())


def test_nested_predictions_do_not_use_their_own_fold() -> None:
    """Other labels in a fold change no nested prediction of that fold, but some of the others."""
    truth = np.random.default_rng(4).integers(0, 2, 300)
    other = np.where(FOLDS == 2, 1 - truth, truth)
    first, second = _nested(truth).nested, _nested(other).nested
    assert first is not None
    assert second is not None
    same = (first.predicted == second.predicted).all(axis=1)
    assert same[FOLDS == 2].all()
    assert not same[FOLDS != 2].all()


@settings(max_examples=20, derandomize=True, deadline=None)
@given(seed=st.integers(0, 10_000), kind=st.sampled_from(["roc_auc", "log_loss", "accuracy"]))
def test_folds_that_share_rows_widen_the_interval(seed: int, kind: str) -> None:
    """Each side is WIDENING times that of the bootstrap, within the range of the metric."""
    rng, metric = np.random.default_rng(seed), Metric.parse(kind)
    truth, chance = np.arange(60) % 2, rng.random(60)
    held_out = Predictions(BINARY, truth, np.column_stack([1 - chance, chance]))
    predictor: Any = None
    told = Blend((), np.ones(1), predictor, held_out, (), "").score(metric)
    low, high = interval(metric, held_out)
    least, most = metric.limits
    assert told.value == metric.score(held_out)
    assert told.low == pytest.approx(max(least, told.value - WIDENING * (told.value - low)))
    assert told.high == pytest.approx(min(most, told.value + WIDENING * (high - told.value)))
    assert told.low <= low <= high <= told.high


def test_each_member_has_its_own_weight(world: Any) -> None:
    """Members have the blend's weights in descending order; one alone has weight 1."""
    weights = [member.weight for member in world.blend.predictor.members]
    assert weights == world.blend.weights.tolist() == sorted(weights, reverse=True)
    assert [member.name for member in world.blend.predictor.members] == [trial.name for trial in world.blend.trials]
    (member,) = alone(world.plan, world.scorer, world.blend.trials[0]).members
    assert (member.weight, member.name) == (1.0, world.blend.trials[0].name)


@pytest.mark.parametrize("members", [1, 2])
def test_two_members_are_nested_and_one_is_not(world: Any, members: int) -> None:
    """With one candidate nothing was selected; with two, weights are nested."""
    some = tuple(trial for trial in world.trials if not trial.model.baseline)[:members]
    blend = replace(world.blend, nested=None, candidates=some)
    weights = learn(world.plan, world.scorer, some)()
    assert (weights is not None) == (members == 2)
    assert (nested(world.scorer, blend, weights).nested is not None) == (members == 2)


def test_candidates_are_those_that_may_be_members(world: Any) -> None:
    """All models in general; with a limit of latency those within it, also for nesting."""
    assert {each.name for each in world.blend.candidates} == {t.name for t in world.trials if not t.model.baseline}
    tight = world.plan.ensemble.model_copy(update={"latency": 1e-9})
    recipe = world.plan.recipe.model_copy(update={"ensemble": tight})
    fast = combine(replace(world.plan, recipe=recipe), world.scorer, world.trials)
    assert [each.code for each in fast.notes if each.code == "E101"]
    assert fast.candidates == fast.trials


@pytest.mark.parametrize(("pace", "time", "kept"), [(0.001, 60, 5), (0.035, 60, 4), (0.050, 60, 3), (9.0, None, 5)])
def test_members_of_a_slow_blend_have_fewer_folds(
    world: Any, monkeypatch: pytest.MonkeyPatch, pace: float, time: float | None, kept: int
) -> None:
    """Two members, one core: the newest folds that allow a million rows a minute, or three."""
    blend = replace(world.blend, trials=tuple(replace(each, predict_seconds=pace) for each in world.blend.trials[:2]))
    whole = blend.predictor
    members = tuple(replace(m, fitted=m.fitted[:1] * 5, shifts=tuple(map(float, range(5)))) for m in whole.members)
    five = replace(whole, members=members, preparations={k: p[:1] * 5 for k, p in whole.preparations.items()})
    monkeypatch.setattr("custpred.training.blend._in_time", lambda *_: replace(blend, predictor=five))
    recipe = world.plan.recipe.model_copy(update={"budget": Budget(time=time, jobs=1)})
    found = combine(replace(world.plan, recipe=recipe), world.scorer, world.trials)
    assert {m.shifts for m in found.predictor.members} == {tuple(map(float, range(5 - kept, 5)))}
    assert {len(steps) for steps in found.predictor.preparations.values()} == {kept}
    assert sum(trial.predict_seconds for trial in found.trials) == pytest.approx(2 * pace * kept / 5)
    assert any(note.code == "E103" for note in found.notes) == (kept < 5)
    frame = golden_rows(whole)
    assert np.isfinite(found.predictor.predict(frame)).all()


def _timed(
    monkeypatch: pytest.MonkeyPatch, costs: dict[str, float], *, cores: int = 2, time: float | None = 60
) -> Blend:
    """Return the blend of trials with these microseconds a row, at most 10 s a million."""

    def combined(plan: Any, scorer: Any, real: Any) -> Blend:
        weights = np.arange(len(real), 0, -1.0) / np.arange(len(real) + 1).sum()
        return Blend(tuple(real), weights, None, None, (), "")  # type: ignore[arg-type]

    monkeypatch.setattr("custpred.training.blend._combined", combined)
    budget = SimpleNamespace(time=time, cores=cores)
    plan: Any = SimpleNamespace(ensemble=SimpleNamespace(batch_limit=10.0), recipe=SimpleNamespace(budget=budget))
    trials: Any = [SimpleNamespace(name=name, predict_seconds=cost / 1000) for name, cost in costs.items()]
    return _in_time(plan, None, trials)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("costs", "cores", "kept"),
    [
        ({"a": 5, "b": 8}, 2, "ab"),
        ({"a": 5, "b": 8, "c": 9}, 2, "ab"),
        ({"a": 5, "b": 8, "c": 7}, 2, "ab"),
        ({"a": 8, "b": 8.4, "c": 0.5}, 2, "abc"),
        ({"a": 8, "b": 8.4, "c": 0.7}, 2, "ab"),
        ({"a": 5, "b": 8}, 1, "a"),
        ({"a": 4, "b": 3}, 1, "ab"),
        ({"a": 90, "b": 50, "c": 70}, 2, "b"),
    ],
)
def test_members_fit_the_time_of_a_million_customers(
    monkeypatch: pytest.MonkeyPatch, costs: dict[str, float], cores: int, kept: str
) -> None:
    """17 us on two cores: none over half, then by weight if they fit; the fastest remains."""
    blend = _timed(monkeypatch, costs, cores=cores)
    assert [trial.name for trial in blend.trials] == list(kept)
    left_out = sorted(set(costs) - set(kept))
    assert [note.code for note in blend.notes] == (["E102"] if left_out else [])
    assert all(name in blend.notes[0].text for name in left_out)


def test_speed_is_ignored_without_a_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The run is then reproducible bit by bit."""
    assert len(_timed(monkeypatch, {"a": 90, "b": 50}, time=None).trials) == 2
