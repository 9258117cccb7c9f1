"""Records: a run as plain data."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custpred.evaluate.base import Measure
from custpred.results.final import Final
from custpred.results.record import BoardRow, Data, Decision, Record, Requirement, Score, twin
from custpred.storage.plain import finite
from custpred.table import Finding
from custpred.task import Task

number = st.floats(allow_nan=False, allow_infinity=False, width=32)
word = st.text(max_size=6)
score = st.builds(Score, number, number, number)
finding = st.builds(Finding, word, st.sampled_from(["info", "warning", "alarm"]), word, st.none() | word)
row = st.builds(
    BoardRow,
    st.integers(0, 99),
    word,
    word,
    word,
    st.none() | score,
    st.dictionaries(word, number | word | st.lists(word, max_size=2), max_size=2),
    number,
    number,
    number,
    st.booleans(),
    st.booleans(),
    word,
)
measure = st.builds(
    Measure,
    word,
    st.lists(st.dictionaries(word, number | word | st.none(), max_size=3), max_size=2).map(tuple),
    st.dictionaries(word, number | word, max_size=2),
    word,
)


def record(**changes: Any) -> Record:
    """Return a small record."""
    made = Record(
        name="x",
        made="2026-01-01T00:00:00+00:00",
        recipe={"recipe": 1},
        lock={"recipe": 1},
        task=Task("binary", "left", ("no", "yes")),
        data=Data("frame", 10, 3, 8, 2, {"a": "number"}, {"no": 0.5, "yes": 0.5}),
        profile={},
        profile_findings=(),
        decisions=(Decision("models", "logistic", "why"),),
        preparation=(),
        leaderboard=(),
        metrics={"roc_auc": {"label": "ROC AUC", "better": "higher"}},
        test={"roc_auc": Score(0.8, 0.7, 0.9)},
        cv={},
        measures={},
    )
    return replace(made, **changes)


@settings(max_examples=20, derandomize=True, deadline=None)
@given(
    board=st.lists(row, max_size=3).map(tuple),
    test=st.dictionaries(word, score, max_size=2),
    findings=st.lists(finding, max_size=3).map(tuple),
    measures=st.dictionaries(word, measure, max_size=2),
    known=st.dictionaries(word, number, max_size=2),
    labels=st.lists(word, max_size=3).map(tuple),
)
def test_a_record_round_trips(
    board: Any, test: Any, findings: Any, measures: Any, known: Any, labels: tuple[str, ...]
) -> None:
    """Any record round-trips through its plain data and JSON."""
    made = record(
        leaderboard=board,
        test=test,
        profile_findings=findings,
        preparation=findings,
        measures=measures,
        known_best=known,
        task=Task("multiclass", "t", labels),
        requirements=(Requirement("lift", ">= 2", 1.5, False),),
        final=Final("refit", 10, 8, 5, 2, 0.9, 0.01),
    )
    assert Record.load(json.loads(json.dumps(made.plain()))) == made
    assert Record.load(json.loads(twin(made))) == made


def test_top_level_keys_are_documented() -> None:
    """report.json has the documented keys, and the plan with lock and reasons."""
    plain = record().plain()
    promised = {"recipe", "task", "data", "plan", "leaderboard", "test", "cv", "timing", "memory", "versions"}
    assert promised <= set(plain)
    assert plain["test"]["roc_auc"] == {"value": 0.8, "low": 0.7, "high": 0.9}
    assert set(plain["plan"]) == {"lock", "decisions"}


def test_keys_of_newer_versions_are_ignored() -> None:
    """A record with an unknown key can be read."""
    assert Record.load({**record().plain(), "from_the_future": 1}) == record()


def test_the_optimised_metric_is_the_first() -> None:
    """The record has the optimised metric."""
    both = {"brier": {"label": "Brier", "better": "lower"}, "lift": {"label": "Lift", "better": "higher"}}
    assert record(metrics=both).metric == "brier"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_json_is_strict(value: float) -> None:
    """Numbers that are not finite become null, which every JSON reader accepts."""
    text = twin(record(known_best={"x": value}))
    assert json.loads(text, parse_constant=lambda _: pytest.fail("not strict"))["known_best"] == {"x": None}
    assert finite({"a": [value, 1.0], "b": (True, "nan")}) == {"a": [None, 1.0], "b": [True, "nan"]}


def test_null_becomes_nan() -> None:
    """A score or requirement not measured is null in JSON, and nan when it is read."""
    none = Score(float("nan"), 0.1, float("nan"))
    made = record(test={"x": none}, cv={"x": none}, requirements=(Requirement("x", ">= 2", float("nan"), False),))
    again = Record.load(json.loads(twin(made)))
    for score in (again.test["x"], again.cv["x"]):
        assert math.isnan(score.value)
        assert score.low == 0.1
    assert f"{again.requirements[0].found:.4g}" == "nan"
    assert twin(again) == twin(made)
