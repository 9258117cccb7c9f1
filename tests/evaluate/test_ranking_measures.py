"""Gains, curves, thresholds and profit, compared with numbers computed by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custpred.business import Business
from custpred.errors import NotApplicable
from custpred.evaluate._ranked import Ranking
from custpred.evaluate._rows import wilson
from custpred.evaluate._run import measured
from custpred.evaluate.base import Evaluate, Evidence, Measure
from custpred.metrics.base import Metric
from custpred.policy import Policy, Rounds
from custpred.table import Column, Table
from custpred.task import Predictions, Task

SCORE = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05])
TRUTH = np.array([1, 1, 0, 1, 0, 0, 1, 0, 0, 0])


def ten(score: np.ndarray = SCORE, truth: np.ndarray = TRUTH, **business: object) -> Evidence:
    """Return ten customers who pay 10, 20, ... 100."""
    frame = pd.DataFrame({"fee": 10.0 * np.arange(1, 11)})
    task = Task("binary", "left", ("no", "yes"))
    predictions = Predictions(task, truth, np.column_stack([1 - score, score]))
    table = Table(frame, (Column("fee", "number"),))
    return Evidence(predictions, table, [Metric.parse("roc_auc")], Business(**business))


def take(kind: str, evidence: Evidence) -> Measure:
    return Evaluate.parse(kind).measure(evidence)


def at(measure: Measure, **having: object) -> dict[str, object]:
    return next(row for row in measure.rows if all(row[key] == value for key, value in having.items()))


def test_gains_count_positives_from_the_top() -> None:
    """The best 4 of 10 hold 3 of 4 positives: reached 0.75, lift 0.75 / 0.4; at best all."""
    row = at(take("gains", ten()), customers=4)
    assert (row["positives"], row["reached"], row["best"]) == (3, 0.75, 1.0)
    assert row["lift"] == pytest.approx(1.875)


def test_equal_scores_share_their_positives() -> None:
    """Four tied customers with two positives: the best two contain one, in any order."""
    tied = ten(np.array([0.5] * 4 + [0.1] * 6), np.array([1, 1, 0, 0] + [0] * 6))
    turned = ten(np.array([0.5] * 4 + [0.1] * 6), np.array([0, 0, 1, 1] + [0] * 6))
    assert at(take("gains", tied), customers=2)["positives"] == at(take("gains", turned), customers=2)["positives"] == 1


def test_the_lift_interval_of_a_large_sample_holds_the_true_lift(binary: Evidence) -> None:
    """With 3,000 customers the interval at 10 % has a sensible width, and the facts quote it."""
    facts = take("gains", binary).facts
    assert facts["lift_at_10_low"] < facts["lift_at_10"] < facts["lift_at_10_high"]
    assert facts["lift_at_10_high"] - facts["lift_at_10_low"] < 0.6
    assert facts["lift_at_10"] < facts["best_at_10"] == pytest.approx(1 / facts["base"])


def test_gains_of_amounts_are_shares_of_the_sum(regression: Evidence) -> None:
    """All customers have the whole sum; the first tenth has more than a tenth."""
    measure = take("gains", regression)
    assert measure.rows[-1]["reached"] == pytest.approx(1.0)
    assert measure.facts["reached_at_10"] > 0.13


def test_amounts_below_zero_have_no_gains(regression: Evidence) -> None:
    """A share of a sum is meaningless if parts are negative."""
    with pytest.raises(NotApplicable, match="not negative"):
        take(
            "gains",
            replace(regression, predictions=replace(regression.predictions, truth=-regression.predictions.truth)),
        )


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=40), st.randoms())
def test_the_order_of_rows_is_irrelevant(rows: list[tuple[int, bool]], random: object) -> None:
    """Shuffling the customers changes no sum of the top."""
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    sizes = np.arange(1, len(rows) + 1, dtype=float)
    both = [
        Ranking(*(np.array(column, dtype=float) for column in zip(*each, strict=True))) for each in (rows, shuffled)
    ]
    assert both[0].held(sizes) == pytest.approx(both[1].held(sizes))


def test_roc_has_both_corners_and_the_auc(binary: Evidence) -> None:
    """At most 100 points per curve; the thinned ROC has the ROC AUC to three digits."""
    measure = take("curves", binary)
    roc = [row for row in measure.rows if row["curve"] == "roc"]
    assert (roc[0]["x"], roc[0]["y"], roc[-1]["x"], roc[-1]["y"]) == (0, 0, 1, 1)
    assert max(len(roc), len(measure.rows) - len(roc)) <= 100
    area = np.trapezoid([row["y"] for row in roc], [row["x"] for row in roc])
    assert area == pytest.approx(Metric.parse("roc_auc").score(binary.predictions), abs=1e-3)


def test_precision_starts_at_the_top_and_ends_at_the_base_rate() -> None:
    """The first of ten is a positive: precision 1 at recall 1/4; all ten have 0.4 at 1."""
    measure = take("curves", ten())
    curve = [row for row in measure.rows if row["curve"] == "pr"]
    assert (curve[0]["x"], curve[0]["y"]) == (0.25, 1.0)
    assert (curve[-1]["x"], curve[-1]["y"]) == (1.0, measure.facts["base"]) == (1.0, 0.4)


def test_thresholds_count_all_four_cells() -> None:
    """From 0.6 on: 3 true and 1 false positives, 1 false and 5 true negatives; F1 = 6/8."""
    row = at(take("threshold", ten()), threshold=0.6)
    assert (row["tp"], row["fp"], row["fn"], row["tn"]) == (3, 1, 1, 5)
    assert row["f1"] == pytest.approx(0.75)


def test_the_threshold_with_the_best_profit_is_found() -> None:
    """Value 10, contact 4: a hit earns 6, a mistake costs 4; from 0.6 on 3 x 6 - 4 = 14.

    The policy chooses by what is expected: from 0.5 on, where a contact pays.
    """
    facts = take("threshold", ten(value=10, contact_cost=4)).facts
    assert (facts["best_profit"], facts["chosen"], facts["rule"], facts["selected"]) == (0.6, 0.5, "gain", 5)
    assert facts["profit"] == pytest.approx(14.0)


def test_the_chosen_threshold_respects_the_capacity() -> None:
    """With a capacity of two it is the second score, although more would be profitable."""
    assert take("threshold", ten(value=10, contact_cost=1, capacity=2)).facts["chosen"] == 0.8


def test_the_models_own_threshold_is_respected() -> None:
    """If the model has a threshold, it is used, also in the confusion matrix."""
    own = replace(ten(), policy=Policy(Business(), 0.75))
    assert take("threshold", own).facts["chosen"] == 0.75
    assert at(take("errors", own), actual="yes", predicted="yes")["customers"] == 2


def test_profit_is_the_sum_of_outcomes() -> None:
    """The best 4 at equal value: 3 won x 10 - 4 contacts x 4 = 14, and 0 for everyone."""
    measure = take("profit", ten(value=10, contact_cost=4, capacity=4))
    assert at(measure, contacted=4)["profit"] == pytest.approx(14.0)
    assert measure.facts["everyone"] == pytest.approx(0.0)
    assert measure.facts["at_capacity"] == pytest.approx(14.0)
    assert measure.facts["break_even"] == pytest.approx(0.4)


def test_the_models_list_has_all_expected_to_be_profitable() -> None:
    """With break-even 0.4 the five customers above it are listed, as 0.4 itself earns nothing."""
    facts = take("profit", ten(value=10, contact_cost=4)).facts
    assert facts["contacted"] == 5
    assert facts["profit"] == pytest.approx(3 * 10 - 5 * 4)


def test_customers_are_ranked_by_money_not_by_score() -> None:
    """With fees from 10 to 100 the third customer (0.7 x 30) ranks above the first (0.9 x 10)."""
    measure = take("profit", ten(value="fee"))
    assert measure.rows[0]["expected"] == pytest.approx((SCORE * 10 * np.arange(1, 11)).max())


def test_capacity_is_scaled_to_the_test_rows() -> None:
    """40 of 100 customers are 4 of these 10."""
    own = replace(ten(value=10, contact_cost=4, capacity=40), rounds=Rounds.sampled(np.zeros(100), np.arange(10)))
    facts = take("profit", own).facts
    assert (facts["capacity"], facts["round_capacity"], facts["round_share"]) == (4, 40, 0.1)
    assert take("threshold", own).facts["selected"] == facts["contacted"] == 4


def test_a_capacity_is_per_cutoff() -> None:
    """Ten customers at two cutoffs, capacity two: two per round, and sums are means.

    The first cutoff holds .9 .7 .5 .3 .1, of which 1 0 are contacted; the second .8 .6 .4 .2 .05,
    with 1 1.
    """
    own = ten(value=10, contact_cost=1, capacity=2)
    own = replace(own, rounds=Rounds(np.arange(10) % 2, np.ones(2)))
    facts = take("profit", own).facts
    assert (facts["capacity"], facts["contacted"], facts["rounds"], facts["customers"]) == (2, 2, 2, 5)
    assert facts["profit"] == pytest.approx(((10 - 2) + (20 - 2)) / 2)
    assert take("threshold", own).facts["selected"] == 4
    assert at(take("errors", own), actual="yes", predicted="yes")["customers"] == 3


def test_customers_with_different_values_have_no_threshold() -> None:
    """With fees from 10 to 100, selection is by gain, so no threshold on the score exists."""
    facts = take("threshold", ten(value="fee", contact_cost=22)).facts
    assert facts["chosen"] is None
    assert facts["selected"] == int((SCORE * 10 * np.arange(1, 11) > 22).sum())


def test_an_unprofitable_campaign_contacts_nobody() -> None:
    """If a contact costs more than the value, there is no list, profit 0 and no break-even."""
    facts = take("profit", ten(value=10, contact_cost=50)).facts
    assert (facts["contacted"], facts["profit"], facts["break_even"]) == (0, 0.0, None)


def test_without_a_value_profit_says_what_to_write() -> None:
    """The reason names the recipe key."""
    with pytest.raises(NotApplicable, match="business: {value"):
        take("profit", ten())


def test_predicted_spend_is_the_value(regression: Evidence) -> None:
    """A predicted amount is worth amount x margin; everyone earns the sum minus the costs."""
    own = replace(regression, business=Business(value={"margin": 0.5}, contact_cost=30))
    facts, truth = take("profit", own).facts, own.predictions.truth
    assert facts["everyone"] == pytest.approx(float((0.5 * truth - 30).sum()))
    assert 0 < facts["contacted"] < len(truth)


def test_profit_intervals_cover_the_truth() -> None:
    """Over 40 samples, the top half's interval contains its true mean profit 34 times or more."""
    rng, held = np.random.default_rng(0), 0
    task = Task("binary", "left", ("no", "yes"))
    for seed in range(40):
        chance = rng.random(400)
        own = replace(ten(value=10, contact_cost=2), seed=seed)
        truth = (rng.random(400) < chance).astype(int)
        table = Table(pd.DataFrame({"fee": np.ones(400)}), own.table.columns)
        own = replace(own, predictions=Predictions(task, truth, np.column_stack([1 - chance, chance])), table=table)
        row = at(take("profit", own), contacted=200)
        held += row["low"] <= 200 * (10 * 0.75 - 2) <= row["high"]
    assert held >= 34


def test_wilson_is_the_published_interval() -> None:
    """0 of 10 gives 0 to z²/(10 + z²); 5 of 10 is symmetric around one half (Wilson 1927)."""
    low, high = wilson(np.array([0, 5, 0]), np.array([10, 10, 0]))
    assert (low[0], high[0]) == pytest.approx((0.0, 0.27753), abs=1e-5)
    assert low[1] + high[1] == pytest.approx(1.0)
    assert (low[2], high[2]) == (0.0, 1.0)


def test_a_campaign_is_scaled_to_its_round() -> None:
    """A fifth of a round, capacity 20: 4 are chosen; the round earns five times as much."""
    own = ten(value=10, contact_cost=1, capacity=20)
    own = replace(own, rounds=Rounds(np.zeros(10, dtype=int), np.array([0.2])))
    facts = take("profit", own).facts
    whole = facts["round"]
    assert (facts["contacted"], whole["contacts"]) == (4, 20)
    assert whole["profit"] == pytest.approx(5 * facts["profit"])
    assert whole["random"] == pytest.approx(2 * facts["everyone"])
    assert whole["best"] % 5 == 0


@pytest.mark.parametrize(("capacity", "contacts"), [(14, 14), (60, 46)])
def test_a_full_list_has_as_many_contacts_as_the_recipe_gave(capacity: int, contacts: int) -> None:
    """Three of ten rows are 13.7 of a round of 46, but the list has 14; everyone is 46."""
    own = ten(value=100, contact_cost=0.1, capacity=capacity)
    own = replace(own, rounds=Rounds(np.zeros(10, dtype=int), np.array([10 / 46])))
    facts = take("profit", own).facts
    assert facts["contacted"] == facts["capacity"]
    assert facts["round"]["contacts"] == pytest.approx(contacts)
    assert facts["round"]["profit"] == pytest.approx(facts["profit"] / facts["contacted"] * contacts)


@pytest.mark.parametrize(("capacity", "contacts"), [(14, 14), (60, 46), (None, 10)])
def test_the_control_group_is_of_the_list_that_is_shown(capacity: int | None, contacts: int) -> None:
    """Its list has the campaign's number of contacts, a whole one."""
    own = ten(value=100, contact_cost=0.1, capacity=capacity)
    own = replace(own, rounds=Rounds(np.zeros(10, dtype=int), np.array([10 / 46])))
    facts = take("profit", own).facts
    assert facts["control"]["list"] == contacts == round(facts["round"]["contacts"])


def test_assumptions_change_the_profit() -> None:
    """Half the success rate halves the revenue; the contacts cost the same."""
    found = {
        row["assumption"]: row
        for row in take("profit", ten(value=10, contact_cost=4, success_rate=0.8)).facts["sensitivity"]
    }
    assert found["success_rate"]["to"] == 1.0
    assert found["success_rate"]["low"] < found["value"]["low"]
    hits, contacts = 3, 4
    assert found["contact_cost"]["low"] == pytest.approx(0.8 * 10 * hits - 8 * contacts)


def test_expected_maximum_profit_is_the_published_one() -> None:
    """EMPC of eight customers is the number in the documentation of the package empulse (MIT)."""
    from custpred.evaluate._campaign import empc

    score = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.8, 0.9])
    found = empc(score, np.tile([0.0, 1.0], 4), (200.0, 10.0, 1.0), (6.0, 14.0))
    assert found["value"] == pytest.approx(23.875593418348124, rel=1e-6)


@pytest.mark.parametrize("success_rate", [0.001, 0.3, 0.99])
def test_expected_maximum_profit_is_the_best_threshold_for_each_rate(success_rate: float) -> None:
    """EMPC by its envelope is that of trying every threshold for every success rate."""
    from scipy.special import betaincinv

    from custpred.evaluate._campaign import empc

    draw = np.random.default_rng(5)
    score = draw.random(60)
    yes = (draw.random(60) < score**2).astype(float)
    order = np.argsort(-score)
    hits, misses = np.r_[0, np.cumsum(yes[order])] / 60, np.r_[0, np.cumsum(1 - yes[order])] / 60
    law = (20 * success_rate, 20 * (1 - success_rate))
    rates = betaincinv(*law, (np.arange(8000) + 0.5) / 8000)
    each = np.outer(rates, 190 * hits) - (1 * hits + 11 * misses)
    found = empc(score, yes, (200.0, 10.0, 1.0), law)
    assert found["value"] == pytest.approx(each.max(axis=1).mean(), rel=0.01 if success_rate < 0.01 else 1e-3)
    assert found["share"] == pytest.approx((hits + misses)[each.argmax(axis=1)].mean(), rel=1e-2)


@pytest.mark.parametrize("kind", ["gains", "outcomes", "errors", "threshold"])
def test_small_counts_are_hidden(kind: str) -> None:
    """Counts of 1 to 9 are all 5 in the record; their shares, and counts of amounts, stay."""
    raw, kept = take(kind, ten()), measured(kind, ten())
    counted = [(row[key], own[key]) for row, own in zip(raw.rows, kept.rows, strict=True) for key in _counts(kind)]
    assert any(0 < before < 10 for before, _ in counted)
    assert all(after == (5 if 0 < before < 10 else before) for before, after in counted)
    others = [{key: row[key] for key in row if key not in _counts(kind)} for row in raw.rows]
    assert [{key: row[key] for key in row if key not in _counts(kind)} for row in kept.rows] == others


def test_the_sizes_of_small_classes_are_hidden() -> None:
    """The facts of the curves have no number of fewer than ten customers."""
    assert {take("curves", ten()).facts[name] for name in ("positives", "negatives")} == {4, 6}
    assert {measured("curves", ten()).facts[name] for name in ("positives", "negatives")} == {5}


def test_distributions_of_few_customers_overlap_by_their_true_counts() -> None:
    """Two bins of 5: 3 and 1 of 4 positives, 2 and 4 of 6 others overlap by 1/3 + 1/4."""
    measure = measured("outcomes", replace(ten(), min_cell=5))
    assert {row[name] for row in measure.rows for name in ("positives", "others")} == {2}
    assert measure.facts["overlap"] == pytest.approx(1 / 3 + 1 / 4)
    assert measure.facts["half_positive"] > measure.facts["half_other"]


def _counts(kind: str) -> tuple[str, ...]:
    return tuple(getattr(Evaluate.find(kind), "counts", ()))
