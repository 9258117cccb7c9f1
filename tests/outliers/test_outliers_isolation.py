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
def test_paths_are_scikit_learns(samples):
    """Trees in arrays give scikit-learn's scores: 2 to the power of minus the mean path as a share of the usual."""
    spec = isolation(samples=samples)
    state = spec.learn(X, None, None, 5)
    seen = X.to_numpy(np.float32)
    forest = IsolationForest(n_estimators=30, max_samples=samples, random_state=5).fit(seen)
    usual = _forest._unsearched(np.array([samples]))[0]
    np.testing.assert_allclose(-(2.0 ** (-_forest._paths(seen, state) / 30 / usual)), forest.score_samples(seen))


def test_planted_rows_are_found():
    """Rows that are far out in all columns are flagged, and about ``share`` of the rows in all."""
    spec = isolation(share=0.02)
    state = spec.learn(X, None, None, 0)
    flag = spec.apply(X, state)["row is outlying"]
    assert flag.iloc[:4].tolist() == [1.0] * 4
    assert 4 <= flag.sum() <= 8
    assert f"{int(flag.sum())} outlying rows of 400" in spec.notes(state)[0].text
    assert spec.lineage(state) == {"row is outlying": ("a", "b", "c")}


def test_remove():
    """With ``remove`` the outlying training rows go, and a table of new rows stays as it is."""
    spec = isolation(share=0.02, action="remove")
    state = spec.learn(X, None, None, 0)
    kept = spec.keep(X, state)
    assert not kept[:4].any()
    assert (~kept).sum() == state["removed"] > 0
    assert spec.apply(X, state) is X


def test_a_row_alone_gets_the_same_answer():
    """One row's flag is the same to the bit, alone and among others, with and without missing values."""
    holes = X.mask(DRAW.random(X.shape) < 0.1)
    spec = isolation(share=0.1)
    state = spec.learn(holes, None, None, 0)
    whole = spec.apply(holes, state)
    assert pd.concat([spec.apply(holes.iloc[[i]], state) for i in range(40)]).equals(whole.iloc[:40])


def test_gaps_count_as_medians_and_stay():
    """A missing value is judged as the column's median, and stays a missing value in the output."""
    spec = isolation()
    state = spec.learn(X, None, None, 0)
    out = spec.apply(pd.DataFrame({"a": [np.nan], "b": [np.nan], "c": [np.nan]}), state)
    assert out["row is outlying"].tolist() == [0.0]
    assert out[["a", "b", "c"]].isna().all(axis=None)


def test_without_numbers():
    """A table without numbers that are not codes is left as it is, with a note."""
    frame = pd.DataFrame({"code": [0.0, 1.0, 1.0]})
    spec = isolation()
    state = spec.learn(frame, None, None, 0)
    assert spec.apply(frame, state).equals(frame)
    assert "No outlying rows were looked for" in spec.notes(state)[0].text


def test_large_tables_are_sampled(monkeypatch):
    """Beyond a number of rows, a sample of them is enough to learn the limit."""
    monkeypatch.setattr(_forest, "ROWS", 100)
    spec = isolation(share=0.05)
    state = spec.learn(X, None, None, 0)
    assert 4 <= state["outlying"] <= 60
