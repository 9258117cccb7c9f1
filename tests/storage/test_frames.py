"""Typed frames on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from custpred.storage.frames import load_frame, save_frame

if TYPE_CHECKING:
    from pathlib import Path


def _frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "number": [1.5, np.nan, -0.0, 1e300],
            "count": np.array([1, 2, 3, 4], dtype=np.int64),
            "city": pd.Categorical(["b", None, "서울", "b"], categories=pd.Index(["b", "서울"], dtype=object)),
            "size": pd.Categorical(["S", "L", "S", "M"], categories=["S", "M", "L"], ordered=True),
            "day": pd.to_datetime(["2024-01-01", None, "1969-12-31 23:59", "2300-01-01"], format="ISO8601"),
            "said": pd.Series(["", None, "아주 좋아요 🙂", "a\nb\x00"], dtype=object),
            "id": pd.Series(["0001", np.nan, "3", "\ud800"], dtype=object),
            "empty": pd.Series([None] * 4, dtype=object),
        }
    )


def test_typed_frames_round_trip(tmp_path: Path) -> None:
    """Numbers, dates, ordered categories, and texts with None or NaN keep values and dtypes."""
    frame = _frame()
    save_frame(tmp_path / "f", frame)
    found = load_frame(tmp_path / "f")
    pd.testing.assert_frame_equal(found, frame, check_exact=True)
    assert found["said"][1] is None
    assert np.isnan(found["id"][1])
    assert found["city"].cat.categories.dtype == object


def test_only_requested_columns_and_rows_are_read(tmp_path: Path) -> None:
    """They are in the requested order, and rows get new numbers."""
    frame, rows, names = _frame(), np.array([3, 0]), ["said", "number", "city"]
    save_frame(tmp_path / "f", frame)
    wanted = frame[names].iloc[rows].reset_index(drop=True)
    pd.testing.assert_frame_equal(load_frame(tmp_path / "f", names, rows), wanted)
    assert load_frame(tmp_path / "f", [], rows).shape == (2, 0)


def test_other_objects_are_refused(tmp_path: Path) -> None:
    """A column that would need a pickle is an error, not a file."""
    with pytest.raises(TypeError, match="list"):
        save_frame(tmp_path / "f", pd.DataFrame({"x": [[1], [2]]}))
