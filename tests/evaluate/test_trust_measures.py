"""Where a model may be trusted: calibration, deciles, errors, segments, importance, scores."""

from __future__ import annotations

import time
from dataclasses import replace
from threading import Barrier, Event

import numpy as np
import pandas as pd
import pytest

from custpred.business import Business
from custpred.errors import NotApplicable
from custpred.evaluate._bins import equal_counts
from custpred.evaluate._cells import cells
from custpred.evaluate._related import shuffle_groups
from custpred.evaluate._run import measure_all
from custpred.evaluate.base import Evaluate, Evidence, Measure
from custpred.metrics.base import Metric
from custpred.models._threads import limited, pools
from custpred.policy import Policy
from custpred.table import Column
from custpred.task import Predictions, Task


def take(kind: str, evidence: Evidence, **options: object) -> Measure:
    return Evaluate.parse({"kind": kind, **options}).measure(evidence)


def answering(evidence: Evidence, answer: np.ndarray) -> Evidence:
    return replace(evidence, predictions=replace(evidence.predictions, predicted=answer))


def pair(chance: np.ndarray) -> np.ndarray:
    return np.column_stack([1 - chance, chance])


def test_a_perfect_model_is_calibrated(binary: Evidence) -> None:
    """Its calibration error is within chance, and most bins' intervals contain the truth."""
    measure = take("calibration", binary)
    assert measure.facts["ece"] <= 1.2 * measure.facts["ece_by_chance"]
    assert sum(row["low"] <= row["predicted"] <= row["high"] for row in measure.rows) >= 8
    assert sum(row["customers"] for row in measure.rows) == len(binary.predictions)


def test_an_overconfident_model_is_detected(binary: Evidence) -> None:
    """With doubled logits the calibration error is beyond chance, its interval above 0.02."""
    p = binary.predictions.positive
    bold = p**2 / (p**2 + (1 - p) ** 2)
    facts = take("calibration", answering(binary, pair(bold))).facts
    assert facts["ece"] > 2 * facts["ece_by_chance"]
    assert facts["ece_low"] > 0.02


def test_the_ece_is_the_metrics_ece(binary: Evidence) -> None:
    """The measure and ``metrics/ece.py`` give the same number."""
    assert take("calibration", binary).facts["ece"] == pytest.approx(Metric.parse("ece").score(binary.predictions))


def test_the_brier_score_is_the_metrics_brier(binary: Evidence) -> None:
    """The measure and ``metrics/brier.py`` give the same number; the base rate's is p (1 - p)."""
    facts, base = take("calibration", binary).facts, float(binary.predictions.truth.mean())
    assert facts["brier"] == pytest.approx(Metric.parse("brier").score(binary.predictions))
    assert facts["brier_base"] == pytest.approx(base * (1 - base))


def test_calibration_is_weighted_like_the_scores(binary: Evidence) -> None:
    """Where positives were sampled more often: ECE and Brier score of the metrics, true curve."""
    own = binary.predictions
    weight = np.where(own.truth == 1, 1.0, 6.0)
    base = float(np.average(own.truth, weights=weight))
    odds = own.positive / (1 - own.positive) / 6
    weighted = replace(binary, predictions=replace(own, predicted=pair(odds / (1 + odds)), weight=weight))
    measure = take("calibration", weighted)
    for name in ("ece", "brier"):
        assert measure.facts[name] == pytest.approx(Metric.parse(name).score(weighted.predictions))
    assert measure.facts["brier_base"] == pytest.approx(base * (1 - base))
    assert measure.facts["ece"] <= 1.2 * measure.facts["ece_by_chance"]
    assert measure.facts["ece_low"] <= measure.facts["ece"] <= measure.facts["ece_high"]
    assert sum(row["customers"] for row in measure.rows) == len(own)
    for each in (measure, take("deciles", weighted)):
        assert sum(row["low"] <= row["predicted"] <= row["high"] for row in each.rows) >= 8


def test_whole_weights_are_repeated_rows(regression: Evidence) -> None:
    """Deciles have the means of a table with repeated rows, and wider intervals."""
    own = regression.predictions
    one = replace(regression, predictions=own.take(np.arange(0, len(own), 7)))
    thrice = replace(one, predictions=replace(one.predictions, weight=np.tile(3.0, len(one.predictions))))
    for rows in zip(take("deciles", one).rows, take("deciles", thrice).rows, strict=True):
        assert rows[0] == pytest.approx(rows[1])


def test_bins_never_split_equal_scores() -> None:
    """Three values make at most three groups, and small ones join a neighbour."""
    score = np.repeat([0.1, 0.2, 0.9], [50, 47, 3])
    assert np.unique(equal_counts(score, 10)).tolist() == [0, 1, 2]
    assert np.bincount(equal_counts(score, 10, least=10)).tolist() == [50, 50]


def test_deciles_of_a_perfect_model_fall_from_the_first(binary: Evidence) -> None:
    """The first tenth has the highest predicted and actual share."""
    rows = take("deciles", binary).rows
    assert [row["decile"] for row in rows] == list(range(1, len(rows) + 1))
    assert (np.diff([row["predicted"] for row in rows]) < 0).all()
    assert rows[0]["actual"] > 2 * rows[-1]["actual"]


def test_a_bias_of_amounts_is_found_with_its_sign(regression: Evidence) -> None:
    """Predictions 30 too high: each tenth's bias is about +30, groups' mean error -30."""
    high = answering(regression, regression.predictions.predicted + 30.0)
    assert [row["bias"] for row in take("deciles", high).rows] == pytest.approx([30.0] * 10, abs=5.0)
    assert take("errors", high).facts["worst_bias"] == pytest.approx(-30.0, abs=5.0)


def test_confusions_add_up_and_rare_classes_are_merged() -> None:
    """Two classes of three customers are one; precision and recall are counted by hand."""
    task = Task("multiclass", "plan", ("a", "b", "c", "d"))
    truth = np.repeat([0, 1, 2, 3], [30, 30, 3, 3])
    prediction = truth.copy()
    prediction[:10] = 1
    frame = pd.DataFrame({"x": np.zeros(66)})
    from custpred.business import Business
    from custpred.table import Column, Table

    table = Table(frame, (Column("x", "number"),))
    own = Evidence(Predictions(task, truth, np.eye(4)[prediction]), table, [Metric.parse("accuracy")], Business())
    measure = take("errors", own)
    labels = {row["actual"] for row in measure.rows}
    assert labels == {"a", "b", "(other classes)"}
    assert sum(row["customers"] for row in measure.rows) == 66
    first, second, _ = measure.facts["classes"]
    assert (first["recall"], second["precision"]) == pytest.approx((20 / 30, 30 / 40))
    assert measure.facts["accuracy"] == pytest.approx(56 / 66)
    shares = {(row["actual"], row["predicted"]): row["share"] for row in measure.rows}
    assert shares["a", "b"] == pytest.approx(10 / 30)
    assert shares["(other classes)", "(other classes)"] is None  # six customers
    assert shares["b", "a"] == 0.0


def test_groups_of_amounts_have_quantiles_of_the_amounts(regression: Evidence) -> None:
    """They are those of the group's customers, not of the errors."""
    own = replace(regression.predictions, truth=np.maximum(regression.predictions.truth, 0.0))
    rows = take("errors", replace(regression, predictions=own)).rows
    order = np.argsort(own.predicted, kind="stable")
    last = own.truth[order[-rows[-1]["customers"] :]]
    assert (rows[-1]["actual_q05"], rows[-1]["actual_q95"]) == pytest.approx(tuple(np.quantile(last, [0.05, 0.95])))
    assert min(row["actual_q05"] for row in rows) >= 0


def test_a_bad_segment_is_found(binary: Evidence) -> None:
    """With reversed scores of two-year contracts, that segment is the weakest; no noise is."""
    chance = binary.predictions.positive.copy()
    spoilt = (binary.table.frame["contract"] == "Two year").to_numpy()
    chance[spoilt] = 1 - chance[spoilt]
    measure = take("segments", answering(binary, pair(chance)))
    assert (measure.rows[0]["column"], measure.rows[0]["segment"]) == ("contract", "Two year")
    assert measure.rows[0]["fault"]
    assert measure.facts["faults"] >= 1


def test_a_perfect_model_has_no_weak_segment() -> None:
    """In eight samples of a true model, hardly any segment scores worse than expected."""
    from dataclasses import replace as changed

    faults = []
    rng = np.random.default_rng(5)
    for _ in range(8):
        own = _fresh(rng)
        faults.append(take("segments", changed(own, seed=int(rng.integers(1000)))).facts["faults"])
    assert sum(faults) <= 1


def _fresh(rng: np.random.Generator) -> Evidence:
    from custpred.business import Business
    from custpred.table import Column, Table

    frame = pd.DataFrame({f"x{i}": rng.normal(size=1500) for i in range(6)})
    task = Task("binary", "left", ("no", "yes"))
    answer = task.inverse_link(frame["x0"].to_numpy() - 1.0)
    truth = (rng.random(1500) < answer[:, 1]).astype(int)
    table = Table(frame, tuple(Column(name, "number") for name in frame))
    return Evidence(Predictions(task, truth, answer), table, [Metric.parse("roc_auc")], Business())


def test_segments_need_the_minimum_number_of_customers(binary: Evidence) -> None:
    """With ``min_cell`` 700 only groups of 700 are evaluated; with 5,000 there are none."""
    rows = take("segments", replace(binary, min_cell=700)).rows
    assert min(row["customers"] for row in rows) >= 700
    with pytest.raises(NotApplicable, match="5000"):
        take("segments", replace(binary, min_cell=5000))


def test_an_interval_does_not_depend_on_the_order_of_classes(multiclass: Evidence) -> None:
    """A class that a segment lacks counts neither as the first label nor as the last."""
    own = multiclass.predictions
    held = (multiclass.table.frame["contract"] != "Two year").to_numpy()
    own = replace(own, truth=np.where(held & (own.truth == 2), 0, own.truth))
    turned = replace(own, truth=(own.truth + 1) % 3, predicted=np.roll(own.predicted, 1, axis=1))
    first, second = (_limits(replace(multiclass, predictions=each)) for each in (own, turned))
    assert {"Month", "One year"} <= set(first)
    assert first == pytest.approx(second)


def _limits(evidence: Evidence) -> dict[str, float]:
    return {row["segment"]: row["low"] for row in take("segments", evidence).rows if row["column"] == "contract"}


def test_cells_name_their_true_borders(binary: Evidence) -> None:
    """All in ``under 14`` are under 14; missing values are a group; no extreme is shown."""
    cut, tenure = cells(binary.table, "tenure", 30), binary.table.frame["tenure"]
    edge = float(cut.labels[0].removeprefix("under "))
    assert tenure[cut.codes == 0].max() < edge <= tenure[cut.codes == 1].min()
    assert cut.labels[-1] == "missing"
    assert tenure[cut.codes == len(cut.labels) - 1].isna().all()
    assert cut.counts.sum() == len(tenure)


def test_dates_are_cut_at_days(binary: Evidence) -> None:
    """A date column has fifths whose borders are days."""
    labels = cells(binary.table, "joined", 30).labels
    assert labels[0].startswith("under 2020-")
    assert len(labels) == 5


def test_groups_compare_selection_hits_and_words(binary: Evidence) -> None:
    """Rates of both groups equal those computed by hand, with their ratio."""
    own = replace(binary, policy=Policy(Business(), 0.4))
    first = take("groups", own).rows[0]
    mask = (own.table.frame["senior"] == 0).to_numpy()
    yes, positive = own.predictions.positive >= 0.4, own.predictions.truth == 1
    assert first["customers"] == mask.sum()
    assert first["selected"] == pytest.approx(yes[mask].mean())
    assert first["found"] == pytest.approx(yes[mask & positive].mean())
    assert first["actual"] == pytest.approx(positive[mask].mean())
    assert 0.7 < take("groups", own).facts["senior"]["lowest_to_highest"] <= 1.0


def test_without_sensitive_columns_groups_decline(binary: Evidence) -> None:
    """The reason names the recipe key; an unknown column is reported as absent."""
    with pytest.raises(NotApplicable, match="privacy"):
        take("groups", replace(binary, sensitive=()))
    assert take("groups", replace(binary, sensitive=("senior", "gone"))).facts["absent"] == ["gone"]


def test_importance_finds_what_the_model_uses(binary: Evidence) -> None:
    """Tenure and contract are significant; unused columns have no effect and count as noise."""
    rows = {row["column"]: row for row in take("importance", binary).rows}
    assert {name for name, row in rows.items() if not row["noise"]} == {"tenure", "contract"}
    assert rows["noise"]["importance"] == 0.0
    assert "id" not in rows


def test_importance_begins_with_what_the_model_uses(binary: Evidence) -> None:
    """If time suffices for few columns, those most related to the predictions are measured."""
    frame = binary.table.frame
    usable = [each.name for each in binary.table.columns if each.usable]
    groups = shuffle_groups(frame, usable, binary.predictions.predicted)
    assert {name for group in groups[:2] for name in group} >= {"tenure", "contract"}


def test_equivalent_columns_are_shuffled_together(binary: Evidence) -> None:
    """A copy of a column in other units hides nothing: both share one row."""
    frame = binary.table.frame.assign(days=binary.table.frame["tenure"] * 30)
    columns = (*binary.table.columns, Column("days", "number"))
    copied = replace(binary, table=replace(binary.table, frame=frame, columns=columns))
    measure = take("importance", copied)
    row = next(row for row in measure.rows if row["column"] in {"tenure", "days"})
    assert {row["column"], *row["together"]} == {"tenure", "days"}
    assert not row["noise"]


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_column_groups_of_few_customers_are_complete(rows: int) -> None:
    """No customers, or one, lose no column."""
    frame = pd.DataFrame({"a": range(rows), "b": ["x"] * rows})
    groups = shuffle_groups(frame, ["a", "b"], np.linspace(0, 1, rows))
    assert sorted(name for group in groups for name in group) == ["a", "b"]


def test_importance_of_an_undefined_metric_declines(regression: Evidence) -> None:
    """R squared of one customer is undefined in each draw: a reason, and no warning of NumPy."""
    alone = np.zeros(1, dtype=int)
    few = replace(regression, table=regression.table.take(alone), predictions=regression.predictions.take(alone))
    with pytest.raises(NotApplicable, match="undefined"):
        take("importance", replace(few, metrics=[Metric.parse("r2")]))


def test_importance_of_an_error_is_positive(regression: Evidence) -> None:
    """For a metric where lower is better, importance is its increase."""
    assert take("importance", regression).rows[0]["importance"] > 5.0


def test_importance_respects_the_time_limit(binary: Evidence) -> None:
    """A slow scorer gets fewer repeats, and columns without a result are named."""
    answered = []

    def slow(frame: pd.DataFrame) -> np.ndarray:
        time.sleep(1e-3 * len(frame))
        answered.append(len(frame))
        return np.tile([0.5, 0.5], (len(frame), 1))

    measure = take("importance", replace(binary, predict=slow, seconds=1.0), rows=500)
    assert sum(answered) < 300 + 8 * 500  # 5 shuffles of 8 columns of 500 customers would be 20,000 rows
    assert len(measure.rows) + len(measure.facts["unmeasured"]) == 8


def test_scores_hold_each_metric_with_its_interval(evidence: Evidence) -> None:
    """Each metric of the recipe is scored once, inside its interval."""
    measure = take("scores", evidence)
    assert [row["metric"] for row in measure.rows] == [metric.name() for metric in evidence.metrics]
    assert all(row["low"] <= row["value"] <= row["high"] for row in measure.rows)


def test_metrics_of_another_task_are_skipped(binary: Evidence) -> None:
    """RMSE is skipped for a binary task; alone it leaves nothing."""
    both = replace(binary, metrics=[*binary.metrics, Metric.parse("rmse")])
    assert len(take("scores", both).rows) == len(binary.metrics)
    with pytest.raises(NotApplicable):
        take("scores", replace(binary, metrics=[Metric.parse("rmse")]))


def test_hostile_levels_are_cleaned(binary: Evidence) -> None:
    """Control characters in a level do not reach the rows."""
    frame = binary.table.frame.copy()
    frame["contract"] = frame["contract"].cat.rename_categories({"Month": "Mo\x1b[31mnth\n"})
    printed = repr(take("segments", replace(binary, table=replace(binary.table, frame=frame))).rows)
    assert "\\x1b" not in printed
    assert "\\n" not in printed


def test_everything_on_many_rows_takes_seconds(binary: Evidence) -> None:
    """60,000 customers are measured in every way in 8 seconds of processor time."""
    rows = np.random.default_rng(0).integers(len(binary.predictions), size=60_000)
    own = replace(binary, predictions=binary.predictions.take(rows), table=binary.table.take(rows))
    began = time.process_time()
    found = measure_all(own)
    assert time.process_time() - began < 8.0
    assert not [measure.reason for measure in found.values() if "bug" in measure.reason]


def test_after_the_deadline_only_optional_measures_are_left_out(binary: Evidence) -> None:
    """A late run has scores and decisions; skipped measures give the reason."""
    found = measure_all(replace(binary, deadline=time.monotonic() - 1))
    late = {kind for kind, measure in found.items() if "run was out of time" in measure.reason}
    assert late == {kind for kind in Evaluate.kinds() if Evaluate.find(kind).optional} >= {"importance", "segments"}
    assert found["scores"].rows
    assert found["threshold"].rows


def test_threads_of_libraries_are_restored(binary: Evidence) -> None:
    """Two measures limit threads at overlapping times; then libraries have as many as before."""
    both, one_left = Barrier(2, timeout=30), Event()

    def predict(frame: pd.DataFrame) -> np.ndarray:
        if len(frame) > 1 and not one_left.is_set():
            with limited(1):
                both.wait()
                one_left.wait(30)
        return pair(np.full(len(frame), 0.5))

    def reasons(frame: pd.DataFrame, folds: int | None = None) -> pd.DataFrame:
        if not one_left.is_set():
            both.wait()
            with limited(1):
                one_left.set()
                time.sleep(0.2)
        return pd.DataFrame({"start": 0.5, "answer": 0.5, "tenure": np.zeros(len(frame))})

    before = {each["filepath"]: each["num_threads"] for each in pools().info()}
    measure_all(replace(binary, predict=predict, reasons=reasons, seconds=0.1, cores=2))
    assert {each["filepath"]: each["num_threads"] for each in pools().info()} == before


def test_outcomes_count_everyone_in_rising_bins(binary: Evidence) -> None:
    """Every customer is in one bin of ten or more, and positives have higher scores."""
    rows = Evaluate.parse("outcomes").measure(binary).rows
    assert sum(row["positives"] + row["others"] for row in rows) == len(binary.predictions)
    assert sum(row["positives"] for row in rows) == (binary.predictions.truth == 1).sum()
    assert min(row["positives"] + row["others"] for row in rows) >= binary.min_cell
    share = [row["positives"] / (row["positives"] + row["others"]) for row in rows]
    assert share[-1] > share[0]
    assert [row["high"] for row in rows[:-1]] == [row["low"] for row in rows[1:]]
