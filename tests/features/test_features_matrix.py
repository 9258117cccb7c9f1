"""The last step makes numbers for models."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custpred.errors import NotApplicable
from custpred.features._matrix import Matrix
from custpred.features.base import Feature


@pytest.fixture
def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "age": [30.0, np.nan, 50.0, 40.0],
            "flag": [True, False, True, True],
            "huge": [1e300, -1e300, np.inf, 1.0],
            "city": pd.Categorical([0, 1, None, 0]),
            "joined": pd.to_datetime(["2024-01-01"] * 4),
            "remark": pd.Series(["a", None, "b", "c"], dtype=object),
        }
    )


def test_internal_names_and_human_names(frame):
    """Columns get internal names; the state has the displayed names, lineage the sources."""
    spec = Matrix(dense=True)
    state, out = spec.learn_apply(frame.drop(columns="city"), None, None, 0)
    assert list(out.columns) == [f"f{place:06d}" for place in range(1, 6)]
    assert list(state["human"].values()) == ["age", "flag", "huge", "age: missing", "huge: missing"]
    assert spec.lineage(state)["f000004"] == ("age",)


def test_missing_values_get_the_median_and_an_indicator(frame):
    """Missing values get the training median, and an indicator if training had some."""
    spec = Matrix(dense=True)
    state, out = spec.learn_apply(frame[["age", "flag"]], None, None, 0)
    assert out["f000001"].tolist() == [30, 40, 50, 40]
    assert out["f000003"].tolist() == [0, 1, 0, 0]
    new = spec.apply(pd.DataFrame({"age": [np.nan], "flag": [np.nan]}), state)
    assert new.iloc[0].tolist() == [40, 1, 1]


def test_no_indicators_by_default(frame):
    """Without indicators, missing values are only imputed."""
    _, out = Matrix(dense=True, indicator=False).learn_apply(frame[["age"]], None, None, 0)
    assert list(out.columns) == ["f000001"]
    assert out.notna().all(axis=None)


def test_missing_values_and_categories_stay_for_models_that_accept_them(frame):
    """Not dense: missing values and category columns stay; categories come last."""
    state, out = Matrix(dense=False).learn_apply(frame, None, None, 0)
    assert list(state["human"].values()) == ["age", "flag", "huge", "city"]
    assert np.isnan(out["f000001"].iloc[1])
    assert isinstance(out["f000004"].dtype, pd.CategoricalDtype)


def test_numbers_fit_into_float32(frame):
    """Numbers beyond float32 are clipped, and infinite ones are missing."""
    _, out = Matrix(dense=False).learn_apply(frame[["huge"]], None, None, 0)
    largest = np.finfo(np.float32).max
    np.testing.assert_array_equal(out["f000001"], np.array([largest, -largest, np.nan, 1], dtype=np.float32))


def test_unused_columns_are_dropped_with_a_note(frame):
    """Unused dates and texts are dropped, and a note names each."""
    spec = Matrix(dense=False)
    state = spec.learn(frame, None, None, 0)
    assert {finding.column for finding in spec.notes(state)} == {"joined", "remark"}


def test_dense_refuses_categories(frame):
    """A remaining category column is refused by name if only numbers are allowed."""
    with pytest.raises(NotApplicable, match="onehot") as caught:
        Matrix(dense=True).learn(frame, None, None, 0)
    assert caught.value.column == "city"


def test_one_block_without_a_copy():
    """The numbers are one float32 array that ``to_numpy`` returns without a copy."""
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(50, 8))).rename(columns=str)
    state, out = Matrix(dense=True).learn_apply(frame, None, None, 0)
    first, second = out.to_numpy(), out.to_numpy()
    assert np.shares_memory(first, second)
    assert first.dtype == np.float32
    assert first.T.flags.c_contiguous
    assert len(state["human"]) == 8


def test_displayed_names_are_unique():
    """A column named like an indicator keeps its own name."""
    frame = pd.DataFrame({"age": [1.0, np.nan], "age: missing": [0.0, 1.0]})
    state = Matrix(dense=True).learn(frame, None, None, 0)
    assert list(state["human"].values()) == ["age", "age: missing", "age: missing (2)"]


def test_the_matrix_is_not_a_kind():
    """Recipes cannot request it."""
    assert "_matrix" not in Feature.kinds()


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.lists(st.floats(), min_size=1, max_size=30), st.lists(st.floats(), max_size=30))
def test_dense_is_always_finite(train, new):
    """Whatever the numbers, the dense matrix holds finite numbers only."""
    spec = Matrix(dense=True)
    state, out = spec.learn_apply(pd.DataFrame({"x": train}, dtype=float), None, None, 0)
    assert np.isfinite(out.to_numpy()).all()
    assert np.isfinite(spec.apply(pd.DataFrame({"x": new}, dtype=float), state).to_numpy()).all()
