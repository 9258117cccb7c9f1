"""Short fits on a sample put the initial configurations that suit a table first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from custpred.engine.inline import Inline
from custpred.models.base import Model
from custpred.search._trial import Entry, Trial
from custpred.table import Column
from custpred.training._fits import landmarks
from custpred.training._fits.landmarks import LEARNED, MAX_RATE, Landmark, fast_enough, landmark, ordered
from custpred.training.scorer import FoldScorer

FEW, MANY = ({"kind": "lightgbm", "num_leaves": leaves, "learning_rate": 0.1} for leaves in (2, 64))


def _table(rows: int, *, products: bool) -> pd.DataFrame:
    """Return customers whose label is a product of signs, or a noisy sum of columns."""
    chance = np.random.default_rng(3)
    X = chance.normal(size=(rows, 6))
    score = 6 * np.sign(X[:, 0] * X[:, 1]) if products else X.sum(axis=1)
    label = chance.random(rows) < 1 / (1 + np.exp(-score))
    frame = pd.DataFrame(X, columns=[f"amount_{place}" for place in range(6)])
    return frame.assign(customer=[f"c{row}" for row in range(rows)], left=np.where(label, "yes", "no"))


@pytest.fixture(scope="module")
def scorers(search: Callable[..., Any]) -> dict[bool, FoldScorer]:
    """Return a scorer for each kind of table, with 30 seconds left."""
    found = {}
    for products in (True, False):
        data = _table(3_000, products=products)
        world = search(data=data, target="left", key="customer", models=["rule"])
        found[products] = replace(world.scorer, left=lambda: 30.0)
    return found


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let small tables have landmarks."""
    monkeypatch.setattr(landmarks, "MANY_ROWS", 1_000)


def _family(*models: dict[str, Any]) -> Entry:
    starts = tuple(map(Model.parse, models))
    return Entry(starts[0], starts)


def _leaves(scorer: FoldScorer, family: Entry, done: tuple[Trial, ...] = ()) -> list[int]:
    (found,) = ordered([family], scorer, Inline().open(1), done)
    given, leaves = ([model.num_leaves for model in each.starts] for each in (family, found))  # type: ignore[attr-defined]
    assert sorted(leaves) == sorted(given)
    return leaves


@pytest.mark.usefixtures("small")
def test_the_better_configuration_comes_first(scorers: dict[bool, FoldScorer]) -> None:
    """Stumps cannot learn a product, but are better for a noisy sum, in any given order."""
    for family in (_family(FEW, MANY), _family(MANY, FEW)):
        assert _leaves(scorers[True], family) == [64, 2]
        assert _leaves(scorers[False], family) == [2, 64]


@pytest.mark.usefixtures("small")
def test_their_seconds_count_as_fits(scorers: dict[bool, FoldScorer]) -> None:
    """The seconds of each fit are added to those of fits without a trial."""
    scorer = replace(scorers[False], dropped=[])
    _leaves(scorer, _family(FEW, MANY))
    assert len(scorer.dropped) == 2
    assert min(scorer.dropped) > 0


@pytest.mark.usefixtures("small")
def test_others_keep_their_place(scorers: dict[bool, FoldScorer]) -> None:
    """Configurations with another preparation, and those after the first ones, are not compared."""
    other = {**MANY, "num_leaves": 5, "arithmetic": True}
    last = {**MANY, "num_leaves": 31}
    assert _leaves(scorers[True], _family(FEW, other, MANY, last)) == [64, 2, 5, 31]


def test_when_the_order_stays(scorers: dict[bool, FoldScorer], monkeypatch: pytest.MonkeyPatch) -> None:
    """It stays with few rows, no time limit, little time, texts, many cells, or a trial."""
    scorer, family = scorers[True], _family(FEW, MANY)
    assert _leaves(scorer, family) == [2, 64]
    monkeypatch.setattr(landmarks, "MANY_ROWS", 1_000)
    assert _leaves(replace(scorer, left=lambda: None), family) == [2, 64]
    assert _leaves(replace(scorer, left=lambda: 1.0), family) == [2, 64]
    assert _leaves(replace(scorer, left=lambda: 2.0), family) == [64, 2]
    assert _leaves(scorer, family, (Trial(0, Model.parse(FEW), "pruned"),)) == [2, 64]
    plan = replace(scorer.plan, columns=(*scorer.plan.columns, Column("note", "text")))
    assert _leaves(replace(scorer, plan=plan), family) == [2, 64]
    monkeypatch.setattr(landmarks, "MAX_CELLS", 1_000)
    assert _leaves(scorer, family) == [2, 64]


def test_the_better_family_comes_first_with_few_rows_and_little_time(
    scorers: dict[bool, FoldScorer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deep trees learn a product, stumps do not; with more time the order stays."""
    monkeypatch.setattr(landmarks, "FEW_SECONDS", 10.0)  # fits end by themselves, on a busy machine too
    linear, deep = _family({"kind": "logistic"}), _family({"kind": "xgboost", "max_depth": 8})
    families = [linear, _family(FEW, MANY), deep]
    for products, left, order in ((True, 8.0, [0, 2, 1]), (False, 8.0, [0, 1, 2]), (True, 30.0, [0, 1, 2])):
        scorer = replace(scorers[products], left=lambda left=left: left, dropped=[])
        found = ordered(families, scorer, Inline().open(1), ())
        assert [families.index(each) for each in found] == order
        assert len(scorer.dropped) == (2 if left < 12 else 0)


def test_families_without_fits_keep_their_order(scorers: dict[bool, FoldScorer]) -> None:
    """If all families are linear or were tried before, none is fitted."""
    scorer = replace(scorers[True], left=lambda: 8.0)
    families = [_family({"kind": "logistic"}), _family(FEW)]
    tried = (Trial(0, Model.parse(FEW), "ok", gain=0.5),)
    assert ordered(families, scorer, Inline().open(1), tried) == tuple(families)


@pytest.mark.usefixtures("small")
def test_failed_fits_decide_nothing(scorers: dict[bool, FoldScorer], monkeypatch: pytest.MonkeyPatch) -> None:
    """A fit that fails leaves its configuration after those that are scored."""
    whole = landmark

    def failing(job: Any) -> Landmark:
        if job.model.num_leaves == 64:
            raise ValueError("no fit")
        return whole(job)

    monkeypatch.setattr(landmarks, "landmark", failing)
    assert _leaves(scorers[True], _family(MANY, FEW)) == [2, 64]


def test_a_landmark_uses_a_sample_and_no_file(scorers: dict[bool, FoldScorer], monkeypatch: pytest.MonkeyPatch) -> None:
    """It fits and scores at most as many rows as it may, and leaves no file of a trial."""
    seen = []
    whole = landmarks.trained

    def spying(model: Any, rows: Any, held: Any, fit: Any) -> Any:
        seen.append((len(rows.y), len(held.y), fit.seconds))
        return whole(model, rows, held, fit)

    monkeypatch.setattr(landmarks, "trained", spying)
    monkeypatch.setattr(landmarks, "FIT_ROWS", 400)
    monkeypatch.setattr(landmarks, "HELD_ROWS", 300)
    scorer = scorers[False]
    gain, took, pace = landmark(replace(scorer.job(9, Model.parse(FEW), seconds=0.2), metric=scorer.metric))
    assert 0.6 < gain < 1
    assert 0 < took < 60
    assert (pace > 0) == (took >= 0.2)
    ((fitted, held, seconds),) = seen
    assert 350 < fitted <= 400
    assert 250 < held <= 300
    assert seconds == 0.2
    assert not (scorer.trials / "9").exists()


@pytest.mark.parametrize("model", [FEW, {"kind": "xgboost", "learning_rate": 0.1}])
def test_pace_counts_all_rounds_of_a_fit_that_ran_out_of_time(
    scorers: dict[bool, FoldScorer], model: dict[str, Any]
) -> None:
    """It is rounds x rows per second; a fit that stopped by itself has none, nor has a forest."""
    job = replace(scorers[False].job(9, Model.parse(model)), metric=scorers[False].metric)
    rows = 2_000
    found = landmark(replace(job, seconds=1e-6))
    assert 0.5 < found.pace * found.seconds / rows < 2  # one round
    assert landmark(replace(job, seconds=600.0)).pace == 0
    assert landmark(replace(job, model=Model.parse("forest"), seconds=1e-6)).pace == 0


def test_the_learning_rate_is_raised_if_the_time_is_short(scorers: dict[bool, FoldScorer]) -> None:
    """It suits the rounds of a first trial, within limits; a model without a pace stays."""
    scorer, model = scorers[False], Model.parse(FEW)
    ((_, job), *_) = scorer.jobs(0, model)
    assert job.seconds
    one_round = (len(scorer.truth) - len(scorer.held[0])) / job.seconds
    rates = [fast_enough(model, rounds * one_round, scorer).learning_rate for rounds in (1e4, 200, 125, 10)]  # type: ignore[attr-defined]
    assert rates == [0.1, 0.1, round(LEARNED / 125, 2), MAX_RATE]
    assert fast_enough(model, 0.0, scorer) == model
    assert fast_enough(model, one_round, replace(scorer, left=lambda: None)) == model
    forest = Model.parse("forest")
    assert fast_enough(forest, one_round, scorer) == forest
