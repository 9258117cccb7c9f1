"""How fast a predictor is, and which members a limit allows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import pytest

from custpred.budget import Budget
from custpred.ensemble.greedy import Greedy
from custpred.inference import latency as module
from custpred.inference.latency import measure_latency, within
from custpred.inference.predictor import Predictor
from custpred.training.blend import combine


@pytest.fixture(scope="module")
def model(world: Any) -> Predictor:
    """Return the blend of every family."""
    return world.blend.predictor


@pytest.fixture
def new(people: Callable[..., pd.DataFrame], model: Predictor) -> pd.DataFrame:
    """Return new customers in the model's contract."""
    return model.conform(people(20, seed=5))[0]


@dataclass
class Watch:
    """A clock that only moves where it is told to."""

    now: float = 0.0

    def perf_counter(self) -> float:
        """Return the seconds since the beginning."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time go by."""
        self.now += seconds


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    """Measure by a simulated clock, which other work on the machine does not affect."""
    made = Watch()
    monkeypatch.setattr(module, "time", made)
    return made


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch, watch: Watch) -> None:
    """Let a predictor take 10 ms for each member."""
    monkeypatch.setattr(Predictor, "predict", lambda self, frame: watch.sleep(0.01 * len(self.members)))


def test_latency_and_throughput_are_measured(
    model: Predictor, new: pd.DataFrame, monkeypatch: pytest.MonkeyPatch, watch: Watch
) -> None:
    """With 20 ms per call, one row takes that time, and throughput is that of the largest batch."""
    monkeypatch.setattr(Predictor, "predict", lambda *_: watch.sleep(0.02))
    assert measure_latency(model, new, 0.02) == {"single_row_ms": 20.0, "predict_rows_per_second": 1000 / 0.02}


def test_larger_batches_are_tried_while_there_is_time(
    model: Predictor, new: pd.DataFrame, monkeypatch: pytest.MonkeyPatch, watch: Watch
) -> None:
    """Batches grow to the largest that fits into the time."""
    seen: list[int] = []
    monkeypatch.setattr(
        Predictor, "predict", lambda self, frame: (seen.append(len(frame)), watch.sleep(len(frame) / 1e5))
    )
    measure_latency(model, new, 0.2)
    assert max(seen) == 5_000  # of 20,000 rows, 0.2 s were needed, and 0.12 are given


def test_many_columns_make_small_batches(
    model: Predictor, new: pd.DataFrame, monkeypatch: pytest.MonkeyPatch, watch: Watch
) -> None:
    """A batch has no more cells than the limit, however much time there is."""
    seen: list[int] = []
    monkeypatch.setattr(Predictor, "predict", lambda self, frame: (seen.append(len(frame)), watch.sleep(1e-6)))
    monkeypatch.setattr(module, "CELLS", 6_000 * new.shape[1])
    measure_latency(model, new, 0.2)
    assert max(seen) == 5_000


def test_no_rows_have_no_speed(model: Predictor, new: pd.DataFrame) -> None:
    """If nothing was scored, nothing is measured."""
    assert measure_latency(model, new.iloc[:0], 1.0) == {}


def test_heavy_members_come_first(model: Predictor, new: pd.DataFrame, slow: None) -> None:
    """Members are kept in descending order of weight, within the latency limit."""
    first, second, third = model.members[:3]
    heavy = (replace(first, weight=0.2), replace(second, weight=0.5), replace(third, weight=0.3))
    kept = within(replace(model, members=heavy), new.iloc[[0]], 0.027)
    assert [each.name for each in kept] == [second.name, third.name]


def test_the_fastest_member_is_always_kept(
    model: Predictor, new: pd.DataFrame, monkeypatch: pytest.MonkeyPatch, watch: Watch
) -> None:
    """If no member meets the limit, the fastest one is kept."""
    waits = {member.name: 0.01 * (1 + place) for place, member in enumerate(reversed(model.members))}
    monkeypatch.setattr(Predictor, "predict", lambda self, _: watch.sleep(sum(waits[m.name] for m in self.members)))
    assert within(model, new.iloc[[0]], 1e-6) == (model.members[-1],)


def test_a_blend_respects_the_recipes_limit(world: Any, slow: None) -> None:
    """With a limit for two members the blend has two at most, names others, and sums to 1."""
    plan = replace(world.plan, recipe=world.plan.recipe.model_copy(update={"ensemble": Limited(latency="27ms")}))
    blend = combine(plan, world.scorer, world.trials)
    assert len(blend.predictor.members) == 2 < len(world.blend.predictor.members)
    assert blend.weights.sum() == pytest.approx(1)
    assert any("over 27 ms" in note.text for note in blend.notes)


def test_a_blend_within_the_limit_is_unchanged(world: Any) -> None:
    """A limit that all members meet together changes nothing."""
    plan = replace(world.plan, recipe=world.plan.recipe.model_copy(update={"ensemble": Limited(latency="1h")}))
    blend = combine(plan, world.scorer, world.trials)
    assert [each.name for each in blend.trials] == [each.name for each in world.blend.trials]


def test_a_million_customers_have_a_limit(world: Any) -> None:
    """With 30 microseconds per customer and 12 per member, two members remain, with a note."""
    trials = [replace(each, predict_seconds=0.012) for each in world.trials]
    recipe = world.plan.recipe.model_copy(
        update={"ensemble": Limited(seconds_per_million_rows=30 / 0.85), "budget": Budget(time=60, jobs=1)}
    )
    blend = combine(replace(world.plan, recipe=recipe), world.scorer, trials)
    assert len(blend.predictor.members) == 2 < len(world.blend.predictor.members)
    assert any(note.code == "E102" for note in blend.notes)


def test_both_limits_name_omitted_members(world: Any, slow: None) -> None:
    """With both limits, both notes remain, without members of zero weight."""
    trials = [replace(each, predict_seconds=0.012 if number else 9.0) for number, each in enumerate(world.trials)]
    limits = Limited(latency="17ms", seconds_per_million_rows=42 / 0.85)
    recipe = world.plan.recipe.model_copy(update={"ensemble": limits, "budget": Budget(time=60, jobs=1)})
    blend = combine(replace(world.plan, recipe=recipe), world.scorer, trials)
    told = {note.code: note.text for note in blend.notes if note.code in {"E101", "E102"}}
    assert set(told) == {"E101", "E102"}
    assert not any(trial.name in text for trial in blend.trials for text in told.values())
    assert "no weight" not in told["E102"]


def test_speed_is_ignored_without_a_time_limit(world: Any) -> None:
    """The blend must be reproducible, so measured speeds have no effect."""
    trials = [replace(each, predict_seconds=9.0) for each in world.trials]
    recipe = world.plan.recipe.model_copy(
        update={"ensemble": Limited(seconds_per_million_rows=1.0), "budget": Budget(work=5, jobs=1)}
    )
    blend = combine(replace(world.plan, recipe=recipe), world.scorer, trials)
    assert len(blend.predictor.members) > 2


@pytest.mark.parametrize(("given", "seconds"), [("20ms", 0.02), ("1s", 1.0), (0.5, 0.5), (None, None)])
def test_limits_are_written_as_durations(given: Any, seconds: float | None) -> None:
    """A latency is a duration with its unit, seconds without one, and comes back from its dump."""
    spec = Greedy(latency=given)
    assert spec.limit == seconds
    assert Greedy.parse(spec.dump()) == spec


class Limited(Greedy):
    """Every member counts the same, within a limit."""

    def weigh(self, library: Any, seed: int = 0) -> Any:
        """Return equal weights."""
        import numpy as np

        return np.full(len(library), 1 / len(library))
