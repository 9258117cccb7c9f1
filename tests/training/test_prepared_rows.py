"""Prepared rows on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from custpred.task import Rows
from custpred.training._rows.prepared import load_rows, save_rows


def _frame(rows: int) -> pd.DataFrame:
    draw = np.random.default_rng(0)
    codes = pd.Categorical.from_codes(draw.integers(-1, 3, rows), dtype=pd.CategoricalDtype(np.arange(3)))
    numbers = draw.normal(size=(rows, 2)).astype(np.float32)
    numbers[: rows // 3, 0] = np.nan
    return pd.DataFrame({"a": numbers[:, 0], "c": codes, "b": numbers[:, 1]})


@pytest.mark.parametrize("rows", [0, 1, 50])
@pytest.mark.parametrize("weighted", [True, False])
def test_rows_round_trip(tmp_path: Path, rows: int, weighted: bool) -> None:
    """Numbers, missing values, codes, column order, truth and weights are restored."""
    X, y = _frame(rows), np.arange(rows)
    save_rows(tmp_path / "part", Rows(X, y, y + 0.5 if weighted else None))
    found = load_rows(tmp_path / "part")
    assert_frame_equal(found.X, X, check_categorical=False)
    assert found.y.tolist() == y.tolist()
    assert (found.weight is not None) == weighted
    assert found.X["c"].cat.categories.tolist() == [0, 1, 2]


def test_numbers_are_mapped_not_copied(tmp_path: Path) -> None:
    """Numbers without category columns stay on disk until they are read."""
    save_rows(tmp_path, Rows(_frame(20)[["a", "b"]], np.zeros(20)))
    values = load_rows(tmp_path).X.to_numpy()
    while values.base is not None and not isinstance(values, np.memmap):
        values = values.base
    assert isinstance(values, np.memmap)
