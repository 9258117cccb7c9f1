"""Row weights: from a column to models, blending, calibration, scores and intervals."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import custpred as cp
from custpred.calibrate._choose import explained
from custpred.calibrate.base import Calibrate
from custpred.ensemble._library import Library
from custpred.ensemble.base import Ensemble
from custpred.errors import DataError, NotApplicable, RecipeError
from custpred.metrics.base import Metric
from custpred.resample._prior import correction
from custpred.target._weights import with_weights
from custpred.target.base import Target
from custpred.task import Task
from custpred.training._rows.weights import of_prepared, of_rows

N = 900
DRAW = np.random.default_rng(0)
X = pd.DataFrame(DRAW.normal(size=(N, 3)), columns=["a", "b", "c"])
Y = pd.Series(np.where(DRAW.random(N) < 1 / (1 + np.exp(-1.5 * X["a"] - X["b"] + 1.5)), "yes", "no"), name="left")
WEIGHT = np.where(Y == "yes", 4.0, 1.0)
LEAN: dict[str, Any] = {
    "budget": {"jobs": 1},
    "engine": "inline",
    "models": ["logistic"],
    "search": "none",
    "split": {"kind": "stratified", "folds": 2, "test": 0.25},
}
OPTIONS = {"engine": "inline", "split": {"kind": "plain", "folds": 2}}
BINARY = Task("binary", "left", ("no", "yes"))


def mean(result: Any) -> float:
    return float(result.predict_proba(X)["yes"].mean())


def table(weight: Any) -> Any:
    """Return labelled customers with a column of weights."""
    from custpred.source._typing.typed_table import typed

    frame = X.assign(left=Y, w=weight)
    return Target.parse({"kind": "column", "column": "left"}).label(typed(frame, types={"w": "number"}))


@pytest.fixture(scope="module")
def plain() -> cp.Result:
    """Train without weights."""
    return cp.fit(X, target=Y, **LEAN)


@pytest.fixture(scope="module")
def weighted() -> cp.Result:
    """Train with weights."""
    return cp.fit(X, target=Y, sample_weight=WEIGHT, **LEAN)


def test_equal_weights_change_nothing(plain: cp.Result) -> None:
    """A weight of 3 everywhere gives a bit-identical model and scores, with a finding."""
    equal = cp.fit(X, target=Y, sample_weight=np.full(N, 3.0), **LEAN)
    np.testing.assert_array_equal(plain.predict_proba(X), equal.predict_proba(X))
    for part in ("test", "cv"):  # the ends of some intervals depend on the time that is left to draw
        one, other = getattr(plain.record, part), getattr(equal.record, part)
        assert {name: each.value for name, each in one.items()} == {name: each.value for name, each in other.items()}
    assert "T207" in {each.code for each in equal.record.data.findings}


def test_weights_count_like_repeated_rows(plain: cp.Result, weighted: cp.Result) -> None:
    """Integer weights give about the results of a table with repeated rows."""
    again = np.repeat(np.arange(N), WEIGHT.astype(int))
    frame = X.iloc[again].assign(left=Y.iloc[again].to_numpy()).reset_index(drop=True)
    repeated = cp.fit(frame, target="left", **LEAN)
    assert mean(weighted) == pytest.approx(mean(repeated), abs=0.02)
    assert mean(weighted) > mean(plain) + 0.15
    for metric in ("roc_auc", "pr_auc", "log_loss", "brier"):
        assert weighted.record.test[metric].value == pytest.approx(repeated.record.test[metric].value, abs=0.1)
        low, high = weighted.record.test[metric].low, weighted.record.test[metric].high
        assert low < weighted.record.test[metric].value < high


def test_the_weight_column_is_not_a_feature(weighted: cp.Result) -> None:
    """The report says that scores are weighted."""
    frame = X.assign(left=Y, survey=WEIGHT)
    found = cp.fit(frame, target="left", weight="survey", report={"language": "ko"}, **LEAN)
    assert "survey" not in found.record.data.kinds
    assert found.predict_proba(X).shape == (N, 2)
    assert any("survey" in each.text for each in found.record.data.findings if each.code == "T206")
    assert found.record.recipe["weight"] == "survey"
    assert found.record.test["roc_auc"].value == weighted.record.test["roc_auc"].value


def test_rows_of_weight_zero_are_left_out() -> None:
    """They are dropped before the split, and counted."""
    weight = np.where(np.arange(N) % 5 == 0, 0.0, 2.0)
    found = with_weights(table(weight), "w")
    assert len(found.table) == len(found.truth) == int((weight > 0).sum())
    assert found.weight is None and "w" not in found.table.names
    assert [each.numbers["rows"] for each in found.table.findings if each.code == "T205"] == [N - len(found.truth)]


@pytest.mark.parametrize(
    ("wrong", "word"),
    [(np.nan, "missing"), (-1.0, "negative"), ("heavy", "missing")],
)
def test_invalid_weights_are_refused(wrong: Any, word: str) -> None:
    """Missing and negative weights are errors with their rows."""
    weight = pd.Series(WEIGHT, dtype=object)
    weight[7] = wrong
    with pytest.raises(DataError, match=word) as caught:
        with_weights(table(weight), "w")
    assert caught.value.code == "CP2213" and caught.value.column == "w"


def test_a_class_without_weight_is_refused() -> None:
    """A class whose rows have weight 0 cannot be learned."""
    with pytest.raises(DataError, match="of a class"):
        with_weights(table(np.where(Y == "yes", 0.0, 1.0)), "w")


@pytest.mark.parametrize("resample", ["weights", "over", "under"])
def test_weights_multiply_with_resampling(resample: str, weighted: cp.Result) -> None:
    """Balanced training gives probabilities for the weighted class shares."""
    balanced = cp.fit(X, target=Y, sample_weight=WEIGHT, resample=resample, calibrate="none", **LEAN)
    assert mean(balanced) == pytest.approx(mean(weighted), abs=0.05)


@pytest.mark.parametrize("resample", ["smote", "adasyn"])
def test_weights_and_synthetic_rows_are_refused(resample: str) -> None:
    """The recipe is refused before any data is read."""
    with pytest.raises(RecipeError, match="creates rows"):
        cp.fit(X, target=Y, sample_weight=WEIGHT, resample=resample, **LEAN)


def test_sample_weight_and_weight_are_exclusive() -> None:
    """Giving both is a mistake."""
    with pytest.raises(RecipeError, match="leave out one of the two"):
        cp.fit(X.assign(w=WEIGHT), target=Y, sample_weight=WEIGHT, weight="w", **LEAN)


def test_estimators_accept_weights() -> None:
    """``CustomerClassifier`` and ``CustomerRegressor`` learn from weighted rows."""
    fitted = cp.CustomerClassifier(budget={"jobs": 1, "work": 3}, models=["logistic"], options=OPTIONS)
    fitted.fit(X, Y, sample_weight=WEIGHT)
    assert fitted.predict_proba(X)[:, 1].mean() > (Y == "yes").mean() + 0.1
    value = np.where(X["a"] > 0, 10.0, 0.0) + DRAW.normal(size=N)
    regressor = cp.CustomerRegressor(budget={"jobs": 1, "work": 3}, models=["linear"], options=OPTIONS)
    heavy = regressor.fit(X[["c"]], value, sample_weight=np.where(value > 5, 9.0, 1.0)).predict(X[["c"]])
    assert heavy.mean() > value.mean() + 2


@pytest.mark.parametrize("kind", ["sigmoid", "isotonic"])
@pytest.mark.parametrize("classes", [2, 3])
def test_calibration_counts_weights_like_repeats(kind: str, classes: int) -> None:
    """A map fitted with integer weights is that of repeated rows."""
    task = replace(BINARY, labels=tuple("abc"[:classes]), kind="binary" if classes == 2 else "multiclass")
    draw = np.random.default_rng(3)  # its own: the order of tests does not change it
    raw = draw.normal(size=(400, classes)) if classes > 2 else draw.normal(size=400)
    truth = (task.inverse_link(2 * raw).cumsum(axis=1)[:, :-1] < draw.random((400, 1))).sum(axis=1)
    weight = draw.integers(1, 4, 400).astype(float)
    again = np.repeat(np.arange(400), weight.astype(int))
    spec = Calibrate.parse(kind)
    one = spec.apply(raw, spec.learn(raw, truth, task, weight=weight), task)
    other = spec.apply(raw, spec.learn(raw[again], truth[again], task), task)
    np.testing.assert_allclose(one, other, atol=0.02)


def test_synthetic_rows_have_no_weight() -> None:
    """Synthetic rows of weighted ones are refused; copies keep the weight of their original."""
    fit, weight = np.array([4, 2, 0]), np.arange(1.0, 6.0)
    with pytest.raises(NotApplicable, match="Synthetic rows have no weight"):
        of_prepared(weight, fit, np.array([0, 1, -1]), None)
    assert of_prepared(None, fit, np.array([0, -1]), None) is None
    copied = of_prepared(weight, fit, np.array([0, 0, 2]), None)
    np.testing.assert_allclose(copied, np.array([5, 5, 1]) * 3 / 11)


def test_the_choice_of_a_calibration_uses_weights() -> None:
    """A step that only rows of weight 0 show is not fitted."""
    raw = DRAW.normal(size=4000)
    true = DRAW.random(4000) < 1 / (1 + np.exp(-raw))
    lies = np.arange(4000) % 2 == 0
    truth = np.where(lies, raw < 0, true).astype(int)
    assert explained(raw, truth, BINARY, 0, np.where(lies, 1e-9, 1.0)).calibrate.kind() == "none"
    assert explained(raw, truth, BINARY, 0).calibrate.kind() != "none"


@pytest.mark.parametrize("kind", Ensemble.kinds())
def test_blending_uses_weights(kind: str) -> None:
    """The member that is right on rows with weight is chosen."""
    truth = (DRAW.random(600) < 0.5).astype(int)
    heavy = np.arange(600) < 200
    good, noise = (2.0 * truth - 1) * 3, DRAW.normal(size=600)
    raws = [np.where(heavy, good, noise), np.where(heavy, noise, good)]
    metric = Metric.parse("log_loss")
    weigh = Ensemble.parse(kind).weigh
    shares = weigh(Library(raws, truth, BINARY, metric, np.where(heavy, 50.0, 1.0)))
    assert shares[0] > 0.8 and weigh(Library(raws, truth, BINARY, metric))[1] > shares[1]


def test_combined_weights_have_mean_one() -> None:
    """Row weights times class weights have mean 1, so that penalties are relative to row counts."""
    weight, rows = np.array([1.0, 2.0, 3.0, 6.0]), np.array([0, 2, 3])
    assert of_rows(None, rows) is None
    np.testing.assert_allclose(of_rows(weight, rows), np.array([1, 3, 6]) * 0.3)
    np.testing.assert_allclose(of_rows(weight, rows, np.array([3.0, 1.0, 0.5])), np.ones(3))
    assert correction(np.array([0.5, 0.5]), np.array([0.5, 0.5])).tolist() == [0.0]
