"""Scored customers: names that step aside, values from the new rows, and reasons that are quick for many."""

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
def test_a_key_called_like_a_column_of_ours_keeps_its_name(key: str) -> None:
    """The key's column stays as it came, ours is told apart, and all others have their usual names."""
    table = pd.DataFrame({key: ["a", "b"]})
    scores(table, BINARY, ANSWER, OWN)
    assert table[key].tolist() == ["a", "b"]
    assert set(table.columns) == {*NAMES, f"{key} (custpred)"}
    assert table[f"{key} (custpred)" if key == "decision" else "decision"].tolist() == ["yes", "no"]
    assert free(pd.DataFrame(columns=["rank", "rank (custpred)"]), "rank") == "rank (custpred 2)"


def _paying(world: Any, **business: Any) -> Any:
    return replace(world.blend.predictor, policy=Policy(Business(**business)))


def test_values_come_from_columns_that_no_model_reads(world: Any, people: Any) -> None:
    """The value may stand in a column that the model never saw; missing ones are counted, a missing column is told."""
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


def test_reasons_are_those_of_the_chosen_first_by_rank(world: Any, people: Any) -> None:
    """With room for 4 of 40 just these have reasons; asked for all, everyone is there, first by rank."""
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
    """Reasons from one fold sum to the blend's own answer, and mostly say what all folds say."""
    predictor = world.blend.predictor
    frame, _ = predictor.conform(people(60, seed=3))
    quick, exact = reasons(predictor, frame, 1), reasons(predictor, frame)
    np.testing.assert_allclose(quick.drop(columns="answer").sum(axis=1), quick["answer"], atol=1e-6)
    np.testing.assert_allclose(quick["answer"], exact["answer"], atol=1e-6)
    pairs = zip(quick.iloc[:, len(ENDS) :].to_numpy(), exact.iloc[:, len(ENDS) :].to_numpy(), strict=True)
    assert np.mean([np.corrcoef(one, other)[0, 1] for one, other in pairs]) > 0.8


def test_long_lists_are_told_of(world: Any, people: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first customers by rank get exact reasons, the others quick ones, and each part is announced."""
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
