"""Sequence columns and how they fold."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from custpred.columns.sequence import Layout, is_step, parsed, step_columns, step_name


@given(stem=st.text(min_size=1, max_size=20), back=st.integers(0, 999_999))
@settings(derandomize=True, max_examples=50, deadline=None)
def test_names_of_steps_round_trip(stem: str, back: int) -> None:
    """Stem and position are recovered, even if the stem contains the separator."""
    assert parsed(step_name(stem, back)) == (stem, back)


def test_other_names_are_not_steps() -> None:
    """A name without stem or number, with a padded number, or not text, is an ordinary column."""
    names = ["a@-1", "@-1", "a@-", "a@-01", "a@1", "a-1", "a@-1 ", 7]
    assert step_columns(names) == ["a@-1"]
    assert not is_step(7)


def test_a_frame_folds_with_the_newest_step_last() -> None:
    """Steps are in time order; missing steps of a channel, older than its columns, are padding."""
    X = pd.DataFrame({"pay@-0": [3.0, 6.0], "pay@-1": [2.0, np.nan], "shop#@-0": [5.0, np.nan], "age": [40.0, 50.0]})
    layout = Layout.of(X.columns)
    assert (layout.stems, layout.steps, layout.coded, layout.numeric) == (("pay", "shop#"), 2, ("shop#",), ("pay",))
    np.testing.assert_array_equal(layout.fold(X, ["pay"])[:, :, 0], [[2, 3], [np.nan, 6]])
    np.testing.assert_array_equal(layout.fold(X, ["shop#"])[:, :, 0], [[0, 5], [0, 0]])


def test_a_table_without_steps_has_an_empty_layout() -> None:
    """There are no stems and no steps, and folding gives no channel."""
    X = pd.DataFrame({"age": [40.0]})
    layout = Layout.of(X.columns)
    assert (layout.stems, layout.steps) == ((), 0)
    assert layout.fold(X, layout.stems).shape == (1, 0, 0)
