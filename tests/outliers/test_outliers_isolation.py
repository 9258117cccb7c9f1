"""Outlying rows by isolation forest."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import IsolationForest

from custpred.outliers import _forest
from custpred.outliers.base import Outliers

DRAW = np.random.default_rng(0)
X = pd.DataFrame(DRAW.normal(size=(400, 3)), columns=["a", "b", "c"])
X.iloc[:4] = [[9, -9, 9], [-9, 9, 9], [9, 9, -9], [-9, -9, -9.5]]


def isolation(**options: object) -> Outliers:
    return Outliers.parse({"kind": "isolation", "trees": 30, "samples": 64, **options})


@pytest.mark.parametrize("samples", [2, 50, 64, 256])
def test_scores_equal_scikit_learn(samples):
    """Trees in arrays give scikit-learn's scores: 2 to minus the relative mean path."""
    spec = isolation(samples=samples)
    state = spec.learn(X, None, None, 5)
    seen = X.to_numpy(np.float32)
    forest = IsolationForest(n_estimators=30, max_samples=samples, random_state=5).fit(seen)
    usual = _forest._unsearched(np.array([samples]))[0]
    np.testing.assert_allclose(-(2.0 ** (-_forest._paths(seen, state) / 30 / usual)), forest.score_samples(seen))


def test_planted_rows_are_found():
    """Rows that are far out in all columns are flagged, and about ``share`` of all rows."""
    spec = isolation(share=0.02)
    state = spec.learn(X, None, None, 0)
    flag = spec.apply(X, state)["row is outlying"]
    assert flag.iloc[:4].tolist() == [1.0] * 4
    assert 4 <= flag.sum() <= 8
    assert f"{int(flag.sum())} outlying rows of 400" in spec.notes(state)[0].text
    assert spec.lineage(state) == {"row is outlying": ("a", "b", "c")}


def test_remove_drops_training_rows():
    """With ``remove`` outlying training rows are dropped, and new rows are unchanged."""
    spec = isolation(share=0.02, action="remove")
    state = spec.learn(X, None, None, 0)
    kept = spec.keep(X, state)
    assert not kept[:4].any()
    assert (~kept).sum() == state["removed"] > 0
    assert spec.apply(X, state) is X


def test_a_row_is_flagged_independently():
    """Its flag is the same alone and in a batch, with and without missing values."""
    holes = X.mask(DRAW.random(X.shape) < 0.1)
    spec = isolation(share=0.1)
    state = spec.learn(holes, None, None, 0)
    whole = spec.apply(holes, state)
    assert pd.concat([spec.apply(holes.iloc[[i]], state) for i in range(40)]).equals(whole.iloc[:40])


def test_missing_values_count_as_medians():
    """A missing value counts as the column's median, and stays missing in the output."""
    spec = isolation()
    state = spec.learn(X, None, None, 0)
    out = spec.apply(pd.DataFrame({"a": [np.nan], "b": [np.nan], "c": [np.nan]}), state)
    assert out["row is outlying"].tolist() == [0.0]
    assert out[["a", "b", "c"]].isna().all(axis=None)


def test_a_table_without_numbers_is_unchanged():
    """A table without numbers that are not codes is left as it is, with a note."""
    frame = pd.DataFrame({"code": [0.0, 1.0, 1.0]})
    spec = isolation()
    state = spec.learn(frame, None, None, 0)
    assert spec.apply(frame, state).equals(frame)
    assert "No outlying rows were looked for" in spec.notes(state)[0].text


def test_large_tables_are_sampled(monkeypatch):
    """For large tables the limit is learned from a sample."""
    monkeypatch.setattr(_forest, "ROWS", 100)
    spec = isolation(share=0.05)
    state = spec.learn(X, None, None, 0)
    assert 4 <= state["outlying"] <= 60
