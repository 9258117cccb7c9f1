"""The contract of every file in ``custpred/resample``."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest
from imblearn.pipeline import Pipeline
from pandas.testing import assert_frame_equal
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.utils.estimator_checks import check_estimator

from custpred.errors import NotApplicable
from custpred.resample.base import Resample
from custpred.task import Task

BINARY = Task("binary", "left", ("no", "yes"))
KINDS = Resample.kinds()
RATIOS = [kind for kind in KINDS if "ratio" in Resample.find(kind).model_fields]
every_kind = pytest.mark.parametrize("kind", KINDS)
every_ratio = pytest.mark.parametrize("kind", RATIOS)


def rows(counts: tuple[int, ...], columns: str, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Return shuffled rows with these class counts; ``columns``: numbers, categories, both."""
    draw = np.random.default_rng(seed)
    y = draw.permutation(np.repeat(np.arange(len(counts)), counts))
    numbers = {
        "income": (draw.lognormal(3, 1, len(y)) + 3 * y).astype("float32"),
        "visits": draw.poisson(3, len(y)) + y.astype(float),
        "left_before": draw.integers(0, 2, len(y)).astype(float),
        "same": 1.1,
    }
    categories = {
        "plan": pd.Categorical(draw.choice(["basic", "plus"], len(y)), categories=["basic", "plus", "unused"]),
        "city": pd.Categorical(draw.choice([f"city {i}" for i in range(6)], len(y))),
    }
    return pd.DataFrame({"numbers": numbers, "categories": categories, "both": numbers | categories}[columns]), y


shapes = pytest.mark.parametrize("columns", ["numbers", "categories", "both"])


@every_kind
@shapes
def test_columns_dtypes_and_input_are_kept(kind, columns):
    """Columns, dtypes and category levels are kept, and the given rows are not modified."""
    X, y = rows((90, 25), columns)
    before, labels = X.copy(deep=True), y.copy()
    new, new_y = Resample.find(kind)().resample(X, y, 3)
    assert new.dtypes.to_dict() == X.dtypes.to_dict()
    assert list(new.columns) == list(X.columns)
    assert len(new) == len(new_y)
    assert list(new.index) == list(range(len(new)))
    assert_frame_equal(X, before)
    assert (y == labels).all()


@every_ratio
@shapes
@pytest.mark.parametrize(
    ("counts", "ratio"), [((90, 25), 1.0), ((90, 25), 0.5), ((80, 40, 9), 1.0), ((80, 40, 9), 0.6)]
)
def test_the_requested_balance_is_reached(kind, columns, counts, ratio):
    """The smallest class has exactly ``ratio`` times the rows of the largest one."""
    X, y = rows(counts, columns)
    _, new = Resample.find(kind)(ratio=ratio).resample(X, y, 3)
    found = np.bincount(new)
    assert abs(found.min() - ratio * found.max()) <= 1
    assert len(found) == len(counts)


@every_ratio
def test_balanced_rows_are_not_resampled(kind):
    """Rows that are balanced already are not changed."""
    X, y = rows((40, 40), "numbers")
    new, new_y = Resample.find(kind)().resample(X, y, 0)
    assert_frame_equal(new, X)
    assert (new_y == y).all()


@every_kind
def test_real_rows_are_not_altered(kind):
    """Original rows keep their values, and come first if rows are added."""
    X, y = rows((90, 25), "both")
    new, new_y = Resample.find(kind)().resample(X, y, 3)
    if kind == "under":
        assert new.merge(X.drop_duplicates(), how="left", indicator=True)["_merge"].eq("both").all()
    else:
        assert_frame_equal(new.iloc[: len(X)], X)
        assert (new_y[: len(X)] == y).all()


@every_kind
def test_same_seed_same_rows(kind):
    """The same seed gives the same rows."""
    X, y = rows((60, 20), "both")
    first, second = (Resample.find(kind)().resample(X, y, 5) for _ in range(2))
    assert_frame_equal(first[0], second[0])
    assert (first[1] == second[1]).all()


@every_kind
def test_works_inside_a_pipeline(kind):
    """An imbalanced-learn pipeline resamples only in fit: there are as many predictions as rows."""
    X, y = rows((90, 25), "numbers")
    sampler = clone(Resample.find(kind)().build(BINARY, 1))
    model = Pipeline([("resample", sampler), ("model", LogisticRegression(max_iter=1000))]).fit(X, y)
    assert model.predict_proba(X).shape == (len(X), 2)


@every_kind
def test_text_labels_and_arrays_are_supported(kind):
    """Text labels and arrays go in and come out."""
    X, y = rows((90, 25), "numbers")
    new, labels = Resample.find(kind)().build(BINARY).fit_resample(X.to_numpy(float), np.array(["no", "yes"])[y])
    assert isinstance(new, np.ndarray)
    assert set(labels) == {"no", "yes"}
    assert new.shape == (len(labels), X.shape[1])


@every_kind
def test_regression_declines(kind):
    """All kinds that do anything decline a numeric target."""
    task = Task("regression", "spend")
    if kind == "none":
        assert Resample.find(kind)().build(task) is not None
        return
    with pytest.raises(NotApplicable, match="spend"):
        Resample.find(kind)().build(task)


@every_ratio
def test_values_are_not_classes(kind):
    """Target values that are not class codes are declined."""
    with pytest.raises(NotApplicable, match="number"):
        Resample.find(kind)().resample(*rows((5, 5), "numbers")[:1], np.linspace(0, 1, 10), 0)


@every_kind
def test_options(kind):
    """Options are described, defaults are in range, and the spec round-trips and hashes."""
    spec = Resample.find(kind)
    assert spec.summary().endswith((".", ";"))
    assert all(description for _, _, description in spec.options())
    defaults = {name: default for name, default, _ in spec.options()}
    assert all(defaults[name] in mark for name, mark in spec.space().items())
    assert Resample.parse(json.loads(json.dumps(spec().dump()))) == spec()
    assert hash(spec()) == hash(spec())
    assert spec.model_json_schema()
    assert pickle.loads(pickle.dumps(spec().build(BINARY))).spec == spec()


@every_kind
def test_scikit_learn_checks(kind):
    """The sampler passes every scikit-learn check, without exception."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = check_estimator(Resample.find(kind)().build(BINARY), on_fail=None, on_skip=None)
    assert {each["check_name"]: str(each["exception"]) for each in results if each["status"] == "failed"} == {}


def test_light_imports():
    """Importing every kind loads no heavy library."""
    heavy = ["numpy", "pandas", "scipy", "sklearn", "imblearn", "duckdb", "optuna", "lightgbm", "xgboost"]
    load = f"import sys; from custpred.resample.base import Resample as F; [F.find(k) for k in {KINDS}]"
    code = f"{load}; print([each for each in {heavy} if each in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
