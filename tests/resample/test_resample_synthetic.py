"""Rows repeated, dropped and synthesised."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import OneHotEncoder

from custpred.errors import NotApplicable
from custpred.resample import _synthetic
from custpred.resample._synthetic import FastOneHot
from custpred.resample.base import Resample
from custpred.task import Task

BINARY = Task("binary", "left", ("no", "yes"))


def numbers(*counts: int, seed: int = 0, apart: float = 1.0) -> tuple[pd.DataFrame, np.ndarray]:
    draw = np.random.default_rng(seed)
    y = np.repeat(np.arange(len(counts)), counts)
    X = pd.DataFrame({"a": draw.normal(size=len(y)) + apart * y, "b": 1000 * draw.normal(size=len(y))})
    return X, y


def test_sample_indices():
    """Over- and undersampling give the indices of their rows; synthetic rows have none."""
    X, y = numbers(60, 20)
    for kind in ("over", "under"):
        sampler = Resample.parse(kind).build(BINARY)
        new, _ = sampler.fit_resample(X, y)
        assert np.array_equal(new.to_numpy(), X.to_numpy()[sampler.sample_indices_])
    sampler = Resample.parse("smote").build(BINARY)
    sampler.fit_resample(X, y)
    assert sampler.sample_indices_ is None


@pytest.mark.parametrize("kind", ["smote", "adasyn"])
def test_synthetic_rows_lie_in_the_range_of_their_class(kind):
    """They are not mere repeats."""
    X, y = numbers(200, 30)
    new, target = Resample.parse(kind).resample(X, y, 0)
    made, own = new.iloc[len(X) :], X[y == 1]
    assert (target[len(X) :] == 1).all()
    assert ((made >= own.min() - 1e-9) & (made <= own.max() + 1e-9)).all(axis=None)
    assert not made["a"].isin(own["a"]).all()


def test_codes_are_kept_exactly():
    """A 0/1 column that is constant in the class stays exactly 1, whatever the scaling."""
    X, y = numbers(90, 20)
    X["flag"] = (y == 1).astype(float) * 0.1
    new, target = Resample.parse("smote").resample(X, y, 0)
    assert set(new["flag"][target == 1]) == {0.1}


def test_synthetic_categories_are_known_levels():
    """New rows take levels that rows of their class have."""
    X, y = numbers(90, 20)
    X["plan"] = pd.Categorical(np.where(y == 1, "rare", "usual"), categories=["rare", "unused", "usual"])
    new, target = Resample.parse("smote").resample(X, y, 0)
    assert set(new["plan"][target == 1]) == {"rare"}


@pytest.mark.parametrize("kind", ["smote", "adasyn"])
def test_tiny_classes(kind):
    """A class of three rows has two neighbours, a class of one row is repeated; both are noted."""
    X, y = numbers(50, 3, 1, apart=0.1)
    drawn = Resample.parse(kind).draw(X, y, 0)
    texts = " ".join(note.text for note in drawn.notes)
    assert np.bincount(drawn.y).tolist() == [50, 50, 50]
    assert "3 rows has 2 neighbours" in texts
    assert "one row was repeated" in texts
    assert (drawn.X[drawn.y == 2] == X.iloc[53]).all(axis=None)


def test_adasyn_prefers_the_border():
    """ADASYN makes more rows near the other class than SMOTE."""
    X, y = numbers(400, 60, apart=3.0)
    means = {k: Resample.parse(k).resample(X[["a"]], y, 0)[0]["a"].iloc[460:].mean() for k in ("smote", "adasyn")}
    assert means["adasyn"] < means["smote"] - 0.3


def test_adasyn_falls_back_for_separate_classes():
    """If no row of another class is near, SMOTE makes the rows, with a note."""
    X, y = numbers(60, 20, apart=1e6)
    sampler = Resample.parse("adasyn").build(BINARY)
    _, target = sampler.fit_resample(X[["a"]], y)
    assert np.bincount(target).tolist() == [60, 60]
    assert "SMOTE made the rows" in sampler.notes_[0].text


def test_adasyn_falls_back_on_categories():
    """With categories, SMOTE makes the rows, with a note."""
    X, y = numbers(60, 20)
    drawn = Resample.parse("adasyn").draw(X.assign(k=pd.Categorical(["u", "v"] * 40)), y, 0)
    assert ["categories" in note.text for note in drawn.notes] == [True]


@pytest.mark.parametrize("column", [[np.nan, *range(79)], [np.inf, *range(79)], pd.Categorical([None, *"a" * 79])])
@pytest.mark.parametrize("kind", ["smote", "adasyn"])
def test_missing_values_are_declined(kind, column):
    """Missing values in numbers and categories are declined by name."""
    X, y = numbers(60, 20)
    with pytest.raises(NotApplicable, match="without missing values.*strange"):
        Resample.parse(kind).resample(X.assign(strange=column), y, 0)


@pytest.mark.parametrize("keep", [["a", "day", "remark"], ["day", "remark"]])
def test_dates_and_texts_are_copied(keep, recwarn):
    """Dates and texts come from a row of the same class, with a note, numbers do not."""
    X, y = numbers(60, 20)
    X["day"] = pd.Series(pd.date_range("2024-01-01", periods=80)).where(y == 1)
    X["remark"] = pd.Series([None, "x"] * 40, dtype=object)
    drawn = Resample.parse("smote").draw(X[keep], y, 0)
    assert np.bincount(drawn.y).tolist() == [60, 60]
    assert drawn.X.dtypes.to_dict() == X[keep].dtypes.to_dict()
    assert set(drawn.X["day"][drawn.y == 1]) == set(X["day"][y == 1])
    assert "day, remark" in drawn.notes[0].text
    assert len(recwarn) == 0


def test_synthetic_kinds_need_filled_values():
    """They declare that missing values must be imputed first."""
    needs = {kind: Resample.parse(kind).needs() for kind in Resample.kinds()}
    assert {kind for kind, need in needs.items() if "filled" in need} == {"smote", "adasyn"}
    assert {kind for kind, need in needs.items() if "numbers" in need} == {"adasyn"}


@pytest.mark.parametrize("kind", ["smote", "adasyn"])
def test_large_classes_are_sampled(kind, monkeypatch):
    """Large classes are represented by a sample of rows; the balance is still reached."""
    monkeypatch.setattr(_synthetic, "MOST", 20)
    monkeypatch.setattr(_synthetic, "MAX_OTHER_ROWS", 30)
    X, y = numbers(300, 100)
    assert np.bincount(Resample.parse(kind).resample(X, y, 0)[1]).tolist() == [300, 300]


def test_decoding_equals_scikit_learn():
    """Fast decoding of one-hot columns gives scikit-learn's result."""
    levels = np.random.default_rng(0).integers(0, 4, (50, 3)).astype(float)
    slow, fast = OneHotEncoder().fit(levels), FastOneHot().fit(levels)
    assert np.array_equal(
        fast.inverse_transform(fast.transform(levels)), slow.inverse_transform(slow.transform(levels))
    )


def test_low_memory(monkeypatch):
    """Rows are made in several calls to save memory, and repeated if even few would not fit."""
    X, y = numbers(400, 40)
    X["k"] = pd.Categorical(np.arange(440) % 7)
    X["k"] = X["k"].cat.rename_categories(str)
    monkeypatch.setattr(_synthetic, "MEMORY", 8 * 6 * 9 * 150)
    drawn = Resample.parse("smote").draw(X, y, 0)
    assert np.bincount(drawn.y).tolist() == [400, 400]
    assert drawn.X.iloc[440:].duplicated().sum() == 0
    monkeypatch.setattr(_synthetic, "MEMORY", 100)
    drawn = Resample.parse("smote").draw(X, y, 0)
    assert "Too many levels" in drawn.notes[0].text
    assert np.bincount(drawn.y).tolist() == [400, 400]


def test_one_class_is_not_resampled():
    """A single class needs no resampling."""
    X, y = numbers(30)
    for kind in Resample.kinds():
        assert len(Resample.parse(kind).resample(X, y, 0)[1]) == 30
