"""Targets and weights given separately become columns of the table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import custpred as cp
from custpred.errors import DataError
from custpred.source._typing.attach import attached, is_values

FRAME = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": ["x", "y", "z"]}, index=[7, 8, 9])
WORDS = ["no", "yes", "no"]


@pytest.mark.parametrize(
    ("values", "name"),
    [
        (pd.Series(WORDS, index=FRAME.index, name="left"), "left"),
        (pd.Series(WORDS, index=FRAME.index), "target"),
        (pd.DataFrame({"left": WORDS}, index=FRAME.index), "left"),
        (WORDS, "target"),
        (tuple(WORDS), "target"),
        (np.array(WORDS), "target"),
        (np.array(WORDS)[:, None], "target"),
        (pl.Series("left", WORDS), "left"),
        (pa.array(WORDS), "target"),
    ],
)
@pytest.mark.parametrize("table", [FRAME, pl.from_pandas(FRAME), pa.table(FRAME.to_dict("list"))])
def test_values_of_every_kind_become_a_column(values: Any, name: str, table: Any) -> None:
    """The column has the name of the values, if any; the given table is not modified."""
    assert is_values(values)
    frame, found = attached(table, values, "target")
    assert found == name and frame[name].tolist() == WORDS
    assert list(FRAME.columns) == ["a", "b"]


@pytest.mark.parametrize("target", ["left", {"column": "left"}])
def test_names_and_maps_are_not_values(target: Any) -> None:
    """A target may still be a name or a map."""
    assert not is_values(target)


@pytest.mark.parametrize(
    ("data", "values", "word"),
    [
        (FRAME, WORDS[:2], "2 values for 3 rows"),
        (FRAME, pd.Series(WORDS), "index"),
        (FRAME, pd.Series(WORDS, index=[9, 8, 7]), "index"),
        (FRAME, pd.Series(WORDS, index=FRAME.index, name="b"), "a different column"),
        (FRAME, FRAME, "2 columns"),
        ("customers.csv", WORDS, "path"),
    ],
)
def test_values_that_do_not_fit_the_table_are_refused(data: Any, values: Any, word: str) -> None:
    """Wrong lengths, another index and used names are errors with a remedy."""
    with pytest.raises(DataError, match=word) as caught:
        attached(data, values, "target")
    assert caught.value.code == "CP2104" and caught.value.remedy


def test_a_column_of_the_table_is_recognised() -> None:
    """``fit(df, target=df["b"])`` means the column, not a second one."""
    frame, name = attached(FRAME, FRAME["b"], "target")
    assert name == "b" and list(frame.columns) == ["a", "b"]


def test_fit_accepts_a_series(people: Any) -> None:
    """The run has the Series' name as its target, and predicts values of its type."""
    frame = people(160)
    keys = {"budget": {"jobs": 1}, "models": ["logistic"], "search": "none", "engine": "inline", "calibrate": "none"}
    found = cp.fit(
        frame[["income", "visits"]], target=(frame["visits"] > frame["visits"].median()).rename("often"), **keys
    )
    assert found.record.task.target == "often"
    assert set(found.predict(frame).tolist()) <= {True, False}


def test_profile_counts_missing_targets(people: Any) -> None:
    """Rows without a target are excluded from the profile, and a finding counts them."""
    frame = people(160)
    frame.loc[:19, "left"] = None
    found = cp.profile(frame, target="left")
    told = [each for each in (*found.findings, *found.data.findings) if each.code == "T202"]
    assert [each.numbers["rows"] for each in told] == [20]
