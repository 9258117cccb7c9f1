"""Target means describe levels and never the row itself."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custpred.features import _means
from custpred.features.target_mean import TargetMean
from custpred.task import Task

BINARY = Task("binary", "left", ("no", "yes"))
VALUE = Task("regression", "spend")
rules = settings(max_examples=50, deadline=None, derandomize=True)


def category(values: list[str | None]) -> pd.DataFrame:
    return pd.DataFrame({"city": pd.Categorical(values)})


def test_smoothed_mean_by_hand():
    """Two rows of mean 1, prior 0.5, smoothing 2: (2 * 1 + 2 * 0.5) / (2 + 2) = 0.75."""
    spec = TargetMean(min_levels=1, min_rows=1, smoothing=2)
    state = spec.learn(category(["a", "a", "b", "b"]), np.array([1, 1, 0, 0]), BINARY, 0)
    out = spec.apply(category(["a", "b", "new", None]), state)
    np.testing.assert_allclose(out["city: target mean"], [0.75, 0.25, 0.5, 0.5])


@rules
@given(
    levels=st.lists(st.sampled_from(["a", "b", "c", None]), min_size=2, max_size=40),
    seed=st.integers(0, 99),
    data=st.data(),
)
def test_a_rows_own_label_is_not_used(levels, seed, data):
    """Changing a training row's label does not change its own features."""
    spec, frame = TargetMean(of="city", folds=3, min_rows=1), category(levels)
    y = np.random.default_rng(seed).normal(size=len(levels))
    row = data.draw(st.integers(0, len(levels) - 1))
    changed = y.copy()
    changed[row] = data.draw(st.sampled_from([-1e12, 0.0, 1e12]))
    first = spec.learn_apply(frame, y, VALUE, seed)[1]["city: target mean"].iloc[row]
    second = spec.learn_apply(frame, changed, VALUE, seed)[1]["city: target mean"].iloc[row]
    assert first == second or (np.isnan(first) and np.isnan(second))


@rules
@given(st.integers(2, 200), st.integers(2, 10))
def test_folds_are_even(rows, folds):
    """Folds differ by one row at most."""
    sizes = np.bincount(_means.assigned(rows, folds, 0), minlength=folds)
    assert sizes.max() - sizes.min() <= 1


def test_folds_do_not_follow_the_file():
    """If every fifth customer of the file buys, five folds still have about as many buyers each."""
    fold, y = _means.assigned(1000, 5, 0), np.arange(1000) % 5 == 0
    assert 20 < min(np.bincount(fold[y], minlength=5)) <= max(np.bincount(fold[y], minlength=5)) < 60


def test_noise_levels_do_not_leak_the_target():
    """With one level per customer, training values are unrelated to the target."""
    draw = np.random.default_rng(0)
    frame, y = category([f"id {number}" for number in range(400)]), draw.integers(0, 2, 400)
    state, out = TargetMean(smoothing=0, min_rows=1).learn_apply(frame, y, BINARY, 0)
    assert abs(np.corrcoef(out["city: target mean"], y)[0, 1]) < 0.2
    assert np.array_equal(TargetMean(smoothing=0, min_rows=1).apply(frame, state)["city: target mean"], y)


def test_classes_have_a_column_each():
    """Three classes give three columns whose values sum to 1."""
    task = Task("multiclass", "plan", ("x", "y", "z"))
    frame, y = category(list("aabbcc") * 5), np.arange(30) % 3
    _, out = TargetMean(min_levels=1).learn_apply(frame, y, task, 0)
    assert list(out.columns[1:]) == [f"city: target mean ({label})" for label in "xyz"]
    np.testing.assert_allclose(out.iloc[:, 1:].sum(axis=1), 1, rtol=1e-5)


def test_interacting_pairs_are_found():
    """If the target is whether two columns agree, their pair is found, and no other."""
    draw = np.random.default_rng(3)
    frame = pd.DataFrame({name: pd.Categorical(draw.choice(["u", "v"], 2000)) for name in ("one", "two", "three")})
    y = (frame["one"].astype(str) == frame["two"].astype(str)).to_numpy().astype(int)
    spec = TargetMean(pairs=2)
    state, out = spec.learn_apply(frame, y, BINARY, 0)
    assert list(out.columns[3:]) == ["one & two: target mean"]
    assert np.corrcoef(out["one & two: target mean"], y)[0, 1] > 0.99
    assert spec.notes(state)[0].text.startswith("1 pair of categories predicts better")
    unseen = frame.iloc[:1].assign(one=pd.Categorical(["new"]))
    assert spec.apply(unseen, state)["one & two: target mean"].iloc[0] == pytest.approx(y.mean())


def test_noise_gives_no_pairs():
    """If nothing is related to the target, no pair is found."""
    draw = np.random.default_rng(4)
    frame = pd.DataFrame({f"c{place}": pd.Categorical(draw.choice(list("abcdefgh"), 600)) for place in range(10)})
    state = TargetMean(pairs=5).learn(frame, draw.integers(0, 2, 600), BINARY, 0)
    assert "groups" not in state


def test_named_codes_have_means():
    """Codes are levels if they are named; an unseen code gets the overall mean."""
    frame = pd.DataFrame({"region": [1.0, 1.0, 2.0, 2.0]})
    spec = TargetMean(of="region", smoothing=0, min_rows=1)
    state = spec.learn(frame, np.array([1.0, 3.0, 5.0, 7.0]), VALUE, 0)
    out = spec.apply(pd.DataFrame({"region": [1.0, 2.0, 1.5, np.nan]}), state)
    np.testing.assert_allclose(out["region: target mean"], [2, 6, 4, 4])


def test_r2_is_explained_variance():
    """A fixing grouping explains nearly all, a constant nothing, a random one less than nothing."""
    draw = np.random.default_rng(0)
    y = draw.integers(0, 2, 1000)
    r2 = _means.cross_fitted_r2(_means.goals(y, BINARY), 0)
    assert r2(y, 2) > 0.98
    assert r2(np.zeros(1000, dtype=int), 1) == pytest.approx(0, abs=1e-12)
    assert r2(draw.integers(0, 100, 1000), 100) < 0


def test_noise_stays_below_the_bound():
    """Of 300 random groupings, not one gains more than the bound."""
    draw = np.random.default_rng(1)
    y = draw.integers(0, 2, 1000)
    r2 = _means.cross_fitted_r2(_means.goals(y, BINARY), 0)
    groups = draw.integers(0, 8, (300, 1000))
    gains = [r2(each, 8) for each in groups]
    assert max(gains) < _means.noise(groups[0], 8, 300)


@rules
@given(st.lists(st.one_of(st.floats(-5, 5), st.just(float("nan"))), min_size=1, max_size=60))
def test_equal_values_share_a_bin(values):
    """Bins are in range, rise with the value, and never part equal values."""
    values = np.array(values)
    bins, count = _means.binned(values, 4)
    assert bins.min() >= 0
    assert bins.max() < count
    order = np.argsort(values)
    known = order[~np.isnan(values[order])]
    assert np.all(np.diff(bins[known]) >= 0)
    assert np.all(bins[np.isnan(values)] == 0)
    assert all(len(set(bins[values == value])) == 1 for value in values[known])
