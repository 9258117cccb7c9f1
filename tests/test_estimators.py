"""The scikit-learn estimators."""

from __future__ import annotations

import pickle
import warnings
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import cross_val_score
from sklearn.utils.estimator_checks import check_estimator, estimator_checks_generator

import custpred as cp

LEAN: dict[str, Any] = {
    "engine": "inline",
    "search": "none",
    "calibrate": "none",
    "split": {"kind": "stratified", "folds": 2},
    "missing": "leave",
    "features": [],
}


EXPECTED = {
    "check_sample_weight_equivalence_on_dense_data": "repeated rows fall into several folds, a weighted row into one"
}


def _classifier(**options: Any) -> cp.CustomerClassifier:
    keys = {**LEAN, **options}
    return cp.CustomerClassifier(budget={"jobs": 1}, models=["logistic"], metrics=["log_loss"], options=keys)


def _regressor(**options: Any) -> cp.CustomerRegressor:
    return cp.CustomerRegressor(budget={"jobs": 1}, models=["linear"], metrics=["rmse"], options={**LEAN, **options})


QUICK = {
    "check_estimators_unfitted",
    "check_no_attributes_set_in_init",
    "check_parameters_default_constructible",
    "check_estimator_cloneable",
    "check_do_not_raise_errors_in_init_or_set_params",
    "check_dont_overwrite_parameters",
    "check_methods_subset_invariance",
    "check_fit_idempotent",
    "check_dict_unchanged",
    "check_n_features_in_after_fitting",
    "check_fit1d",
    "check_complex_data",
    "check_estimators_empty_data_messages",
    "check_supervised_y_no_nan",
    "check_classifiers_one_label",
    "check_estimator_sparse_tag",
    "check_requires_y_none",
}
"""Checks that fit twice at most; all of them take most of a minute."""


def test_quick_scikit_learn_checks() -> None:
    """Parameters, clones, invalid input and fitted attributes follow scikit-learn."""
    checks = [each for each in estimator_checks_generator(_classifier()) if each[1].func.__name__ in QUICK]
    assert {check.func.__name__ for _, check in checks} == QUICK
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for estimator, check in checks:
            check(estimator)


@pytest.mark.slow
@pytest.mark.parametrize("estimator", [_classifier(), _regressor()], ids=["classifier", "regressor"])
def test_scikit_learn_checks(estimator: Any) -> None:
    """The estimators pass every scikit-learn check, without exception."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = check_estimator(estimator, on_fail=None, on_skip=None, expected_failed_checks=EXPECTED)
    assert {each["check_name"]: str(each["exception"]) for each in results if each["status"] == "failed"} == {}


def test_frames_keep_their_kinds(people: Any) -> None:
    """Categories, dates and missing values are used as they are; labels keep their type."""
    frame = people(240)
    X, y = frame.drop(columns=["left", "customer", "remark"]), frame["left"].to_numpy()
    fitted = _classifier().fit(X, y)
    assert fitted.result_.record.data.kinds["city"] == "category"
    assert set(fitted.predict(X)) <= {"yes", "no"}
    assert fitted.classes_.tolist() == ["no", "yes"]
    assert list(fitted.feature_names_in_) == list(X.columns)
    with pytest.raises(ValueError, match="feature names"):
        fitted.predict(X.drop(columns="city"))


@pytest.mark.parametrize(
    "labels",
    [[False, True], [3, 7], [-1.0, 1.0], ["b", "a"], ["10", "9", "1"]],
    ids=["bool", "int", "float", "text", "three"],
)
def test_labels_of_any_type(labels: list[Any]) -> None:
    """Labels of any type are predicted, each with a column of probabilities, sorted."""
    draw = np.random.default_rng(0)
    X = draw.normal(size=(150, 2))
    y = np.array(labels)[np.digitize(X[:, 0], [0.0] if len(labels) == 2 else [-0.5, 0.5])]
    fitted = _classifier(report={"language": "en"}).fit(X, y)
    assert fitted.classes_.tolist() == sorted(labels)
    assert fitted.predict(X).dtype == np.array(labels).dtype
    assert (fitted.predict(X) == y).mean() > 0.9
    np.testing.assert_array_equal(fitted.classes_[fitted.predict_proba(X).argmax(axis=1)], fitted.predict(X))


def test_estimators_work_in_cross_validation() -> None:
    """Cross-validation clones, fits and scores them."""
    draw = np.random.default_rng(1)
    X = draw.normal(size=(120, 2))
    scores = cross_val_score(_regressor(), X, X[:, 0] + 0.1 * draw.normal(size=120), cv=2)
    assert scores.min() > 0.9


def test_a_fitted_estimator_pickles() -> None:
    """It predicts the same after pickling, also if the original's folder is removed."""
    X = np.random.default_rng(2).normal(size=(80, 2))
    fitted = _classifier().fit(X, X[:, 0] > 0)
    wanted = fitted.predict_proba(X)
    packed = pickle.dumps(fitted)
    del fitted
    np.testing.assert_array_equal(pickle.loads(packed).predict_proba(X), wanted)


def test_the_result_is_an_attribute(people: Any) -> None:
    """The run of the estimator has the leaderboard, the scores and the report."""
    X = people(150)[["income", "visits"]]
    fitted = _regressor().fit(X, X["visits"] * 2.0 + 0.5)
    assert "linear" in " ".join(fitted.result_.leaderboard()["model"])
    assert isinstance(fitted.result_.leaderboard(), pd.DataFrame)


def test_unfitted_estimators_raise() -> None:
    """Predicting before fitting raises scikit-learn's own error."""
    for estimator in (_classifier(), _regressor()):
        with pytest.raises(NotFittedError):
            estimator.predict(np.zeros((3, 2)))


@pytest.mark.parametrize(
    "labels", [["no", "yes"], [3, 7], [False, True], [1.0, 2.0]], ids=["text", "int", "bool", "float"]
)
def test_the_result_has_the_real_class_names(labels: list[Any]) -> None:
    """The run of a classifier shows classes and target as the user named them."""
    draw = np.random.default_rng(0)
    X = pd.DataFrame(draw.normal(size=(80, 2)), columns=["a", "b"])
    y = pd.Series(np.array(labels)[(X["a"] > 0).astype(int)], name="left")
    fitted = _classifier().fit(X, y)
    task = fitted.result_.record.task
    assert task.target == "left"
    assert sorted(task.values) == labels
    assert fitted.result_.predict(X).tolist() == fitted.predict(X).tolist()


def test_classes_that_differ_in_blanks_are_distinct() -> None:
    """Classes that differ only in blanks, or are empty, stay distinct."""
    X = np.random.default_rng(0).normal(size=(90, 2))
    y = np.array(["a", "a ", ""], dtype=object)[np.digitize(X[:, 0], [-0.5, 0.5])]
    fitted = _classifier().fit(X, y)
    assert fitted.classes_.tolist() == ["", "a", "a "]
    assert (fitted.predict(X) == y).mean() > 0.8


@pytest.mark.parametrize("library", ["polars", "lazy", "arrow"])
def test_tables_of_other_libraries_equal_pandas(library: str, people: Any) -> None:
    """Frames with text from polars and Arrow fit and predict like the same frame of pandas."""
    frame = people(160)[["income", "city", "left"]]
    table = pa.Table.from_pandas(frame, preserve_index=False) if library == "arrow" else pl.from_pandas(frame)
    X, y = table.select(["income", "city"]), table["left"]
    X = X.lazy() if library == "lazy" else X
    wanted = _classifier().fit(frame[["income", "city"]], frame["left"])
    fitted = _classifier().fit(X, y)
    assert fitted.feature_names_in_.tolist() == ["income", "city"]
    assert fitted.result_.record.data.kinds["city"] == "category"
    np.testing.assert_array_equal(fitted.predict_proba(X), wanted.predict_proba(frame[["income", "city"]]))
    np.testing.assert_array_equal(fitted.predict(X), wanted.predict(X))
