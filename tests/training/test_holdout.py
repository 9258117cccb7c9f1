"""From a finished run to its record."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from custpred.budget import Budget, Clock
from custpred.errors import RecipeError
from custpred.metrics._keys import metric_keys
from custpred.metrics.base import Metric
from custpred.recipe.file import from_keys
from custpred.results.record import Record, Score, twin
from custpred.table import Finding
from custpred.task import Predictions, Task
from custpred.training._figures.leaderboard import assessed
from custpred.training._figures.requirements import requirements
from custpred.training.holdout import HoldoutEvaluation, data_of, versions

ANSWER = np.array([0.9, 0.8, 0.3, 0.1])
SCORED = Predictions(
    Task("binary", "left", ("no", "yes")), np.array([1, 0, 1, 0]), np.column_stack([1 - ANSWER, ANSWER])
)


@pytest.fixture(scope="module")
def evaluation(world: Any) -> HoldoutEvaluation:
    """Return the evaluation of the search of every family."""
    found = assessed(world.scorer, world.trials, world.blend, world.plan.recipe.seed)
    data = data_of(world.labelled.table, world.labelled, world.folds)
    return HoldoutEvaluation(
        world.plan, world.labelled, world.folds, data, dict, world.trials, world.blend, lambda: found
    )


@pytest.fixture(scope="module")
def record(evaluation: HoldoutEvaluation) -> Record:
    """Return its record."""
    return evaluation.record(Clock(Budget()), {"read": 0.5})


def test_the_record_round_trips(record: Record) -> None:
    """The record, with all measures, is restored from report.json."""
    again = Record.load(json.loads(twin(record)))
    assert again.test == record.test
    assert again.leaderboard == record.leaderboard
    assert twin(again) == twin(record)


def test_test_scores_are_those_of_the_test_rows(evaluation: HoldoutEvaluation, record: Record, world: Any) -> None:
    """A test score is the metric of the predictor on the test rows, inside its interval."""
    table = world.labelled.table.take(world.folds.test)
    frame = table.frame[[column.name for column in world.plan.columns]]
    answer = world.blend.predictor.predict(frame)
    scored = Predictions(world.labelled.task, world.labelled.truth[world.folds.test], answer)
    keys = metric_keys(world.plan.recipe.metrics)
    for metric in world.plan.recipe.metrics:
        found = record.test[keys[metric.name()]]
        assert found.value == pytest.approx(metric.score(scored))
        assert found.low <= found.value <= found.high


def test_without_test_rows_out_of_fold_predictions_are_reported(evaluation: HoldoutEvaluation) -> None:
    """Without test rows the record has out-of-fold predictions."""
    folds = replace(evaluation.folds, test=np.array([], dtype=int))
    none = replace(evaluation, folds=folds, data=data_of(evaluation.labelled.table, evaluation.labelled, folds))
    found = none.record(Clock(Budget()), {})
    assert found.test["roc_auc"].value == pytest.approx(found.cv["roc_auc"].value)
    assert found.data.test_rows == 0


def test_a_late_run_scores_a_part_of_the_test_rows(
    evaluation: HoldoutEvaluation, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If time was over before the test, about the allowed number of rows is scored, with a note."""
    rows = record.data.test_rows
    monkeypatch.setattr("custpred.training.holdout.LATE_ROWS", rows // 2)
    found = replace(evaluation, late=True).record(Clock(Budget()), {})
    told = {each.key: each for each in found.decisions}["test"]
    assert told.choice == f"{rows // 2:,} of {rows:,} customers"
    assert "larger budget" in told.reason
    assert found.test["roc_auc"].high - found.test["roc_auc"].low > 0
    assert "test" not in {each.key for each in record.decisions}


def test_the_record_describes_the_data(record: Record, world: Any) -> None:
    """Rows, kinds and class shares are recorded; shares sum to 1."""
    assert record.data.rows == 360
    assert record.data.kinds["plan"] == "category"
    assert sum(record.data.shares.values()) == pytest.approx(1)
    assert record.timing["stage_read"] == 0.5 and record.timing["stage_test"] > 0
    assert record.timing["trials"] == len(world.trials)
    assert len(record.run_id) == 12


def test_the_fingerprint_depends_on_every_cell(world: Any) -> None:
    """The hash is the same for the same values, and another for one changed cell."""
    table = world.labelled.table
    first, again = data_of(table), data_of(table.take(np.arange(len(table))))
    assert first.sha256 == again.sha256
    other = replace(table, frame=table.frame.assign(visits=table.frame["visits"].where(table.frame.index != 3, 99.0)))
    assert data_of(other).sha256 != first.sha256
    renamed = table.frame["plan"].cat.rename_categories(lambda level: f"{level}!")
    assert data_of(replace(table, frame=table.frame.assign(plan=renamed))).sha256 != first.sha256


def test_requirements_are_compared() -> None:
    """Each comparison works; a bare number is a minimum; leak alarms are counted."""
    test = {"roc_auc": Score(0.8, 0.7, 0.9), "ece": Score(0.02, 0, 0.1)}
    alarm = Finding("P190", "alarm", "A leak.")
    findings = (alarm, replace(alarm, severity="warning"), Finding("D159", "alarm", "A late table."))
    wanted: dict[str, str | float] = {"roc_auc": ">= 0.8", "ece": "< 0.02", "leak_alarms": 2}
    found = requirements(wanted, SCORED, test, findings)
    assert [(each.name, each.wanted, each.found, each.met) for each in found] == [
        ("roc_auc", ">= 0.8", 0.8, True),
        ("ece", "< 0.02", 0.02, False),
        ("leak_alarms", "== 2", 2.0, True),
    ]


def test_metrics_that_are_only_required_are_measured() -> None:
    """A requirement may use an unlisted metric: lift at 50 % of 4 customers is 1 by hand."""
    lift, brier = requirements({"lift_at_50": ">= 1", "brier": "<= 1"}, SCORED, {}, ())
    assert (lift.found, lift.met) == (1.0, True)
    assert brier.found == pytest.approx(((1 - 0.9) ** 2 + 0.8**2 + (1 - 0.3) ** 2 + 0.1**2) / 4)


@pytest.mark.parametrize(
    ("require", "words"),
    [
        ({"rocauc": ">= 0.8"}, "'rocauc' is neither a metric nor leak_alarms. Did you mean 'roc_auc'"),
        ({"roc_auc": "high"}, "expected a number or a comparison such as '>= 2.0' for 'roc_auc', got 'high'"),
        ({"roc_auc": ">= "}, "expected a number or a comparison"),
        ({"lift_at_x": 1}, "'lift_at_x' is neither a metric"),
        ({"ece_at_5": 1}, "'ece_at_5' is neither a metric"),
    ],
)
def test_invalid_requirements_are_mistakes(require: dict[str, Any], words: str) -> None:
    """An unknown name or an invalid comparison is reported before any work."""
    with pytest.raises(RecipeError, match="CP1104 require") as caught:
        from_keys({"customers": {"sample": "telecom"}, "target": "churn", "require": require})
    assert words in str(caught.value)


def test_metrics_are_found_by_name() -> None:
    """By kind or by full name; other names find none."""
    for kind in Metric.kinds():
        metric = Metric.parse(kind)
        assert Metric.named(kind) == metric
        assert Metric.named(metric.name()) == metric
    assert Metric.named("lift_at_5") == Metric.parse({"kind": "lift", "at": 0.05})
    assert Metric.named("none") is None


def test_two_lifts_keep_their_names() -> None:
    """If a kind is listed twice, its metrics have their full names."""
    twice = [Metric.parse("lift"), Metric.parse({"kind": "lift", "at": 0.05}), Metric.parse("brier")]
    assert metric_keys(twice) == {"lift_at_10": "lift_at_10", "lift_at_5": "lift_at_5", "brier": "brier"}
    assert metric_keys(twice[1:]) == {"lift_at_5": "lift", "brier": "brier"}


def test_versions_are_recorded() -> None:
    """Python and packages that affect predictions have versions; missing ones do not."""
    found = versions()
    assert {"python", "platform", "numpy", "scikit-learn", "lightgbm"} <= set(found)
    assert None not in found.values()
