"""The sentences of sections, above all at extreme numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from custpred.evaluate.base import Measure
from custpred.models.base import Model
from custpred.report import data
from custpred.report._assumptions import assumptions
from custpred.report._blocks import Absent, Chart, Code, Grid, Group, Note, Prose
from custpred.report._columns import cards
from custpred.report._contact import gain
from custpred.report._light import light
from custpred.report._pictures import confusion, outcomes
from custpred.report._reading import facts, first
from custpred.report._text import Text
from custpred.report.base import Section
from custpred.results.final import Final
from custpred.results.record import Comparison, Decision, Requirement, Score
from custpred.table import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from custpred.report._blocks import Block
    from custpred.results.record import Record

say = Text()


def all_text(kind: str, record: Record) -> str:
    """Return every sentence and note of a section."""
    return " ".join(_sentences(Section.find(kind)().blocks(record)))


def _sentences(blocks: Sequence[Block]) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, Prose | Note):
            yield block.text
        elif isinstance(block, Absent):
            yield block.reason
        elif isinstance(block, Group):
            yield from _sentences(block.blocks)


def charts(kind: str, record: Record) -> list[Chart]:
    return [block for block in Section.find(kind)().blocks(record) if isinstance(block, Chart)]


def with_facts(record: Record, kind: str, **facts: Any) -> Record:
    own = record.measures[kind]
    return replace(record, measures={**record.measures, kind: replace(own, facts={**own.facts, **facts})})


def with_rows(record: Record, kind: str, *rows: dict[str, Any]) -> Record:
    return replace(record, measures={**record.measures, kind: replace(record.measures[kind], rows=rows)})


# verdict and light


def test_headline_counts_what_a_tenth_reaches(binary: Record) -> None:
    """The first sentence has customers, share reached, lift with interval, best possible."""
    facts = {"customers": 1409, "positives": 370, "contacted_at_10": 141, "reached_at_10": 0.31, "lift_at_10": 3.1}
    facts |= {"lift_at_10_low": 2.89, "lift_at_10_high": 3.32, "best_at_10": 3.81}
    first = Section.find("verdict")().blocks(with_facts(binary, "gains", **facts))[0]
    assert first == Prose(
        "Of 1,409 test customers, 370 are 'Yes'. Contacting the 10% with the highest score (141) reaches 31% of them, "
        "3.10 times what chance would (95% interval 2.89\N{EN DASH}3.32; the best possible here is 3.81).",
        "headline",
    )


@pytest.mark.parametrize(("measured", "shown"), [(3.1012, "2.81\N{EN DASH}3.41"), (3.2, "2.89\N{EN DASH}3.32")])
def test_one_lift_has_one_interval_on_the_page(binary: Record, measured: float, shown: str) -> None:
    """The headline quotes the metric's interval of the lift, of 140.9 or 141 customers."""
    facts = {"contacted_at_10": 141, "lift_at_10": 3.1, "lift_at_10_low": 2.89, "lift_at_10_high": 3.32}
    own = with_facts(binary, "gains", **facts)
    own = replace(own, test={**own.test, "lift_at_10": Score(measured, 2.81, 3.41)})
    assert f"95% interval {shown}" in all_text("verdict", own)


def test_headline_does_not_praise_chance(binary: Record) -> None:
    """If the interval of the lift contains 1, the sentence says that it may be chance."""
    spoilt = with_facts(binary, "gains", lift_at_10=1.04, lift_at_10_low=0.8, lift_at_10_high=1.3)
    assert "not clearly better than chance" in all_text("verdict", spoilt)


def test_headline_of_a_regression(binary: Record) -> None:
    """It has the median absolute error and the first metric, beside the simplest one."""
    from custpred.task import Task

    facts = {"half_within": 1210.0, "mae": 2480.0, "mae_simplest": 9100.0}
    base = Comparison("dummy #0", "dummy", Score(9100.0, 9000.0, 9200.0), Score(6620.0, 6500.0, 6700.0), 1409, "test")
    own = replace(
        binary,
        task=Task("regression", "charges"),
        metrics={"mae": {"label": "MAE", "better": "lower"}},
        test={"mae": Score(2480.0, 2210.0, 2760.0)},
        comparisons=(base,),
        measures={"errors": Measure("errors", facts=facts)},
    )
    assert (
        "On 1,409 test customers half of the predictions of 'charges' are within 1,210 of the true value; "
        "on average they are off by 2,480 (95% interval 2,210\N{EN DASH}2,760); "
        "the same prediction for everyone would be off by 9,100." in all_text("verdict", own)
    )
    facts |= {"mae_simplest": 1900.0}
    zeros = replace(own, measures={"errors": Measure("errors", facts=facts)})
    assert "the median for everyone would be off by 1,900: plan with sums" in all_text("verdict", zeros)


def test_headline_of_several_classes(multiclass: Record) -> None:
    """It has the accuracy, compared with always predicting the most common class."""
    classes = [{"label": "A", "customers": 5}, {"label": "B", "customers": 1014}]  # 5 stands for any small number
    errors = Measure("errors", facts={"accuracy": 0.85, "low": 0.82, "high": 0.88, "classes": classes})
    text = all_text("verdict", replace(multiclass, measures={"errors": errors}))
    assert "right for 85% of 1,409 test customers (95% interval 82%\N{EN DASH}88%)" in text
    assert "the commonest, 'B', would be right for 72%." in text


def test_hidden_numbers_are_not_shown(binary: Record) -> None:
    """Instead of small numbers a record holds another one, which no sentence may show."""
    own = with_facts(with_facts(binary, "gains", positives=5), "curves", positives=8)
    text = all_text("verdict", own)
    assert "1,409 test customers, fewer than 10 are 'Yes'. " in text
    assert "the rarer class has only fewer than 10 customers in the test" in text


def test_a_median_error_near_zero_is_readable(binary: Record) -> None:
    """Where most amounts are zero, half of the errors may be a millionth of the mean error."""
    own = Measure("errors", facts={"half_within": 0.00000584, "mae": 27.7})
    spend = replace(binary, task=replace(binary.task, kind="regression", labels=()), measures={"errors": own})
    assert "within 0.03 of the true value" in all_text("verdict", spend)


def test_headline_of_texts_has_no_campaign(binary: Record) -> None:
    """If only texts are read and nothing has a cost, nobody is contacted."""
    classes = [{"label": "No", "customers": 50}, {"label": "Yes", "customers": 50}]
    errors = Measure("errors", facts={"accuracy": 0.84, "low": 0.8, "high": 0.88, "classes": classes})
    own = replace(binary, recipe={}, data=replace(binary.data, kinds={"id": "id", "review": "text"}))
    moved = Measure("attributions", ({"column": "review", "importance": 9.0},))
    text = all_text("verdict", replace(own, measures={**binary.measures, "errors": errors, "attributions": moved}))
    assert "right for 84%" in text
    assert "ontact" not in text


def test_headline_without_costs_contacts_nobody(binary: Record) -> None:
    """Without value, cost and capacity it names the top tenth, not a campaign."""
    text = all_text("verdict", replace(binary, recipe={}))
    assert "The 10% with the highest score (141) hold" in text


def test_headline_of_the_next_item_is_the_hit_rate(multiclass: Record) -> None:
    """It is compared with the most popular item."""
    lead = Score(0.2, 0.1, 0.3)
    base = Comparison("dummy #0", "dummy", Score(2.9, 2.8, 3.0), lead, 1409, "test", others={"hit_rate_at_5": 0.21})
    own = replace(multiclass, test={"hit_rate_at_5": Score(0.43, 0.41, 0.45)}, comparisons=(base,))
    text = all_text("verdict", own)
    assert "For 43% of 1,409 test customers what came next is among the 5 offered" in text
    assert "the most popular for everyone reach 21%." in text


def test_no_score_leaves_the_quality_unknown(binary: Record) -> None:
    """Without a test score the first sentence promises nothing."""
    assert "its quality is unknown" in all_text("verdict", replace(binary, measures={}, test={}))


def test_light_is_green_with_its_rules(binary: Record) -> None:
    """A run without fault is green, with the checked rules."""
    shown = light(binary, say)
    assert shown.colour == "good"
    assert shown.reasons[:2] == ("no alarm was raised", "every requirement of the recipe is met")


def test_light_is_never_green_without_a_score(binary: Record) -> None:
    """A run without a test score is red."""
    shown = light(replace(binary, test={}, requirements=(), leaderboard=()), say)
    assert shown.colour == "alarm"
    shown = light(replace(binary, requirements=(), leaderboard=()), say)
    assert shown.reasons == ("no alarm was raised", "the model is better than the simplest prediction, beyond chance")


@pytest.mark.parametrize(
    ("changes", "colour", "word"),
    [
        ({"requirements": (Requirement("ece", "<= 0.05", 0.08, False),)}, "alarm", "requires ece <= 0.05, found 0.08"),
        (
            {"profile_findings": (Finding("P300", "alarm", "refund_date gives the answer away."),)},
            "alarm",
            "refund_date",
        ),
        ({"test": {"roc_auc": Score(0.75, 0.72, 0.78)}}, "warning", "differs from cross-validation"),
        ({"profile_findings": (Finding("P201", "warning", "tenure moved far."),)}, "warning", "tenure moved"),
    ],
)
def test_light_names_the_rule_that_set_it(binary: Record, changes: dict[str, Any], colour: str, word: str) -> None:
    """Each rule sets its colour and is named."""
    shown = light(replace(binary, **changes), say)
    assert shown.colour == colour
    assert any(word in reason for reason in shown.reasons)


def test_few_customers_turn_the_light_amber(binary: Record) -> None:
    """A rare class with fewer than 100 test customers makes it amber."""
    few = with_facts(binary, "curves", positives=73, negatives=167)
    assert light(few, say).reasons == ("the rarer class has only 73 customers in the test",)
    assert light(few, Text("ko")).reasons == ("더 드문 범주가 테스트에 고객 73명뿐입니다",)
    unknown = replace(binary, data=replace(binary.data, test_rows=200), measures={})
    assert "the rarest class has only about 53 customers in the test" in light(unknown, say).reasons


def test_wrong_percentages_turn_the_light_amber(binary: Record) -> None:
    """A calibration error above 5 points makes it amber."""
    shown = light(with_facts(binary, "calibration", ece=0.09), say)
    assert shown.colour == "warning"
    assert "off by 9.0 percentage points" in shown.reasons[0]


def test_sample_data_show_the_best_possible_score(binary: Record) -> None:
    """With known truth, the score is compared with that of the true probabilities."""
    blocks = Section.find("verdict")().blocks(replace(binary, known_best={"roc_auc": 0.871}))
    assert "the true probabilities score 0.871" in str(blocks)


# money


def test_profit_has_an_interval_and_a_comparison(binary: Record) -> None:
    """It is compared with contacting everyone."""
    facts = {
        "contacted": 420,
        "profit": 12_300.0,
        "low": 8_900.0,
        "high": 15_400.0,
        "everyone": -2_000.0,
        "share": 0.298,
    }
    text = all_text("money", with_facts(binary, "profit", **facts))
    assert "make 420 contacts, which is expected to earn about $12,300 (95% interval $8,900 to $15,400)" in text
    assert "as many at random about \N{MINUS SIGN}$596" in text


def test_a_losing_campaign_is_called_so(binary: Record) -> None:
    """If no list is profitable, the page says so and not 'contact 0 customers'."""
    text = all_text("money", with_facts(binary, "profit", contacted=0, profit=0.0))
    assert "no list of customers pays" in text
    assert "contact 0" not in text


def test_the_caution_is_always_shown(binary: Record) -> None:
    """Risk is not persuadability: the sentence is there with and without a profit."""
    recipe = {key: value for key, value in binary.recipe.items() if key != "business"}
    for record in (binary, replace(binary, recipe=recipe, measures={})):
        assert "Ascarza 2018" in all_text("money", record)


def test_unknown_value_says_how_to_give_it(binary: Record) -> None:
    """Without business.value the page shows the lines to write."""
    blocks = Section.find("money")().blocks(replace(binary, recipe={}, measures={}))
    assert "business:" in str(blocks)
    about_texts = replace(binary.data, kinds={"id": "id", "review": "text"})
    blocks = Section.find("money")().blocks(replace(binary, recipe={}, measures={}, data=about_texts))
    assert [type(each) for each in blocks] == [Absent]  # reviews have no campaign


def test_a_list_that_lost_money_is_not_recommended(binary: Record) -> None:
    """Where the model's own list lost money on the test, the sentence says so."""
    text = all_text("money", with_facts(binary, "profit", contacted=50, profit=-300.0, low=-500.0, high=90.0))
    assert "would make 50 contacts, which loses money: \N{MINUS SIGN}$300" in text


def test_a_binding_capacity_is_named(binary: Record) -> None:
    """The sentence says that the list is as long as the capacity."""
    text = all_text("money", with_facts(binary, "profit", contacted=300, capacity=300))
    assert "With your 300 contacts, calling the highest scores is expected to earn about" in text


def test_a_capacity_is_for_the_whole_round(binary: Record) -> None:
    """The numbers are those of a scoring round: the list, chance, and no limit."""
    whole = {"contacts": 100, "profit": 4020.0, "low": 2940.0, "high": 4830.0, "random": 900.0}
    whole |= {"best": 1300.0, "best_profit": 18_700.0, "best_low": 1.0, "best_high": 2.0}
    own = {"contacted": 20, "capacity": 20, "round_capacity": 100, "round_share": 0.2, "round": whole}
    assert (
        "With your 100 contacts, calling the highest scores is expected to earn about $4,020 (95% interval $2,940 to "
        "$4,830); as many at random about $900; without the limit 1,300 contacts would earn about $18,700; the test "
        "customers' sums, scaled to a whole scoring round." in all_text("money", with_facts(binary, "profit", **own))
    )


def test_assumptions_are_listed_and_varied(binary: Record) -> None:
    """The recipe's numbers, the most important one, EMPC, a control group with power."""
    shaken = [{"assumption": "success_rate", "from": 0.15, "to": 0.45, "low": -200.0, "high": 9000.0}]
    group = {"size": 167, "power": 0.8, "list": 100.0, "power_half": 0.2, "rate": 0.5, "rate_after": 0.35}
    more = {"sensitivity": shaken, "control": group, "empc": {"value": 23.9, "share": 0.4}}
    text = all_text("money", with_facts(binary, "profit", **more))
    assert "depends most on 'Success rate': at worst the list loses money" in text
    assert "Leave 167 customers of the list uncontacted at random" in text
    assert "the chance is 20%" in text
    assert "$23.90 per customer (EMPC)" in text


def test_the_value_of_amounts_is_the_predicted_one(binary: Record) -> None:
    """Without a value in the recipe a profit of amounts has one all the same: what is predicted."""
    recipe = {**binary.recipe, "business": {"value": {"margin": 0.3}, "contact_cost": 2}}
    own = replace(binary, task=replace(binary.task, kind="regression", labels=()), recipe=recipe)
    shown = {row[0]: row[1] for row in assumptions(own, Text())[1].rows}
    assert shown["Value of a customer"] == "the amount that is predicted \N{MULTIPLICATION SIGN} 30%"
    none = replace(own, recipe={**recipe, "business": {"contact_cost": 2}})
    assert assumptions(none, Text())[1].rows[0][1] == "the amount that is predicted"
    none = replace(none, task=binary.task)
    assert assumptions(none, Text())[1].rows[0][1] == "not in the recipe"


# quality, decisions, board


def test_a_clean_table_has_one_sentence(binary: Record) -> None:
    """Without findings one sentence says so."""
    clean = replace(binary, data=replace(binary.data, findings=()), profile_findings=(), profile={})
    assert all_text("quality", clean) == "Reading and profiling found no problems."


def test_alarms_stand_first_and_name_their_columns(binary: Record) -> None:
    """The most severe finding is first, and the advice names the column."""
    alarm = Finding("P300", "alarm", "refund gives the answer away.", "refund")
    text = all_text("quality", replace(binary, profile_findings=(*binary.profile_findings, alarm)))
    assert text.index("refund gives") < text.index("TotalCharges is nearly")
    assert "look at refund first" in text
    assert text.startswith("1 alarm, 1 warning and 3 points")


def test_many_findings_are_folded_not_lost(binary: Record) -> None:
    """Forty infos are all there, most in a collapsed part that counts them."""
    many = tuple(Finding("D1", "info", f"note {place}.") for place in range(40))
    own = replace(binary, data=replace(binary.data, findings=many), profile_findings=())
    blocks = Section.find("quality")().blocks(own)
    assert any(
        isinstance(block, Group) and block.title == "36 findings more" for block in blocks
    ) or "36 findings" in str(blocks)
    assert all(f"note {place}." in all_text("quality", own) for place in range(40))


def test_every_decision_has_its_reason(binary: Record) -> None:
    """Each choice is in the table with key, choice and reason; one is singular."""
    one = replace(binary, decisions=(Decision("missing", "median", "few gaps"),))
    grids = [block for block in Section.find("decisions")().blocks(one) if isinstance(block, Grid)]
    assert grids[0].rows == (("missing", "median", "few gaps"),)
    assert "left 1 choice to custpred" in all_text("decisions", one)
    assert "Nothing was left open" in all_text("decisions", replace(binary, decisions=()))


def test_failed_models_stay_with_their_reason(binary: Record) -> None:
    """A model that did not finish is named with its status and reason."""
    text = all_text("board", binary)
    assert "lstm #1 did not finish (failed): tensorflow is needed for models: lstm." in text
    assert "catboost #1 did not finish (timeout): it was ended after 30 s" in text


def test_board_marks_baselines(binary: Record) -> None:
    """The baseline is marked in the full table."""
    assert "dummy (baseline)" in str(Section.find("board")().blocks(binary))


# curves, calibration, drivers, segments


def test_auc_is_explained_by_pairs(binary: Record) -> None:
    """An AUC of 0.842 is 84 of 100 pairs; one within chance is not praised."""
    assert "the score puts 84 in the right order" in all_text("curves", binary)
    chance = replace(binary, test={"roc_auc": Score(0.51, 0.47, 0.55)})
    assert "do not act on it" in all_text("curves", chance)


def test_a_missing_measure_gives_its_reason(binary: Record) -> None:
    """A measure that declined has its own reason; one that was not computed says so."""
    declined = replace(binary, measures={"gains": Measure("gains", reason="only one class is in the test.")})
    assert all_text("curves", declined) == "only one class is in the test."
    assert all_text("drivers", declined) == "This was not measured in this run."


def test_percentages_are_quoted_from_the_bin_near_30(binary: Record) -> None:
    """The sentence uses the bin nearest to 30 % with at least 30 customers."""
    rows = (
        {"predicted": 0.10, "actual": 0.09, "customers": 500},
        {"predicted": 0.31, "actual": 0.29, "customers": 812},
        {"predicted": 0.30, "actual": 0.90, "customers": 3},
    )
    text = all_text("calibration", with_rows(binary, "calibration", *rows))
    assert "When the model predicted 31% on average, 29% were 'Yes' (n = 812)." in text


@pytest.mark.parametrize(("ece", "word"), [(0.02, "may be used as they are"), (0.08, "use the order of customers")])
def test_advice_follows_the_gap(binary: Record, ece: float, word: str) -> None:
    """Percentages with an error above 5 points should not be used."""
    assert word in all_text("calibration", with_facts(binary, "calibration", ece=ece))


def test_drivers_are_not_called_causes(binary: Record) -> None:
    """The strongest column is named, always with the line that it is no cause."""
    text = all_text("drivers", binary)
    assert "rely most on 'tenure'" in text
    assert "not what causes" in text


def test_useless_columns_are_called_so(binary: Record) -> None:
    """If every interval contains 0 no column is praised."""
    rows = ({"column": "a", "importance": 0.001, "low": -0.002, "high": 0.004},)
    text = all_text("drivers", with_rows(binary, "importance", *rows))
    assert "No single column matters beyond chance" in text


def test_columns_that_were_not_measured_are_not_called_useless(binary: Record) -> None:
    """If time sufficed for one column, nothing is said about the others."""
    rows = ({"column": "gender", "importance": 0.0001, "low": -0.002, "high": 0.004},)
    own = with_facts(with_rows(binary, "importance", *rows), "importance", unmeasured=["tenure", "Contract"])
    text = all_text("drivers", own)
    assert "There was time to measure 1 column; 2 were not measured: tenure and Contract." in text
    assert "No single column" not in text
    assert "no visible use" not in text


def test_expected_columns_are_compared_with_the_model(binary: Record) -> None:
    """Columns that the recipe expects to matter, but the model does not use, are named."""
    recipe = {**binary.recipe, "about": {"matters": ["shoe_size", "never_measured"]}}
    rows = ({"column": "shoe_size", "importance": 0.0001, "low": -0.002, "high": 0.004},)
    text = all_text("drivers", replace(with_rows(binary, "importance", *rows), recipe=recipe))
    assert "of no visible use to the model: shoe_size" in text
    assert "never_measured" not in text


def test_columns_shuffled_together_are_named_together(binary: Record) -> None:
    """Sentence and chart name all columns of a group, and count each of them."""
    rows = (
        {"column": "tenure", "together": ["days"], "importance": 0.1, "low": 0.08, "high": 0.12},
        {"column": "a", "together": ["b", "c"], "importance": 0.0, "low": -0.02, "high": 0.02},
    )
    text = all_text("drivers", with_rows(binary, "importance", *rows))
    assert "rely most on 'tenure + days'" in text
    assert "3 of 5 columns make no difference beyond chance" in text


def test_the_weakest_segment_is_named(binary: Record) -> None:
    """It has interval, size and the overall score; one within chance is not called weak."""
    assert (
        "worst for tenure: 0 to 12: ROC AUC 0.710 (0.660\N{EN DASH}0.760, n = 120), against 0.842 for all."
        in all_text("segments", binary)
    )
    within = ({"column": "a", "segment": "x", "score": 0.83, "low": 0.80, "high": 0.87, "customers": 90},)
    assert "no segment stands out" in all_text("segments", with_rows(binary, "segments", *within))


def test_one_lift_has_one_interval(binary: Record) -> None:
    """The headline has the metric's interval on the same test customers."""
    own = facts(binary, "gains")
    lift = first(own, "lift_at_10", "lift")
    tested = replace(binary, test={**binary.test, "lift": Score(lift, lift - 0.111, lift + 0.222)})
    assert gain(tested)["low"] == lift - 0.111
    assert gain(tested)["high"] == lift + 0.222


@pytest.mark.parametrize(("promised", "fault", "weak"), [(0.70, False, False), (0.60, True, False), (0.80, True, True)])
def test_a_segment_as_good_as_promised_is_not_called_weak(
    binary: Record, promised: float, fault: bool, weak: bool
) -> None:
    """Similar customers are hard to tell apart: only a score below the predicted one is weak."""
    row = {"column": "a", "segment": "x", "score": 0.71, "low": 0.66, "high": 0.76, "customers": 120, "sure": True}
    text = all_text("segments", with_rows(binary, "segments", {**row, "promised": promised, "fault": fault}))
    assert ("with care" in text) is weak
    assert ("hard to tell apart" in text) is not weak


def test_unequal_selection_of_groups_is_a_warning(binary: Record) -> None:
    """A selection rate below four fifths of another group's is a warning; a fair one is not."""
    assert "four fifths" not in all_text("segments", with_facts(binary, "groups", gender={"lowest_to_highest": 0.96}))
    unequal = with_facts(binary, "groups", gender={"lowest_to_highest": 0.5})
    assert "below four fifths" in all_text("segments", unequal)
    rows = [
        {"column": "gender", "group": name, "customers": 300, "selected": at, "selected_low": low, "selected_high": up}
        for name, at, low, up in (("f", 0.02, 0.01, 0.04), ("m", 0.04, 0.03, 0.07))
    ]
    assert "may be chance" in all_text("segments", with_rows(unequal, "groups", *rows))
    rows[0]["selected_high"] = 0.025
    assert "may be chance" not in all_text("segments", with_rows(unequal, "groups", *rows))


@pytest.mark.parametrize(
    ("contacted", "words"), [(60, "With your 300 contacts"), (600, "It pays best to make 2,991 contacts")]
)
def test_the_contacts_of_a_full_list_are_those_of_the_recipe(binary: Record, contacted: int, words: str) -> None:
    """Not the number that rounded rows are worth; a capacity for everyone is no limit."""
    whole = {"contacts": contacted / 0.2006, "random": 1.0, "profit": 5.0, "low": 3.0, "high": 7.0, "best": None}
    own = {"contacted": contacted, "capacity": contacted, "customers": 600, "round": whole, "round_share": 0.2006}
    facts = {**own, "round_capacity": 300 if contacted == 60 else 4000}
    assert words in all_text("money", with_facts(binary, "profit", **facts))


def test_the_share_of_a_small_cell_is_hidden(binary: Record) -> None:
    """A share of a class of known size gives the number."""
    cells = [("A", "A", 95, 0.95), ("A", "B", 5, None), ("B", "A", 30, 0.3), ("B", "B", 70, 0.7)]
    rows = [{"actual": a, "predicted": p, "customers": n, "share": share} for a, p, n, share in cells]
    drawn = confusion(replace(binary, measures={"errors": Measure("errors", tuple(rows))}), Text())
    assert drawn is not None
    assert drawn.data["notes"] == [["95%", "< 10"], ["30%", "70%"]]


@pytest.mark.parametrize(("few", "told"), [(5, True), (0, False), (10, False)])
def test_small_counts_of_a_drawing_are_said(binary: Record, few: int, told: bool) -> None:
    """The drawing has the replaced counts, the sentence those that were counted."""
    rows = [{"low": 0.0, "high": 0.5, "positives": few, "others": 50}]
    rows += [{"low": 0.5, "high": 1.0, "positives": 40, "others": 12}]
    drawn = outcomes(replace(binary, measures={"outcomes": Measure("outcomes", tuple(rows), {"overlap": 0.4})}), Text())
    assert drawn is not None
    assert ("Fewer than 10 customers are drawn as 5" in drawn.description) is told


def test_the_threshold_has_its_counts(binary: Record) -> None:
    """It has how many are selected, right, and found."""
    row = {"threshold": 0.4, "selected": 300, "precision": 0.62, "recall": 0.5}
    own = Measure("threshold", (row,), {"chosen": 0.41})
    text = all_text("curves", replace(binary, measures={**binary.measures, "threshold": own}))
    assert (
        "'Yes' is predicted from a score of 41%: of 300 test customers, 62% are right, and 50% of all 'Yes' are found."
        in text
    )


def test_numbers_without_a_test_are_not_called_so(binary: Record) -> None:
    """Without test rows customers are called held out, and their number is not 0."""
    own = replace(binary, data=replace(binary.data, test_rows=0), measures={})
    assert "On 5,634 held-out customers" in all_text("verdict", own)


def test_no_path_of_the_machine_is_shown(binary: Record) -> None:
    """Of the data's origin only the file's name is shown."""
    data = replace(binary.data, origin="/home/someone/secret/telco.csv")
    blocks = str(Section.find("data")().blocks(replace(binary, data=data)))
    assert "telco.csv" in blocks
    assert "secret" not in blocks


def test_run_time_and_share_in_fits(binary: Record) -> None:
    """Both are shown, except a share above 1."""
    assert "The run took 1 min 1 s, of which 72% were spent inside model fits." in all_text("built", binary)
    parallel = all_text("built", replace(binary, timing={"wall": 10.0, "fits": 19.0}))
    assert "model fits took 19 s in all, several at once" in parallel


@pytest.mark.parametrize(
    ("times", "says", "so"),
    [
        ({"read": 8.0, "search": 2.0}, "80% of this time went to the stage 'read'.", "Parquet files"),
        ({"read": 1.0, "search": 9.0}, "90% of this time went to the stage 'search'.", "budget.time"),
        ({"plan": 9.0, "search": 1.0}, "90% of this time went to the stage 'plan'.", ""),
        ({"read": 4.0, "search": 4.0, "blend": 4.0}, "", ""),
        ({"read": 0.0}, "", ""),
    ],
)
def test_the_longest_stage_is_named_with_advice(binary: Record, times: dict[str, float], says: str, so: str) -> None:
    """A stage with half of the time or more is named; reading and search have advice."""
    blocks = Section.find("built")().blocks(replace(binary, timing={"wall": 20.0, **times}))
    said = [block.text for block in blocks if isinstance(block, Prose)]
    assert (says in said) == bool(says)
    assert any("of this time" in text for text in said) == bool(says)
    assert any(so in text for text in said if "Parquet" in text or "budget.time" in text) == bool(so)


def test_related_columns_of_a_table_come_with_a_question(binary: Record) -> None:
    """Columns of a table may be filled in after the outcome; those made at a cutoff are not."""
    advice = "Check when each of these columns is recorded"
    assert advice in all_text("data", binary)
    tables = {"tables": [], "task": {}}
    made = data._pictures(replace(binary, data=replace(binary.data, events=tables)), cards(binary, say), say)
    assert made
    assert advice not in " ".join(_sentences(made))


def test_the_final_model_is_described(binary: Record) -> None:
    """A refitted model has its agreement, a measured one its reason, or neither."""
    final = Final("refit", 7043, 5634, 5, 1409, 0.974, 0.0123)
    text = all_text("built", replace(binary, final=final))
    assert "refitted to all 7,043 rows with a label" in text
    assert "is for the model of 5,634 rows" in text
    assert "On 1,409 test rows that neither was trained on, their predictions differ by 1.2 pp on average." in text
    assert "Spearman's correlation of 0.97" in text
    assert "correlation" not in all_text("built", replace(binary, final=replace(final, agreement=float("nan"))))
    assert "neither" not in all_text("built", replace(binary, final=replace(final, compared=0)))
    late = all_text("built", replace(binary, final=Final("folds", 5634, 5634, 5, reason="late")))
    assert "is the measured one, of 5,634 rows" in late
    assert "a larger budget" in late
    assert "measured one" not in all_text("built", binary)


def test_a_negative_share_is_explained(binary: Record) -> None:
    """The page shows the member and says that it is subtracted; else it says nothing."""
    member = next(row for row in binary.leaderboard if row.weight and row.kind != "blend")
    board = tuple(replace(row, weight=-0.4) if row is member else row for row in binary.leaderboard)
    signed = replace(binary, leaderboard=board)
    grid = next(
        each for each in Section.find("built")().blocks(signed) if isinstance(each, Grid) and "Share" in each.columns
    )
    assert (member.name, -0.4) in [row[:2] for row in grid.rows]
    assert "is subtracted" in all_text("built", signed)
    assert "is subtracted" not in all_text("built", binary)


def test_latency_and_throughput_are_shown(binary: Record) -> None:
    """They are facts, not stages; without them there is nothing."""
    built = Section.find("built")()
    timing = {**binary.timing, "single_row_ms": 6.3, "predict_rows_per_second": 51234.0}
    blocks = str(built.blocks(replace(binary, timing=timing)))
    assert "'One customer is scored in', '6.3 ms'" in blocks
    assert "'51,234'" in blocks
    assert "single row ms" not in blocks
    assert "answered in" not in str(built.blocks(replace(binary, timing={"wall": 1.0})))


# attributions


def test_drivers_say_when_there_are_no_test_rows(binary: Record) -> None:
    """Then most of the customers were used for training, and columns seem more useful."""
    warning = "the model knows most of these customers"
    assert warning not in all_text("drivers", binary)
    assert warning in all_text("drivers", replace(binary, data=replace(binary.data, test_rows=0)))


def test_drivers_name_members_without_attributions(binary: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    """A member whose score cannot be attributed to columns is named."""
    assert "Without attributions" not in all_text("drivers", binary)
    member = next(row for row in binary.leaderboard if row.weight > 0 and row.kind != "blend")
    monkeypatch.setattr(Model.find(member.kind), "contributions", Model.contributions)
    assert "Without attributions: " in all_text("drivers", binary)
    assert member.name in all_text("drivers", binary)


def test_drivers_have_size_direction_pair_and_group(binary: Record) -> None:
    """The first column, its direction, the pair and the groups come before the check."""
    text = all_text("drivers", binary)
    assert "'tenure' moves a prediction most: by 9.0 points on average, followed by Contract" in text
    assert "Higher values of tenure lower it." in text
    grids = [block for block in Section.find("drivers")().blocks(binary) if isinstance(block, Grid)]
    assert grids[0].rows[0][2].startswith("tenure moves the prediction by 9.0 points where Contract is Month-to-month")
    assert grids[1].rows[0][3] == "tenure \N{MINUS SIGN}22.5 points"
    assert "shuffling it worsens ROC AUC by 0.0" in text


# typical customers


def test_examples_have_prediction_outcome_and_reasons(binary: Record) -> None:
    """Each card has three reasons, and no withheld value."""
    text = all_text("examples", binary)
    assert "Predicted 60.0% for 'Yes' (average customer: 26.5%); it was 'No'." in text
    assert "Contract is Month-to-month: +22.5 points" in text
    assert "tenure is 2: +13.3 points" in text
    assert "월정액 is missing" not in text


def test_the_waterfall_adds_up(binary: Record) -> None:
    """Start, contributions and the rest add up to the prediction; the table has a row for each."""
    group = next(block for block in Section.find("examples")().blocks(binary) if isinstance(block, Group))
    chart = next(block for block in group.blocks if isinstance(block, Chart))
    assert chart.data["start"] + sum(chart.data["parts"]) == pytest.approx(chart.data["answer"], abs=0.05)
    assert [row[1] for row in chart.grid.rows] == [
        *("26.5%", "+22.5 points", "+13.3 points", "\N{MINUS SIGN}4.0 points", "+1.5 points", "+0.2 points", "60.0%")
    ]


def with_cutoffs(record: Record, count: int, **facts: object) -> Record:
    """Return a record of events with cutoffs and with facts of its examples."""
    events = {"table": "orders", "cutoffs": [{"cutoff": f"2024-0{month + 1}-01"} for month in range(count)]}
    own = replace(record.measures["examples"], facts=facts)
    return replace(record, data=replace(record.data, events=events), measures={**record.measures, "examples": own})


@pytest.mark.parametrize(
    ("language", "moved", "fell"),
    [
        (
            "en",
            "12.0% on 2024-01-01, 60.0% on 2024-02-01: the largest rise of 400 customers scored at both cutoffs.",
            "75.0% on 2024-01-01, 60.0% on 2024-02-01: the largest fall of 400 customers scored at both cutoffs.",
        ),
        (
            "ko",
            "2024-01-01 12.0%, 2024-02-01 60.0%: 두 기준일에 모두 예측한 고객 400명 가운데 가장 크게 올랐습니다.",
            "2024-01-01 75.0%, 2024-02-01 60.0%: 두 기준일에 모두 예측한 고객 400명 가운데 가장 크게 떨어졌습니다.",
        ),
    ],
)
def test_both_predictions_of_a_changed_customer_are_shown(binary: Record, language: str, moved: str, fell: str) -> None:
    """Both have their dates, in page and Markdown; the title says in which direction."""
    own = with_cutoffs(replace(binary, recipe={**binary.recipe, "report": {"language": language}}), 2, compared=400)
    say, row = Text(language), {**binary.measures["examples"].rows[0], "example": "changed", "compared": 400}
    for before, told_so, title in ((12.0, moved, "Rising fast"), (75.0, fell, "Falling fast")):
        dated = {"before": before, "then": "2024-01-01", "cutoff": "2024-02-01"}
        shown = with_rows(own, "examples", {**row, **dated})
        card = next(block for block in Section.find("examples")().blocks(shown) if isinstance(block, Group)).blocks[0]
        assert isinstance(card, Group)
        assert card.title == say(title)
        assert told_so in all_text("examples", shown)


@pytest.mark.parametrize(
    ("cutoffs", "compared", "why"),
    [
        (1, 0, "the recipe has one cutoff."),
        (3, 0, "every earlier cutoff was used for training. With split: {test: {last: 2}} two cutoffs are tested."),
        (3, 400, "none got worse since the cutoff before."),
    ],
)
def test_why_no_changed_customer_is_shown(binary: Record, cutoffs: int, compared: int, why: str) -> None:
    """With events the section says what is missing; flat tables have no cutoffs to compare."""
    assert why in all_text("examples", with_cutoffs(binary, cutoffs, compared=compared))
    assert "No change of a prediction" not in all_text("examples", binary)


def test_a_column_that_moves_predictions_is_not_called_useless(binary: Record) -> None:
    """If similar columns hide its importance, the page does not contradict its chart."""
    row = {"column": "tenure", "importance": 0.001, "low": -0.01, "high": 0.01}
    own = replace(binary, recipe={**binary.recipe, "about": {"matters": ["tenure"]}})
    own = with_rows(own, "importance", row)
    alone = replace(own, measures={kind: each for kind, each in own.measures.items() if kind != "attributions"})
    assert "of no visible use to the model: tenure" in all_text("drivers", alone)
    assert "of no visible use" not in all_text("drivers", own)


@pytest.mark.parametrize(
    ("events", "new"),
    [([], "new_customers.csv"), (["orders"], "new_orders.csv"), (["orders", "visits"], "new_events")],
)
def test_commands_score_monitor_and_serve(binary: Record, events: list[str], new: str) -> None:
    """An engineer finds what production needs; a run of events gets new events, not customers."""
    recipe = {**binary.recipe, "events": {name: {"kind": "csv"} for name in events}}
    code = next(
        each for each in Section.find("built")().blocks(replace(binary, recipe=recipe)) if isinstance(each, Code)
    )
    lines = [line.split("   #")[0].strip() for line in code.text.splitlines()]
    assert lines[1:] == [
        f"custpred predict . {new} --out scores.csv",
        "custpred explain . --key ID",
        f"custpred monitor . {new}",
        "custpred serve .",
    ]


def test_mean_predictions_are_never_rounded_to_all_or_none(binary: Record) -> None:
    """A group's mean prediction of 0.01% is not 0.0%."""
    own = binary.measures["attributions"].facts
    groups = [{**each, "answer": answer} for each, answer in zip(own["groups"], (0.01, 40.0, 99.99), strict=True)]
    text = str(Section.find("drivers")().blocks(with_facts(binary, "attributions", groups=groups)))
    assert "< 0.1%" in text and "> 99.9%" in text
