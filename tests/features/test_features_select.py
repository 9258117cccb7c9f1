"""Columns are dropped with a reason, or kept."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from custpred.features.select import Select
from custpred.task import Task

BINARY = Task("binary", "left", ("no", "yes"))


@pytest.fixture
def frame() -> pd.DataFrame:
    draw = np.random.default_rng(0)
    x = draw.normal(size=500)
    x[::7] = np.nan
    plan = pd.Categorical(draw.choice(["basic", "plus"], 500))
    return pd.DataFrame(
        {
            "x": x,
            "x again": x.copy(),
            "same": 1.0,
            "empty": np.nan,
            "plan": plan,
            "plan again": plan.copy(),
            "noise": draw.normal(size=500),
            "sparse": np.where(np.arange(500) == 499, 1.0, 0.0),
        }
    )


@pytest.fixture
def y(frame) -> np.ndarray:
    score = np.nan_to_num(frame["x"]) + 2.0 * (frame["plan"] == "plus")
    return (score + np.random.default_rng(1).normal(size=500) > 1).to_numpy().astype(int)


def dropped(spec: Select, frame: pd.DataFrame, y: np.ndarray) -> dict[str, str]:
    state = spec.learn(frame, y, BINARY, 0)
    return {finding.column: finding.text for finding in spec.notes(state) if finding.column}


def test_constants_and_duplicates_are_dropped(frame, y):
    """Each has its reason; a column that varies in one row stays."""
    gone = dropped(Select(), frame, y)
    assert set(gone) == {"same", "empty", "x again", "plan again"}
    assert "one value" in gone["same"]
    assert "same as 'x'" in gone["x again"]


def test_transform_drops_what_was_learned(frame, y):
    """New rows lose the same columns, whatever their values."""
    spec = Select()
    state = spec.learn(frame, y, BINARY, 0)
    assert list(spec.apply(frame.iloc[:1], state).columns) == ["x", "plan", "noise", "sparse"]


def test_informative_columns_stay(frame, y):
    """With a limit, columns related to the target stay and the others are dropped with a reason."""
    gone = dropped(Select(at_most=2), frame, y)
    assert {"noise", "sparse"} <= set(gone)
    assert not {"x", "plan"} & set(gone)
    assert "does not predict" in gone["noise"] or "strongest columns" in gone["noise"]


def test_noise_stays_within_the_limit(frame, y):
    """If there are no more columns than the limit, noise stays."""
    assert "noise" not in dropped(Select(at_most=4), frame, y)


def test_at_least_one_column_stays(y):
    """If every column is constant, or none is informative, not all are dropped."""
    constant = pd.DataFrame({"a": [1.0] * 500, "b": [2.0] * 500})
    assert dropped(Select(), constant, y) == {}
    noise = pd.DataFrame(np.random.default_rng(5).normal(size=(500, 6)))
    noise.columns = list("abcdef")
    assert len(dropped(Select(at_most=3), noise, y)) < 6


def test_similar_columns_stay(frame, y):
    """Columns that differ in one row, or only in their levels' names, are not duplicates."""
    near = frame[["x", "plan"]].copy()
    near["almost"] = near["x"].where(np.arange(500) != 250, 9.0)
    near["renamed"] = near["plan"].cat.rename_categories(["one", "two"])
    assert dropped(Select(), near, y) == {}


def test_opposites_and_shifted_dates_stay():
    """A flag's opposite, and dates a month apart, are no duplicates; zoned equal dates are."""
    joined = pd.Series(pd.date_range("2024-01-01", periods=500, tz="UTC"))
    flag = np.arange(500) % 3 == 0
    frame = pd.DataFrame({"flag": flag, "opposite": ~flag, "joined": joined, "later": joined + pd.Timedelta(days=30)})
    assert dropped(Select(), frame, np.zeros(500)) == {}
    assert set(dropped(Select(), frame.assign(again=joined), np.zeros(500))) == {"again"}


def test_minus_zero_is_zero(y):
    """A column of 0.0 and -0.0 is constant."""
    frame = pd.DataFrame({"zero": [0.0, -0.0] * 250, "x": np.arange(500.0)})
    assert set(dropped(Select(), frame, y)) == {"zero"}
