"""Numbers imputed from other numbers: nearest neighbours and regressions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.impute import KNNImputer

from custpred.columns.sampling import sampled
from custpred.missing import _chained, _neighbours
from custpred.missing.base import Missing


def related(rows: int, columns: int = 5, share: float = 0.2, seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return columns with two common causes, complete and with missing values."""
    draw = np.random.default_rng(seed)
    whole = draw.normal(size=(rows, 2)) @ draw.normal(size=(2, columns)) + 0.1 * draw.normal(size=(rows, columns))
    names = [f"x{i}" for i in range(columns)]
    missing = np.where(draw.random(whole.shape) < share, np.nan, whole)
    return pd.DataFrame(whole * 100, columns=names), pd.DataFrame(missing * 100, columns=names)


def error(kind: object, new_seed: int = 1) -> float:
    """Return the mean absolute error of imputed values of new rows."""
    spec = Missing.parse(kind)
    state = spec.learn(related(600)[1], None, None, 0)
    draw = np.random.default_rng(new_seed)
    whole, _ = related(600)
    holes = whole.mask(draw.random(whole.shape) < 0.15)
    return float((spec.apply(holes, state) - whole).abs().to_numpy()[holes.isna()].mean())


@pytest.mark.parametrize("kind", ["knn", "regression"])
def test_related_columns_help(kind):
    """If columns are related, imputed values are much better than the mean."""
    assert error(kind) < 0.5 * error("mean")


@pytest.mark.parametrize("share", [0.05, 0.3, 0.7])
def test_knn_equals_scikit_learn(share):
    """The result is scikit-learn's ``KNNImputer`` on standardised numbers."""
    _, missing = related(150, share=share)
    spec = Missing.parse({"kind": "knn", "neighbours": 4})
    mean, deviation = missing.mean(), missing.std(ddof=0)
    truth = (
        KNNImputer(n_neighbors=4).fit_transform((missing - mean) / deviation) * deviation.to_numpy() + mean.to_numpy()
    )
    alone = missing.isna().all(axis=1).to_numpy()
    out = spec.apply(missing, spec.learn(missing, None, None, 0)).to_numpy()
    np.testing.assert_allclose(out[~alone], truth[~alone], rtol=1e-9)


def test_knn_ties_do_not_depend_on_the_batch(monkeypatch):
    """With many tied donors, a row has the same neighbours alone and in any batch."""
    draw = np.random.default_rng(0)
    frame = pd.DataFrame(draw.integers(0, 3, (300, 4)).astype(float), columns=list("abcd"))
    frame["target"] = draw.normal(size=300)
    new = frame.assign(target=np.nan)
    spec = Missing.parse("knn")
    state = spec.learn(frame, None, None, 0)
    whole = spec.apply(new, state)
    monkeypatch.setattr(_neighbours, "CHUNK", 900)
    assert spec.apply(new, state).equals(whole)
    assert spec.apply(new.iloc[[7]], state).equals(whole.iloc[[7]])


def test_knn_donors_are_capped():
    """At most ``donors`` training rows are stored, sampled by the seed."""
    spec = Missing.parse({"kind": "knn", "donors": 50})
    first, same, other = (spec.learn(related(200)[1], None, None, seed)["fill"]["donors"] for seed in (1, 1, 2))
    assert first.shape == (50, 5)
    assert np.array_equal(first, same, equal_nan=True)
    assert not np.array_equal(first, other, equal_nan=True)


def test_knn_without_neighbours():
    """A row without comparable values gets the mean."""
    frame = pd.DataFrame({"a": [1.0, 2.0, 6.0], "b": [1.0, np.nan, 2.0]})
    spec = Missing.parse("knn")
    out = spec.apply(pd.DataFrame({"a": [np.nan], "b": [np.nan]}), spec.learn(frame, None, None, 0))
    assert out.iloc[0].tolist() == [3.0, 1.5]


def test_regression_finds_a_line():
    """A missing value in y = 2 x + 1 is on the line, up to the penalty, within the range."""
    x = np.linspace(0, 10, 101)
    frame = pd.DataFrame({"x": x, "y": 2 * x + 1})
    frame.loc[[30, 60], "y"] = np.nan
    spec = Missing.parse({"kind": "regression", "penalty": 1e-8})
    state = spec.learn(frame, None, None, 0)
    new = pd.DataFrame({"x": [3.0, 6.0, 1000.0], "y": [np.nan] * 3})
    assert spec.apply(new, state)["y"].tolist() == pytest.approx([7.0, 13.0, 21.0], rel=1e-6)


def test_regression_of_one_column():
    """A single column has no predictors and gets its mean."""
    frame = pd.DataFrame({"a": [1.0, 2.0, 6.0, np.nan]})
    spec = Missing.parse("regression")
    assert spec.apply(frame, spec.learn(frame, None, None, 0))["a"].iloc[3] == pytest.approx(3.0)


def test_regression_on_wide_tables():
    """With more columns than the limit, the most related ones are used."""
    _, missing = related(300, columns=60, share=0.02)
    spec = Missing.parse({"kind": "regression", "rounds": 1})
    state = spec.learn(missing, None, None, 0)
    assert state["fill"]["predictors"].shape[1] == 30
    assert (state["fill"]["predictors"] != state["fill"]["targets"][:, None]).all()
    assert spec.apply(missing, state).notna().all(axis=None)


def test_regression_on_a_sample_without_a_value_of_a_column(monkeypatch):
    """A column whose few values are not in the sample gets its mean, and spoils no other column."""
    monkeypatch.setattr(_chained, "CELLS", 1000)
    X = related(3000, 2)[1]
    X["rare"] = np.nan
    X.loc[[5, 2000], "rare"] = 7.0
    kept = X["rare"].notna().to_numpy()[sampled(3000, 1000, 1)]
    assert not kept.any()
    spec = Missing.parse("regression")
    filled = spec.apply(X, spec.learn(X, None, None, 1))
    assert filled["rare"].eq(7.0).all()
    assert filled.notna().all(axis=None)


@pytest.mark.parametrize("kind", ["knn", "regression", "mean"])
def test_infinite_values_stay_beside_missing_ones(kind):
    """A row with both gets its missing value filled; the infinite one is no missing value."""
    X = related(50, 3, share=0.0)[1]
    X.loc[3, ["x0", "x1"]] = np.inf, np.nan
    X.loc[4, "x0"] = np.nan
    spec = Missing.parse(kind)
    filled = spec.apply(X, spec.learn(X, None, None, 0))
    assert filled.notna().all(axis=None)
    assert np.isinf(filled).sum().tolist() == [1, 0, 0]


@pytest.mark.real
@pytest.mark.parametrize("kind", ["median", "mode", "knn", "regression", "constant"])
def test_customer_segmentation(kind, real):
    """Real customers have no missing values afterwards, and known values are unchanged."""
    raw = pd.read_csv(real("customer_segmentation/Train_aBjfeNk.csv"), index_col="ID")
    levels = raw.columns[[not pd.api.types.is_numeric_dtype(each) for each in raw.dtypes]]
    X = raw.astype(dict.fromkeys(raw.columns.difference(levels), "float64"))
    X[levels] = X[levels].astype("category")
    spec = Missing.parse(kind)
    out = spec.apply(X, spec.learn(X, None, None, 0))
    assert X.isna().any(axis=None)
    assert not out.isna().any(axis=None)
    assert (out.astype(object).where(X.notna()).fillna("gap") == X.astype(object).fillna("gap")).all(axis=None)
