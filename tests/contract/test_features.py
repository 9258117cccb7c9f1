"""The contract of every feature in ``custpred/features``, and of the final matrix step."""

from __future__ import annotations

import io
import json
import pickle
import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from sklearn.base import clone
from sklearn.utils.estimator_checks import check_estimator

from custpred.errors import DataError, NotApplicable
from custpred.features._matrix import Matrix
from custpred.features.base import Feature
from custpred.task import Task

TASK = Task("binary", "left", ("no", "yes"))
KINDS = Feature.kinds()
# Kinds that do little by default are asked to do something.
OPTIONS = {
    "frequency": {"min_levels": 2},
    "leading_numbers": {"of": ["city"]},
    "prefixes": {"of": ["city"]},
    "ratios": {"of": [["income", "visits"]], "differences": [["income", "code"]], "found": 2},
    "select": {"at_most": 6},
    "target_mean": {"min_levels": 2, "pairs": 1},
    "tiers": {"of": ["income", "visits"], "grades": ["bronze", "silver", "gold"]},
}
READS_TEXTS = {"tfidf", "tokens"}
GATHERS = {kind for kind in KINDS if Feature.find(kind).gather is not Feature.gather}
NAMED = [kind for kind in KINDS if "of" in Feature.find(kind).model_fields and kind not in {"ratios", *GATHERS}]
SPECS = [
    *(pytest.param(Feature.find(kind)(**OPTIONS.get(kind, {})), id=kind) for kind in KINDS),
    pytest.param(Matrix(dense=False), id="_matrix"),
]
every_kind = pytest.mark.parametrize("kind", KINDS)
every_spec = pytest.mark.parametrize("spec", SPECS)


def customers(rows: int = 240, seed: int = 0) -> pd.DataFrame:
    """Return customers with every kind of column, missing values, constants and empty columns."""
    draw = np.random.default_rng(seed)
    income = draw.lognormal(8, 1.5, rows)
    income[draw.random(rows) < 0.1] = np.nan
    joined = pd.Series(np.datetime64("2021-03-01") + draw.integers(0, 900, rows).astype("timedelta64[D]"))
    cities = [f"city {number // 10}-{number % 10}" for number in range(30)]
    return pd.DataFrame(
        {
            "income": income,
            "visits": draw.poisson(1.0, rows).astype(float),
            "code": draw.integers(0, 4, rows).astype(float),
            "same": 3.0,
            "nothing": np.full(rows, np.nan),
            "plan": pd.Categorical(draw.choice(["basic", "plus"], rows)),
            "city": pd.Categorical.from_codes(draw.integers(-1, 30, rows), cities),
            "one": pd.Categorical(["a"] * rows),
            "void": pd.Categorical([None] * rows, categories=pd.Index([], dtype=object)),
            "joined": joined,
            "last": joined.where(draw.random(rows) < 0.8) + pd.Timedelta(days=30),
            "never": pd.Series(pd.NaT, index=range(rows), dtype="datetime64[ns]"),
            "remark": pd.Series([["fine", "slow and late", None][number % 3] for number in range(rows)], dtype=object),
        }
    )


X = customers()
Y = (np.random.default_rng(1).random(len(X)) < 0.3 + 0.3 * (X["plan"] == "plus")).astype(int)


def learned(spec: Feature, frame: pd.DataFrame = X) -> tuple[dict, pd.DataFrame]:
    try:
        return spec.learn_apply(frame, Y[: len(frame)], TASK, 0)
    except NotApplicable as reason:
        pytest.skip(f"{spec.kind()} declines these customers: {reason.message}")


def through_disk(state: object) -> object:
    """Return a state as it comes back from JSON and npz files."""
    arrays: list[np.ndarray] = []

    def out(value: object) -> object:
        if isinstance(value, np.ndarray):
            arrays.append(value)
            return {"array": len(arrays) - 1}
        if isinstance(value, dict):
            return {key: out(each) for key, each in value.items()}
        return [out(each) for each in value] if isinstance(value, list) else value

    def back(value: object) -> object:
        if isinstance(value, dict):
            place = value.get("array")
            return kept[f"arr_{place}"] if set(value) == {"array"} else {k: back(v) for k, v in value.items()}
        return [back(each) for each in value] if isinstance(value, list) else value

    text, file = json.dumps(out(state), allow_nan=False), io.BytesIO()
    np.savez(file, *arrays)
    file.seek(0)
    kept = np.load(file, allow_pickle=False)
    return back(json.loads(text))


@every_spec
def test_input_is_not_modified(spec):
    """A step changes neither the training frame nor a new one."""
    before = X.copy(deep=True)
    state, _ = learned(spec)
    spec.apply(X, state)
    assert_frame_equal(X, before)


@every_spec
def test_rows_are_independent(spec):
    """One row's transform does not depend on the other rows."""
    state, _ = learned(spec)
    new = customers(60, seed=5)
    rows = [41, 3, 17, 0]
    assert_frame_equal(spec.apply(new.iloc[rows], state), spec.apply(new, state).iloc[rows], check_exact=True)


@every_spec
def test_column_order_is_irrelevant(spec):
    """New tables may have other columns, in another order."""
    state, _ = learned(spec)
    out = spec.apply(X, state)
    other = spec.apply(X[X.columns[::-1]].assign(surplus=1.0), state)
    assert_frame_equal(other[out.columns], out)


@every_spec
def test_unseen_levels_and_missing_values(spec):
    """Unseen levels, new missing values and dates out of range give the same columns."""
    state, _ = learned(spec)
    new = customers(50, seed=6)
    new["plan"] = pd.Categorical(["unheard of"] * 49 + [None])
    new["void"] = pd.Categorical(["suddenly here"] * 50)
    new["visits"], new["nothing"] = np.nan, 1.0
    new["joined"], new["never"] = pd.NaT, pd.Timestamp("2150-01-01")
    new = new.astype({"joined": "datetime64[ns]", "never": "datetime64[ns]"})
    out = spec.apply(new, state)
    assert list(out.columns) == list(spec.apply(X, state).columns)
    assert len(out) == 50


@every_spec
@pytest.mark.parametrize("rows", [0, 1])
def test_few_new_rows(spec, rows):
    """No row and one row are transformed to the same columns and dtypes as many."""
    state, _ = learned(spec)
    out, many = spec.apply(X.iloc[:rows], state), spec.apply(X, state)
    assert len(out) == rows
    assert out.dtypes.to_dict() == many.dtypes.to_dict()


@every_spec
def test_one_training_row(spec):
    """One training row is enough to learn something that transforms a table."""
    state, out = learned(spec, X.iloc[:1])
    assert len(out) == 1
    assert len(spec.apply(X, state)) == len(X)


@every_spec
@pytest.mark.parametrize("rows", [2, 40])
def test_a_class_absent_from_a_fold(spec, rows):
    """Training rows of one class only are learned from, or declined with a reason."""
    try:
        state, out = spec.learn_apply(X.iloc[:rows], np.zeros(rows, dtype=int), TASK, 0)
    except NotApplicable as declined:
        assert declined.message.endswith(".")
        return
    assert len(out) == rows
    assert len(spec.apply(X.iloc[:0], state)) == 0


@every_spec
def test_index_and_order_are_kept(spec):
    """The index of the rows is kept, also if it has duplicates."""
    state, _ = learned(spec)
    strange = X.set_axis(np.arange(len(X)) // 2, axis=0)
    out = spec.apply(strange, state)
    assert list(out.index) == list(strange.index)
    assert_frame_equal(out.reset_index(drop=True), spec.apply(X, state))


@every_spec
def test_training_rows_and_new_rows_agree(spec):
    """Training rows and new rows get the same columns and dtypes."""
    state, out = learned(spec)
    assert spec.apply(X, state).dtypes.to_dict() == out.dtypes.to_dict()


@every_spec
def test_names_out(spec):
    """``get_feature_names_out`` gives the columns of the transformed frame."""
    learned(spec)
    step = clone(spec.build(TASK, 3)).fit(X, Y)
    assert list(step.get_feature_names_out()) == list(step.transform(X).columns)


@every_spec
def test_lineage(spec):
    """Lineage covers every new column and names nothing but input columns."""
    state, out = learned(spec)
    lineage = spec.lineage(state)
    assert set(out.columns) - set(X.columns) <= set(lineage) <= set(out.columns)
    assert {name for inputs in lineage.values() for name in inputs} <= set(X.columns)
    assert all(lineage.values())


@every_spec
def test_names_are_unique_when_inputs_collide(spec):
    """If the table already has a column of the generated name, the new one gets another name."""
    _, out = learned(spec)
    new = [name for name in out.columns if name not in X.columns]
    _, again = learned(spec, X.assign(**{name: X["income"] + place for place, name in enumerate(new)}))
    assert again.columns.is_unique


@every_spec
def test_state_is_plain(spec):
    """A state survives JSON and npz, and transforms as before."""
    state, _ = learned(spec)
    assert_frame_equal(spec.apply(X, through_disk(state)), spec.apply(X, state))


@every_spec
def test_learning_is_deterministic(spec):
    """The same rows and seed give the same transform."""
    (_, first), (_, second) = learned(spec), learned(spec)
    assert_frame_equal(first, second)


@every_spec
def test_unsupervised_use(spec):
    """A step without a target learns what it can."""
    state, out = spec.learn_apply(X, None, None, 0)
    assert len(out) == len(X)
    assert all(finding.text for finding in spec.notes(state))


@every_kind
def test_notes_are_sentences(kind):
    """If a step has nothing to do for a table of one number, it changes nothing or says why."""
    spec = Feature.find(kind)()
    state, out = learned(spec, X[["visits"]])
    if list(out.columns) == ["visits"]:
        assert spec.notes(state)
    assert all(each.text.endswith(".") for each in spec.notes(state))


@pytest.mark.parametrize("kind", NAMED)
def test_named_column_must_exist(kind):
    """A named column that does not exist is an error that names it and the nearest one."""
    with pytest.raises(DataError, match=r"'incme' is missing\. Did you mean 'income'"):
        Feature.find(kind)(of="incme").learn(X, Y, TASK, 0)


@pytest.mark.parametrize("kind", NAMED)
def test_named_column_must_have_a_supported_kind(kind):
    """A named column of a kind that the step cannot use is an error that names it."""
    wrong = "income" if kind in READS_TEXTS else "remark"
    with pytest.raises((DataError, NotApplicable), match=wrong):
        Feature.find(kind)(of=[wrong]).learn(X, Y, TASK, 0)


@every_kind
def test_options(kind):
    """Options are described, defaults are in search ranges, and the spec round-trips."""
    spec = Feature.find(kind)
    assert spec.summary().endswith((".", ";"))
    assert all(description for _, _, description in spec.options())
    defaults = {name: default for name, default, _ in spec.options()}
    assert all(defaults[name] in mark for name, mark in spec.space().items())
    used = spec(**OPTIONS.get(kind, {}))
    assert Feature.parse(json.loads(json.dumps(used.dump()))) == used
    assert isinstance(hash(used), int)
    assert spec.model_json_schema()


@every_spec
def test_pickles(spec):
    """A spec and its transformer pickle."""
    assert pickle.loads(pickle.dumps(spec)) == spec
    assert pickle.loads(pickle.dumps(spec.build(TASK))).spec == spec


@every_kind
def test_scikit_learn_checks(kind):
    """The transformer passes every scikit-learn check, without exception."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = check_estimator(Feature.find(kind)().build(), on_fail=None, on_skip=None)
    assert {each["check_name"]: str(each["exception"]) for each in results if each["status"] == "failed"} == {}


def test_light_imports():
    """Importing every kind loads no heavy library."""
    heavy = ["numpy", "pandas", "scipy", "sklearn", "imblearn", "duckdb", "optuna", "lightgbm", "xgboost"]
    modules = [f"custpred.features.{kind}" for kind in KINDS]
    load = f"import sys, importlib; [importlib.import_module(each) for each in {modules}]"
    code = f"{load}; print([each for each in {heavy} if each in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
