"""Policies: who is chosen, by hand and as properties."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custpred.business import Business
from custpred.metrics.base import Metric
from custpred.policy import Policy, Rounds, ranks
from custpred.task import Predictions, Task

BINARY = Task("binary", "left", ("no", "yes"))
AMOUNT = Task("regression", "spend")


def pair(score: Any) -> np.ndarray:
    chance = np.asarray(score, dtype=float)
    return np.column_stack([1 - chance, chance])


def policy(**business: Any) -> Policy:
    return Policy(Business(**business))


def test_gains_are_ranked_and_capped() -> None:
    """Values 10, 100, 100, 5 at .9 .2 .5 .1, cost 1 gain 8, 19, 49, -.5: the best two."""
    own = policy(value={"column": "fee"}, contact_cost=1, capacity=2).decide(
        BINARY, pair([0.9, 0.2, 0.5, 0.1]), np.array([10.0, 100.0, 100.0, 5.0])
    )
    assert own.gain is not None and own.rank is not None and own.code is not None
    np.testing.assert_allclose(own.gain, [8.0, 19.0, 49.0, -0.5])
    assert own.rank.tolist() == [3, 2, 1, 4]
    assert own.code.tolist() == [0, 1, 1, 0]


def test_unprofitable_customers_are_not_selected_within_the_capacity() -> None:
    """With capacity for all four, a gain below 0, or of 0, is not selected."""
    own = policy(value=10, contact_cost=4, capacity=9).decide(BINARY, pair([0.9, 0.4, 0.5, 0.1]))
    assert own.code is not None and own.code.tolist() == [1, 0, 1, 0]


def test_a_missing_value_is_worth_zero() -> None:
    """The customer's gain is minus the cost of the contact."""
    own = policy(value={"column": "fee"}, contact_cost=1).decide(BINARY, pair([0.9, 0.9]), np.array([np.nan, 10.0]))
    assert own.gain is not None and own.gain.tolist() == pytest.approx([-1.0, 8.0])
    assert own.code is not None and own.code.tolist() == [0, 1]


def test_a_capacity_alone_takes_the_highest_scores() -> None:
    """Without a value the capacity is filled from the top, ties in row order."""
    own = policy(capacity=2).decide(BINARY, pair([0.2, 0.3, 0.3, 0.3]))
    assert own.code is not None and own.code.tolist() == [0, 1, 1, 0]
    assert own.gain is None


def test_a_capacity_applies_to_each_round() -> None:
    """Two cutoffs of three customers, capacity one: the best of each, ranks start again."""
    rounds = Rounds(np.array([0, 1, 0, 1, 0, 1]), np.ones(2))
    own = policy(capacity=1).decide(BINARY, pair([0.1, 0.6, 0.9, 0.8, 0.5, 0.7]), rounds=rounds)
    assert own.code is not None and own.code.tolist() == [0, 0, 1, 1, 0, 0]
    assert own.rank is not None and own.rank.tolist() == [3, 3, 1, 1, 2, 2]


def test_a_sample_of_a_round_has_its_share_of_the_capacity() -> None:
    """Half of one cutoff and all of another: a capacity of 4 is 2 and 4."""
    moments = np.array(["a", "a", "a", "a", "b", "b", "c"])
    rounds = Rounds.sampled(moments, np.array([0, 2, 4, 5]))
    assert rounds.code.tolist() == [0, 0, 1, 1]
    assert rounds.capacities(4).tolist() == [2, 4]
    assert Rounds.sampled(np.zeros(1000), np.arange(3)).capacities(10).tolist() == [1]


def test_amounts_are_chosen_by_their_own_value() -> None:
    """A spend of 100 at a margin of .4 minus 20 pays, 40 does not; without costs all do."""
    own = policy(value={"margin": 0.4}, contact_cost=20).decide(AMOUNT, np.array([100.0, 40.0]))
    assert own.gain is not None and own.gain.tolist() == pytest.approx([20.0, -4.0])
    assert own.code is not None and own.code.tolist() == [1, 0]
    bare = policy().decide(AMOUNT, np.array([1.0, 3.0, 2.0]))
    assert bare.code is None and bare.rank is not None and bare.rank.tolist() == [3, 1, 2]


def test_amounts_are_their_own_value_by_default() -> None:
    """With only a cost, a predicted spend is its own value."""
    own = policy(contact_cost=20).decide(AMOUNT, np.array([100.0, 15.0]))
    assert own.value is not None and own.value.tolist() == [100.0, 15.0]
    assert own.gain is not None and own.gain.tolist() == [80.0, -5.0]


def test_one_table_is_one_round() -> None:
    """A table without cutoffs is a single round, so the capacity applies once."""
    whole = Rounds.one(4)
    assert (len(whole), whole.shares.tolist(), whole.code.tolist()) == (1, [1.0], [0, 0, 0, 0])
    assert whole.capacities(3).tolist() == [3]
    two = Rounds.sampled(np.array([7, 7, 8, 8, 8]), np.array([0, 2, 3, 4]))
    assert (len(two), two.shares.tolist(), two.code.tolist()) == (2, [0.5, 1.0], [0, 1, 1, 1])


def test_a_threshold_is_learned_from_any_row() -> None:
    """One row suffices for the metric; without rows, and for amounts, the threshold is 0.5."""
    asked: list[int] = []

    class Asking(type(Metric.parse("f1"))):  # type: ignore[misc]
        def threshold(self, predictions: Predictions) -> float:
            asked.append(len(predictions))
            return 0.3

    for rows, wanted in ((0, 0.5), (1, 0.3), (2, 0.3)):
        few = Predictions(BINARY, np.ones(rows, dtype=int), pair([0.8] * rows))
        assert Policy.learn(Business(), Asking(), few).threshold == wanted
    amounts = Predictions(AMOUNT, np.ones(2), np.ones(2))
    assert Policy.learn(Business(), Asking(), amounts).threshold == 0.5
    assert asked == [1, 2]


def test_several_classes_get_the_most_likely_label() -> None:
    """A capacity does not apply to three labels."""
    task = Task("multiclass", "plan", ("a", "b", "c"))
    own = policy(capacity=1).decide(task, np.array([[0.2, 0.5, 0.3], [0.6, 0.3, 0.1]]))
    assert own.code is not None and own.code.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("metric", "wanted"),
    [
        ("accuracy", 0.5),
        ("roc_auc", 0.5),
        ("log_loss", 0.5),
        ("brier", 0.5),
        ("f1", 0.2),
        ("pr_auc", 0.2),
        ("balanced_accuracy", 0.4),
        ({"kind": "lift", "at": 0.4}, 0.4),
    ],
)
def test_the_first_metric_sets_the_threshold(metric: Any, wanted: float) -> None:
    """.6 .4 .3 .2 .1, truth 1 1 0 1 0: F1 is best with four (6/7), recall with two."""
    rows = Predictions(BINARY, np.array([1, 1, 0, 1, 0]), pair([0.6, 0.4, 0.3, 0.2, 0.1]))
    own = Policy.learn(Business(), Metric.parse(metric), rows)
    assert own.threshold == wanted
    code = own.decide(BINARY, rows.predicted).code
    assert code is not None and (code == (rows.positive >= wanted)).all()


@pytest.mark.parametrize(
    ("weight", "share", "wanted"),
    [(None, 0.4, 0.4), ([2, 2, 2, 2, 2], 0.4, 0.4), ([1, 7, 1, 1, 10], 0.4, 0.4), ([1, 1, 1, 1, 16], 0.4, 0.2),
     ([16, 1, 1, 1, 1], 0.1, 0.6)],
)  # fmt: skip
def test_the_best_share_is_one_of_weight(weight: list[float] | None, share: float, wanted: float) -> None:
    """The threshold of lift selects the share of customers that lift measures: weighted."""
    own = None if weight is None else np.array(weight, dtype=float)
    rows = Predictions(BINARY, np.array([1, 1, 0, 1, 0]), pair([0.6, 0.4, 0.3, 0.2, 0.1]), own)
    assert Metric.parse({"kind": "lift", "at": share}).threshold(rows) == wanted


@settings(max_examples=50, derandomize=True, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.booleans(), st.sampled_from([0.1, 0.2, 0.4, 0.5, 0.9]), st.integers(1, 3)), min_size=2, max_size=20
    ).filter(lambda rows: len({truth for truth, *_ in rows}) == 2),
    metric=st.sampled_from(["f1", "balanced_accuracy"]),
)
def test_no_other_threshold_is_better(rows: list[tuple[bool, float, int]], metric: str) -> None:
    """The score of the decisions is the best possible, with weights and ties."""
    truth, score, weight = map(np.array, zip(*rows, strict=True))
    own = Metric.parse(metric)

    def scored(cut: float) -> float:
        return own.score(Predictions(BINARY, truth.astype(int), np.eye(2)[(score >= cut).astype(int)], weight))

    found = own.threshold(Predictions(BINARY, truth.astype(int), pair(score), weight))
    assert scored(found) == pytest.approx(max(map(scored, score)))


@pytest.mark.parametrize(("metric", "truth"), [("f1", 0), ("balanced_accuracy", 0), ("balanced_accuracy", 1)])
def test_rows_of_one_class_leave_the_default_threshold(metric: str, truth: int) -> None:
    """The decision is then the most likely label."""
    rows = Predictions(BINARY, np.array([truth, truth]), pair([0.3, 0.2]))
    assert Metric.parse(metric).threshold(rows) == 0.5


def test_a_policy_round_trips() -> None:
    """What is loaded equals what was saved, through JSON."""
    import json

    own = Policy(Business(value={"column": "fee", "times": 12}, capacity=3, currency="USD"), 0.123456789012345, "f1")
    assert Policy.load(json.loads(json.dumps(own.dump()))) == own
    assert not own.alone(BINARY) and Policy(Business(value=3)).alone(BINARY)


CUSTOMERS = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.3, 0.3, 0.8, 1.0]), st.sampled_from([0.0, 5.0, 20.0, np.nan])),
    min_size=1, max_size=30,
)  # fmt: skip


@settings(max_examples=200, derandomize=True, deadline=None)
@given(rows=CUSTOMERS, capacity=st.one_of(st.none(), st.integers(1, 35)), cost=st.sampled_from([0.0, 1.0, 4.0]))
def test_the_best_customers_are_chosen(rows: list[tuple[float, float]], capacity: int | None, cost: float) -> None:
    """The capacity at most, each with a gain above 0, none behind one not chosen."""
    chance, fee = np.array([p for p, _ in rows]), np.array([v for _, v in rows])
    own = policy(value={"column": "fee"}, contact_cost=cost, capacity=capacity).decide(BINARY, pair(chance), fee)
    assert own.code is not None and own.gain is not None and own.rank is not None
    yes, room = own.code == 1, len(rows) if capacity is None else capacity
    assert yes.sum() == min(room, (own.gain > 0).sum())
    assert (own.gain[yes] > 0).all()
    assert not yes.any() or yes.all() or own.gain[yes].min() >= own.gain[~yes].max()
    assert sorted(own.rank) == list(range(1, len(rows) + 1))
    assert (np.diff(own.gain[np.argsort(own.rank)]) <= 0).all()


@settings(max_examples=100, derandomize=True, deadline=None)
@given(rows=CUSTOMERS, seed=st.integers(0, 9))
def test_the_order_of_rows_only_settles_ties(rows: list[tuple[float, float]], seed: int) -> None:
    """In any row order the same gains and probabilities are chosen."""
    frame = pd.DataFrame(rows, columns=["p", "fee"])
    mixed = frame.sample(frac=1.0, random_state=seed)
    own = policy(value={"column": "fee"}, contact_cost=1, capacity=3)
    kept = []
    for each in (frame, mixed):
        code = own.decide(BINARY, pair(each["p"]), each["fee"].to_numpy()).code
        assert code is not None
        kept.append(sorted(map(str, each[code == 1].fillna(0.0).to_numpy().tolist())))
    assert kept[0] == kept[1]


@pytest.mark.parametrize(
    ("task", "business", "rule"),
    [
        (BINARY, {}, "threshold"),
        (BINARY, {"contact_cost": 5, "offer_cost": 5}, "threshold"),
        (BINARY, {"value": {}}, "threshold"),
        (BINARY, {"value": 10}, "gain"),
        (BINARY, {"capacity": 1}, "capacity"),
        (BINARY, {"value": 10, "capacity": 1}, "gain"),
        (AMOUNT, {}, "none"),
        (AMOUNT, {"contact_cost": 0.5}, "gain"),
        (AMOUNT, {"offer_cost": 0.5}, "gain"),
        (AMOUNT, {"value": {}}, "gain"),
        (AMOUNT, {"capacity": 1}, "capacity"),
        (Task("multiclass", "plan", ("a", "b", "c")), {"value": 10, "capacity": 1}, "likeliest"),
    ],
)
def test_the_business_decides_the_rule(task: Task, business: dict[str, Any], rule: str) -> None:
    """A value, or any cost of amounts: by gain; a capacity: by score; else the threshold."""
    own = policy(**business)
    assert own.rule(task) == rule
    assert own.alone(task) == ("capacity" not in business or rule == "likeliest")


def test_only_a_decision_by_a_column_needs_it() -> None:
    """Two classes with a value column need it; amounts and a fixed value do not."""
    column = policy(value={"column": "fee"})
    assert column.column(BINARY) == "fee"
    assert column.column(AMOUNT) is None
    assert column.column(Task("multiclass", "plan", ("a", "b", "c"))) is None
    assert policy(value=10).column(BINARY) is None
    assert policy(capacity=3).column(BINARY) is None


@pytest.mark.parametrize("rounds", [[0, 0, 0, 0], [0, 1, 0, 1], [0, 1, 2, 2]], ids=["one", "two", "three"])
def test_ranks_start_again_in_each_round(rounds: list[int]) -> None:
    """The best of each round has rank 1, also for two rounds."""
    first, code = np.array([0.1, 0.2, 0.3, 0.4]), np.array(rounds)
    found = ranks(first, first, code)
    for each in set(rounds):
        assert sorted(found[code == each].tolist()) == list(range(1, int((code == each).sum()) + 1))
        assert first[code == each][found[code == each].argmin()] == first[code == each].max()
