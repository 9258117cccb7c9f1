"""One value per column: constant, mean, median, mode, and what all strategies share."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from pydantic import ValidationError

from custpred.missing._filling import Filling
from custpred.missing.base import Missing
from custpred.table import Column, Table
from custpred.target.column import Column as ColumnTarget
from custpred.task import Setting, Task

X = pd.DataFrame(
    {
        "age": [20.0, 20.0, 40.0, 90.0, np.nan],
        "plan": pd.Categorical(["b", "b", "a", None, None]),
        "since": pd.to_datetime(["2024-01-01", "2024-01-01", "2024-03-01", "2024-06-01", None]),
        "remark": pd.Series(["x", None, "y", "", None], dtype=object),
    }
)


def fill(kind: object, new: pd.DataFrame = X) -> pd.DataFrame:
    spec = Missing.parse(kind)
    return spec.apply(new, spec.learn(X, None, None, 0))


@pytest.mark.parametrize(
    ("kind", "age"), [("mean", 42.5), ("median", 30.0), ("mode", 20.0), ("constant", 0.0), ("knn", 42.5)]
)
def test_number_is_filled(kind, age):
    """It becomes (20 + 20 + 40 + 90) / 4, the middle of 20 and 40, 20, or 0."""
    assert fill(kind)["age"].tolist() == [20.0, 20.0, 40.0, 90.0, age]


@pytest.mark.parametrize("kind", ["mean", "median", "mode", "knn", "regression"])
def test_category_is_filled_with_the_mode(kind):
    """A missing value in a category becomes its most frequent level."""
    assert fill(kind)["plan"].tolist() == ["b", "b", "a", "b", "b"]


def test_constant_level():
    """A constant fills categories with a separate level, whose name the recipe may set."""
    assert fill("constant")["plan"].tolist()[3:] == ["(missing)"] * 2
    assert fill({"kind": "constant", "level": "none"})["plan"].cat.categories.tolist() == ["a", "b", "none"]


@pytest.mark.parametrize(("kind", "day"), [("median", "2024-01-01"), ("mode", "2024-01-01"), ("constant", None)])
def test_date_is_filled(kind, day):
    """A missing date becomes the lower median or the mode; constants leave it missing."""
    assert (fill(kind)["since"].iloc[4] == pd.Timestamp(day)) if day else pd.isna(fill(kind)["since"].iloc[4])


def test_date_with_zone_and_coarse_unit():
    """Dates keep their zone and unit when missing values are filled."""
    frame = pd.DataFrame({"at": X["since"].astype("datetime64[s]").dt.tz_localize("Asia/Seoul")})
    spec = Missing.parse("median")
    out = spec.apply(frame, spec.learn(frame, None, None, 0))
    assert out["at"].dtype == frame["at"].dtype
    assert out["at"].iloc[4] == pd.Timestamp("2024-01-01", tz="Asia/Seoul")


@pytest.mark.parametrize("kind", ["mean", "median", "mode", "constant", "knn", "regression"])
def test_text_is_filled_with_the_empty_text(kind):
    """A missing value in a text becomes the empty text."""
    assert fill(kind)["remark"].tolist() == ["x", "", "y", "", ""]


@pytest.mark.parametrize("kind", ["leave", "drop"])
def test_leave_keeps_missing_values(kind):
    """Strategies that do not impute leave missing values."""
    assert_frame_equal(fill(kind), X)


def test_only_missing_values_change():
    """Unseen levels and infinite values are unchanged."""
    new = X.assign(plan=pd.Categorical(["new", "b", None, "a", "a"]), age=[np.inf, np.nan, 1.0, 2.0, 3.0])
    out = fill("median", new)
    assert out["plan"].tolist() == ["new", "b", "b", "a", "a"]
    assert out["age"].tolist() == [np.inf, 30.0, 1.0, 2.0, 3.0]


def test_float_dtype_is_kept():
    """Single precision stays single precision."""
    assert fill("median", X.astype({"age": "float32"}))["age"].dtype == np.float32


def test_strategies_by_column():
    """A column with its own strategy uses that one, the others the outer one."""
    out = fill({"kind": "median", "columns": {"age": {"kind": "constant", "value": -1}, "remark": "leave"}})
    assert out["age"].iloc[4] == -1
    assert out["remark"].isna().sum() == 2
    assert out["plan"].notna().all()


def test_of_limits_the_columns():
    """``of`` restricts a strategy to some columns."""
    out = fill({"kind": "mode", "of": ["plan"]})
    assert out["plan"].notna().all()
    assert out["age"].isna().sum() == 1


def test_indicator_marks_missing_values():
    """It is 1 for missing values, for columns that have some in training, with the source."""
    spec = Missing.parse({"kind": "median", "indicator": True, "columns": {"plan": "mode"}})
    state = spec.learn(X, None, None, 0)
    out = spec.apply(X, state)
    assert out["age is missing"].tolist() == [0.0, 0.0, 0.0, 0.0, 1.0]
    assert "plan is missing" not in out
    assert spec.lineage(state)["age is missing"] == ("age",)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"columns": {"age": "medain"}}, "Did you mean 'median'"),
        ({"columns": {"age": {"kind": "mode", "of": ["plan"]}}}, "for this one column"),
        ({"columns": {"age": {"kind": "mode", "columns": {"plan": "mode"}}}}, "for this one column"),
    ],
)
def test_strategies_by_column_are_checked(options, says):
    """An invalid strategy of a column is reported when the recipe is read, with its place."""
    with pytest.raises(ValidationError, match=says) as error:
        Missing.parse({"kind": "median", **options})
    assert error.value.errors()[0]["loc"] == ("columns", "age")


def test_schema_of_strategies_by_column():
    """The JSON Schema lists the kinds that a column may have, and is not recursive."""
    schema = Missing.find("median").model_json_schema()
    assert "$defs" not in schema
    assert {"enum": list(Missing.kinds())} in schema["properties"]["columns"]["additionalProperties"]["anyOf"]


def test_notes_count_missing_values():
    """The note has columns, counts and replacements, no value; empty columns are a warning."""
    spec = Missing.parse({"kind": "median", "columns": {"age": "knn"}})
    (note,) = spec.notes(spec.learn(X, None, None, 0))
    assert "6 missing values in 4 columns" in note.text
    assert "plan 2 (most frequent level)" in note.text
    assert "age 1 (mean of the nearest customers)" in note.text
    assert note.numbers["gaps"] == 6
    assert note.severity == "info"
    (empty,) = spec.notes(spec.learn(X.assign(age=np.nan), None, None, 0))
    assert empty.severity == "warning"
    assert "age" in empty.text


def test_no_note_without_missing_values():
    """A table without missing values has no note."""
    spec = Missing.parse("median")
    assert spec.notes(spec.learn(X[["age"]].dropna(), None, None, 0)) == []


columns = st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), min_size=1, max_size=30)


@settings(derandomize=True, max_examples=40, deadline=None)
@given(columns, st.sampled_from(["mean", "median", "mode", "knn", "regression"]))
def test_filled_values_lie_in_the_known_range(values, kind):
    """An imputed value is within the range of training; a column without values becomes 0."""
    frame = pd.DataFrame({"a": pd.array(values, dtype="Float64").to_numpy(float, na_value=np.nan)})
    frame["b"] = np.arange(len(frame)) * 1.5
    spec = Missing.parse(kind)
    out = spec.apply(frame, spec.learn(frame, None, None, 0))["a"]
    known = frame["a"].dropna() if frame["a"].notna().any() else pd.Series([0.0])
    slack = 1e-9 * (1 + known.abs().max())
    assert out.between(known.min() - slack, known.max() + slack).all()


@pytest.mark.parametrize(("gaps", "told"), [(0, "trees use"), (1, "< 0.1% of"), (75, "1.5% of")])
def test_the_reason_never_rounds_missing_values_to_none(gaps, told):
    """A small share of missing values is not shown as 0.0%; without any there is no share."""
    frame = pd.DataFrame({"a": np.r_[np.full(gaps, np.nan), np.ones(5000 - gaps)]})
    table = Table(frame, (Column("a", "number"),))
    _, reason = Filling.usual(Setting(table, Task("binary", "left", ("no", "yes")), ColumnTarget(column="left")))
    assert reason.startswith(told)
