"""Scored customers: colliding names, values from the new rows, and quick reasons for many rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from custpred.business import Business
from custpred.errors import DataError
from custpred.inference import scored
from custpred.inference.explanations import ENDS, reasons
from custpred.inference.scored import Reporting, add_reasons, decided, explained, free, scores
from custpred.policy import Decisions, Policy
from custpred.task import Task

BINARY = Task("binary", "left", ("no", "yes"))
OWN = Decisions(np.array([1, 0]), np.array([1, 2]), np.array([5.0, 6.0]), np.array([2.0, 1.0]))
ANSWER = np.array([[0.2, 0.8], [0.7, 0.3]])
NAMES = ("rank", "probability of no", "probability of yes", "value", "expected gain", "decision")


@pytest.mark.parametrize("key", NAMES)
def test_a_key_may_have_the_name_of_a_result_column(key: str) -> None:
    """The key keeps its name, and the result column gets a suffix."""
    table = pd.DataFrame({key: ["a", "b"]})
    scores(table, BINARY, ANSWER, OWN)
    assert table[key].tolist() == ["a", "b"]
    assert set(table.columns) == {*NAMES, f"{key} (custpred)"}
    assert table[f"{key} (custpred)" if key == "decision" else "decision"].tolist() == ["yes", "no"]
    assert free(pd.DataFrame(columns=["rank", "rank (custpred)"]), "rank") == "rank (custpred 2)"


def _paying(world: Any, **business: Any) -> Any:
    return replace(world.blend.predictor, policy=Policy(Business(**business)))


def test_values_come_from_columns_that_no_model_reads(world: Any, people: Any) -> None:
    """Models need not use the value column; missing values count, without it is an error."""
    predictor, new = _paying(world, value={"column": "worth"}, contact_cost=1), people(40, seed=3)
    frame, _ = predictor.conform(new)
    answer = predictor.predict(frame)
    worth = np.where(np.arange(40) < 3, np.nan, 50.0)
    own, notes = decided(predictor, new.assign(worth=worth), frame, answer)
    assert own.gain is not None
    np.testing.assert_allclose(own.gain, answer[:, 1] * np.nan_to_num(worth) - 1)
    assert [(note.code, note.numbers["missing"]) for note in notes] == [("D180", 3)]
    with pytest.raises(DataError, match="CP2102.*'worth' is missing"):
        decided(predictor, new, frame, answer)


def test_chosen_customers_get_reasons_by_rank(world: Any, people: Any) -> None:
    """With a capacity of 4 of 40 only these have reasons; ``all`` gives everyone reasons."""
    predictor, new = _paying(world, capacity=4), people(40, seed=3)
    frame, _ = predictor.conform(new)
    own, _ = decided(predictor, new, frame, predictor.predict(frame))
    rows = explained(BINARY, own, "chosen", 40)
    table = frame[[]].copy()
    add_reasons(table, predictor, frame, rows, 2)
    assert sorted(rows) == np.flatnonzero(table["reason 1"] != "").tolist() == np.flatnonzero(own.code == 1).tolist()
    assert len(rows) == 4
    assert own.rank is not None
    assert own.rank[explained(BINARY, own, "all", 40)].tolist() == list(range(1, 41))
    with pytest.raises(DataError, match="CP2409"):
        explained(BINARY, own, "some", 40)


def test_quick_reasons_add_up_and_agree(world: Any, people: Any) -> None:
    """Reasons of one fold add up to the blend's prediction, and mostly agree with all."""
    predictor = world.blend.predictor
    frame, _ = predictor.conform(people(60, seed=3))
    quick, exact = reasons(predictor, frame, 1), reasons(predictor, frame)
    np.testing.assert_allclose(quick.drop(columns="answer").sum(axis=1), quick["answer"], atol=1e-6)
    np.testing.assert_allclose(quick["answer"], exact["answer"], atol=1e-6)
    pairs = zip(quick.iloc[:, len(ENDS) :].to_numpy(), exact.iloc[:, len(ENDS) :].to_numpy(), strict=True)
    assert np.mean([np.corrcoef(one, other)[0, 1] for one, other in pairs]) > 0.8


def test_long_lists_report_progress(world: Any, people: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """First customers get exact reasons, others quick ones, and each part is reported."""
    monkeypatch.setattr(scored, "EXACT", 5)
    monkeypatch.setattr(scored, "CHUNK", 20)
    predictor = world.blend.predictor
    frame, _ = predictor.conform(people(40, seed=3))
    heard: list[str] = []
    table, rows = frame[[]].copy(), np.arange(40)
    add_reasons(table, predictor, frame, rows, 3, Reporting(lambda event, what: heard.append(what)))
    assert heard == [f"reasons of {done} of 40 customers" for done in (5, 25, 40)]
    exact = frame[[]].copy()
    monkeypatch.setattr(scored, "EXACT", 40)
    add_reasons(exact, predictor, frame, rows, 3)
    assert (table["reason 1"] != "").all()
    assert table.iloc[:5].equals(exact.iloc[:5])
