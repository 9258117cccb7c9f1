"""Weights, and the correction of probabilities to the true shares."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from custpred.resample._prior import correction, shares
from custpred.resample.base import Resample

some_shares = st.lists(st.floats(0.01, 1.0), min_size=2, max_size=6).map(lambda parts: np.array(parts) / sum(parts))


def softmax(raw: np.ndarray) -> np.ndarray:
    odds = np.exp(raw - raw.max(axis=1, keepdims=True))
    return odds / odds.sum(axis=1, keepdims=True)


@settings(derandomize=True, max_examples=50, deadline=None)
@given(some_shares)
def test_equal_shares_change_nothing(true):
    """Without resampling the correction is 0."""
    assert correction(true, true) == pytest.approx(0)


@settings(derandomize=True, max_examples=50, deadline=None)
@given(some_shares, st.integers(0, 2**31))
def test_bayes_rule_is_undone(true, seed):
    """The effect of changed shares by Bayes' rule is undone exactly, for any number of classes."""
    draw = np.random.default_rng(seed)
    trained = draw.dirichlet(np.ones(len(true))) * 0.9 + 0.1 / len(true)
    likelihood = draw.random((20, len(true))) + 0.01
    right, learned = likelihood * true, likelihood * trained
    raw = np.log(learned / learned.sum(axis=1, keepdims=True))
    if len(true) == 2:
        logit = raw[:, 1] - raw[:, 0] + correction(true, trained)
        found = np.column_stack([1 / (1 + np.exp(logit)), 1 / (1 + np.exp(-logit))])
    else:
        found = softmax(raw + correction(true, trained))
    np.testing.assert_allclose(found, right / right.sum(axis=1, keepdims=True), rtol=1e-9)


def test_binary_by_hand():
    """From 1 in 2 to 1 in 10: the odds are divided by 9."""
    assert correction(np.array([0.9, 0.1]), np.array([0.5, 0.5])) == pytest.approx([-np.log(9)])


def test_class_without_rows():
    """A class that never occurs gets 0; one that occurs but was not trained on is an error."""
    assert correction(np.array([0.5, 0.5, 0.0]), np.array([0.5, 0.5, 0.0])).tolist() == [0, 0, 0]
    with pytest.raises(ValueError, match="every class"):
        correction(np.array([0.5, 0.5]), np.array([1.0, 0.0]))


@pytest.mark.parametrize("kind", ["over", "under", "smote", "weights", "none"])
def test_calibrated_after_correction(kind):
    """After resampling or weighting, the corrected mean is the true share."""
    import pandas as pd

    draw = np.random.default_rng(0)
    y = (draw.random(20_000) < 0.1).astype(int)
    X = pd.DataFrame({"x": draw.normal(size=len(y)) + y, "z": draw.normal(size=len(y))})
    spec = Resample.parse(kind)
    rows, target = spec.resample(X, y, 0)
    weight = spec.weights(target)
    model = LogisticRegression().fit(rows, target, sample_weight=weight)
    raw = model.decision_function(X)
    shift = correction(shares(y, 2), shares(target, 2, weight))
    said, uncorrected = (float(np.mean(1 / (1 + np.exp(-each)))) for each in (raw + shift, raw))
    assert said == pytest.approx(y.mean(), rel=0.1)
    assert (abs(uncorrected - y.mean()) > 0.15) == (kind != "none")


@settings(derandomize=True, max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=60))
def test_weights_balance_classes(codes):
    """Weights have mean 1, and every class has the same total weight."""
    y = np.array(codes)
    weight = Resample.parse("weights").weights(y)
    assert weight.mean() == pytest.approx(1)
    part = shares(y, 5, weight)
    assert part[part > 0] == pytest.approx(1 / len(set(codes)))


def test_other_kinds_have_no_weights():
    """The other kinds give no weights."""
    assert {kind for kind in Resample.kinds() if Resample.parse(kind).weights(np.array([0, 1])) is not None} == {
        "weights"
    }
