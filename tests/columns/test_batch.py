"""Frames become column batches, whether or not pandas exposes arrays without Series."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from custpred.columns.batch import Coded, ColumnBatch, taken


class _Frame(pd.DataFrame):
    _iter_column_arrays = None  # as in a version of pandas without it

    @property
    def _constructor(self) -> type[pd.DataFrame]:
        return pd.DataFrame


@pytest.fixture
def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "number": [1.0, np.nan],
            "whole": [1, 2],
            "flag": [True, False],
            "count": pd.array([3, None], dtype="Int64"),
            "plan": pd.Categorical(["basic", None]),
            "joined": pd.to_datetime(["2024-03-01", None]),
            "remark": pd.Series(["좋아요", None], dtype=object),
        }
    )


@pytest.mark.parametrize("kind", [pd.DataFrame, _Frame])
def test_columns_share_the_frames_data(frame: pd.DataFrame, kind: type[pd.DataFrame]) -> None:
    """Each column is its array, its codes and levels, or a Series of its dtype."""
    columns = ColumnBatch.of(kind(frame)).columns
    assert list(columns) == list(frame.columns)
    for name in ("number", "whole", "flag"):
        np.testing.assert_array_equal(columns[name], frame[name].to_numpy())
    np.testing.assert_array_equal(columns["count"], [3.0, np.nan])
    assert isinstance(columns["plan"], Coded)
    assert (columns["plan"].codes.tolist(), columns["plan"].levels) == ([0, -1], ["basic"])
    for name in ("joined", "remark"):
        pd.testing.assert_series_equal(columns[name], frame[name], check_names=False)
        pd.testing.assert_series_equal(taken(frame[name]), frame[name], check_names=False)


def test_what_a_column_alone_gives_is_computed_once_for_all_folds() -> None:
    """A replaced column under the same key is computed again."""
    first, other = np.array([1.0]), np.array([2.0])
    batch = ColumnBatch(1, {"a": first})
    found = batch.once("a", first, lambda: first * 10)
    assert ColumnBatch(1, {}, batch.shared).once("a", first, lambda: first * 0) is found
    assert batch.once("a", other, lambda: other * 10).tolist() == [20.0]
