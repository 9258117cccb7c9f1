"""The contract of every file in ``custpred/missing`` and ``custpred/outliers``."""

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

from custpred.errors import DataError
from custpred.missing.base import Missing
from custpred.outliers.base import Outliers
from custpred.step import Step
from custpred.task import Task

TASK = Task("binary", "left", ("no", "yes"))
MISSING, OUTLIERS = Missing.kinds(), Outliers.kinds()
SMALL = {"isolation": {"trees": 10, "samples": 64, "share": 0.1}}
PLAIN = [
    *(Missing.find(kind)() for kind in MISSING),
    *(Outliers.find(kind)(**SMALL.get(kind, {})) for kind in OUTLIERS),
]
ROWS = [
    Missing.parse({"kind": "drop", "rows": 0.3, "columns": None}),
    *(Outliers.find(kind)(action="remove", **SMALL.get(kind, {})) for kind in OUTLIERS if kind != "leave"),
]
SPECS = [
    *PLAIN,
    *ROWS,
    *(Missing.find(kind)(indicator=True) for kind in MISSING),
    Missing.parse({"kind": "median", "columns": {"spend": "knn", "city": {"kind": "constant", "indicator": True}}}),
    *(Outliers.find(kind)(action="flag") for kind in ("iqr", "zscore")),
    Outliers.parse({"kind": "zscore", "robust": True}),
]
CHECKED = [*PLAIN, *ROWS[:2]]
KINDS = [type(spec) for spec in PLAIN]


def named(spec: Step) -> str:
    """Name a test by kind and options, so that ``-k median`` selects all tests of a kind."""
    return "-".join([spec.kind(), *(f"{key}={each}" for key, each in spec.dump().items() if key != "kind")])


every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind())
every_spec = pytest.mark.parametrize("spec", SPECS, ids=named)
every_transformer = pytest.mark.parametrize("spec", [s for s in SPECS if not s.removes_rows()], ids=named)
every_filter = pytest.mark.parametrize("spec", [s for s in SPECS if s.removes_rows()], ids=named)
every_strategy = pytest.mark.parametrize("strategy", [Missing.find(kind) for kind in MISSING], ids=lambda s: s.kind())


def customers(rows: int = 200, seed: int = 0) -> pd.DataFrame:
    """Return customers with all kinds of columns, missing values, outliers, constants."""
    draw = np.random.default_rng(seed)
    income = draw.lognormal(8, 1.5, rows)
    income[draw.random(rows) < 0.1] = np.nan
    dates = pd.Series(np.datetime64("2021-03-01") + draw.integers(0, 900, rows).astype("timedelta64[D]"))
    return pd.DataFrame(
        {
            "income": income,
            "spend": np.where(draw.random(rows) < 0.2, np.nan, income / 9 + draw.normal(0, 50, rows)),
            "visits": draw.poisson(40.0, rows).astype(float),
            "narrow": draw.normal(size=rows).astype("float32"),
            "code": draw.integers(0, 4, rows).astype(float),
            "same": 3.5,
            "nothing": np.full(rows, np.nan),
            "plan": pd.Categorical(draw.choice(["basic", "plus"], rows)),
            "city": pd.Categorical.from_codes(draw.integers(-1, 9, rows), [f"city {i}" for i in range(9)]),
            "void": pd.Categorical([None] * rows, categories=pd.Index([], dtype=object)),
            "joined": dates.where(draw.random(rows) < 0.9),
            "never": pd.Series(pd.NaT, index=range(rows), dtype="datetime64[ns]"),
            "remark": pd.Series([["fine", "slow and late", None][i % 3] for i in range(rows)], dtype=object),
        }
    )


X = customers()
Y = np.arange(len(X)) % 2


def through_disk(state: dict) -> dict:
    """Return a state as it comes back from JSON and npz files."""
    arrays: dict[str, np.ndarray] = {}

    def out(value: object, path: str) -> object:
        if isinstance(value, np.ndarray):
            arrays[path] = value
            return {"array": path}
        return {k: out(v, f"{path}.{k}") for k, v in value.items()} if isinstance(value, dict) else value

    def back(value: object) -> object:
        if isinstance(value, dict):
            return kept[value["array"]] if set(value) == {"array"} else {k: back(v) for k, v in value.items()}
        return value

    text, file = json.dumps(out(state, "state"), allow_nan=False), io.BytesIO()
    np.savez(file, **arrays)
    file.seek(0)
    kept = np.load(file, allow_pickle=False)
    return back(json.loads(text))


@every_spec
def test_input_is_not_modified(spec):
    """Neither the training frame nor a new one is changed."""
    before = X.copy(deep=True)
    state = spec.learn(X, Y, TASK, 0)
    spec.keep(X, state) if spec.removes_rows() else spec.apply(X, state)
    assert_frame_equal(X, before)


@every_transformer
def test_rows_are_independent(spec):
    """One row's transform does not depend on the other rows."""
    state, new, rows = spec.learn(X, Y, TASK, 0), customers(60, seed=5), [41, 3, 17, 0]
    assert_frame_equal(spec.apply(new.iloc[rows], state), spec.apply(new, state).iloc[rows], rtol=1e-9)


@every_transformer
def test_column_order_is_irrelevant(spec):
    """New tables may have other columns, in another order."""
    state = spec.learn(X, Y, TASK, 0)
    out = spec.apply(X, state)
    assert_frame_equal(spec.apply(X[X.columns[::-1]].assign(surplus=1.0), state)[out.columns], out)


@every_transformer
def test_unseen_levels_and_new_missing_values(spec):
    """Unseen levels are unchanged, and values missing only in new rows give the same columns."""
    state, new = spec.learn(X, Y, TASK, 0), customers(50, seed=6)
    new["plan"] = pd.Categorical(["unheard of"] * 49 + [None])
    new["void"] = pd.Categorical(["suddenly here"] * 50)
    new["visits"], new["nothing"], new["same"] = np.nan, 1.0, np.nan
    out = spec.apply(new, state)
    assert list(out.columns) == list(spec.apply(X, state).columns)
    assert (out["plan"].iloc[:49] == "unheard of").all()


@every_transformer
@pytest.mark.parametrize("rows", [0, 1])
def test_few_new_rows(spec, rows):
    """No row and one row get the same columns and dtypes as many."""
    state = spec.learn(X, Y, TASK, 0)
    out, many = spec.apply(X.iloc[:rows], state), spec.apply(X, state)
    assert len(out) == rows
    assert out.dtypes.to_dict() == many.dtypes.to_dict()


@every_spec
@pytest.mark.parametrize("rows", [0, 1])
def test_few_training_rows(spec, rows):
    """No training row, or one, is enough, with a note instead of an error."""
    state = spec.learn(X.iloc[:rows], Y[:rows], TASK, 0)
    if spec.removes_rows():
        assert len(spec.keep(X.iloc[:rows], state)) == rows
    else:
        assert len(spec.apply(X, state)) == len(X)
    assert all(note.text.endswith(".") for note in spec.notes(state))


@every_transformer
def test_index_is_kept(spec):
    """The index of the rows is kept, also if it has duplicates."""
    state = spec.learn(X, Y, TASK, 0)
    out = spec.apply(X.set_axis(np.arange(len(X)) // 2, axis=0), state)
    assert list(out.index) == list(np.arange(len(X)) // 2)
    assert_frame_equal(out.reset_index(drop=True), spec.apply(X, state))


@every_transformer
def test_names_out(spec):
    """``get_feature_names_out`` gives the columns of the transformed frame."""
    step = clone(spec.build(TASK, 3)).fit(X, Y)
    assert list(step.get_feature_names_out()) == list(step.transform(X).columns)


@every_transformer
def test_lineage(spec):
    """Lineage covers every new column and names nothing but input columns."""
    state = spec.learn(X, Y, TASK, 0)
    lineage, new = spec.lineage(state), set(spec.apply(X, state).columns) - set(X.columns)
    assert new == set(lineage)
    assert {name for inputs in lineage.values() for name in inputs} <= set(X.columns)


@every_transformer
def test_generated_names_never_collide(spec):
    """If a table already has a column of a generated name, the new one gets another name."""
    new = set(spec.learn_apply(X, Y, TASK, 0)[1].columns) - set(X.columns)
    _, again = spec.learn_apply(X.assign(**dict.fromkeys(new, 1.25)), Y, TASK, 0)
    assert again.columns.is_unique


@every_spec
def test_state_is_plain(spec):
    """A state survives JSON and npz, and acts as before."""
    state = spec.learn(X, Y, TASK, 0)
    act = spec.keep if spec.removes_rows() else spec.apply
    assert pd.DataFrame(act(X, through_disk(state))).equals(pd.DataFrame(act(X, state)))


@every_spec
def test_fitting_is_deterministic(spec):
    """The same rows and seed give the same state."""
    act = spec.keep if spec.removes_rows() else spec.apply
    first, again = (act(X, spec.learn(X, Y, TASK, 0)) for _ in range(2))
    assert pd.DataFrame(first).equals(pd.DataFrame(again))


@every_filter
def test_only_training_rows_are_removed(spec):
    """A step that removes rows does not change new rows, and keeps training rows of every class."""
    step = spec.build(TASK, 0)
    rows, target = step.fit_resample(X, Y)
    assert len(rows) == len(target) == len(step.sample_indices_) < len(X)
    assert set(target) == {0, 1}
    assert_frame_equal(rows, X.iloc[step.sample_indices_])
    assert_frame_equal(spec.apply(X, step.state_), X)


@every_strategy
def test_of_limits_the_columns(strategy):
    """With ``of``, no other column is changed."""
    spec = strategy(of=["spend"])
    out = spec.apply(X, spec.learn(X, Y, TASK, 0))
    others = X.columns.drop("spend")
    assert_frame_equal(out[others], X[others])


@every_strategy
def test_the_indicator_marks_missing_values(strategy):
    """With ``indicator``, each column with missing values gets a 0/1 column that marks them."""
    spec = strategy(indicator=True, of=["spend"])
    state = spec.learn(X, Y, TASK, 0)
    (mark,) = spec.lineage(state)
    assert spec.apply(X, state)[mark].tolist() == X["spend"].isna().astype(float).tolist()
    alone = strategy(indicator=False, of=["spend"])
    assert alone.lineage(alone.learn(X, Y, TASK, 0)) == {}


@every_strategy
def test_strategies_by_column(strategy):
    """With ``columns``, a column is treated only by its own strategy."""
    spec = strategy(columns={"spend": {"kind": "constant", "value": -987.0}})
    out = spec.apply(X, spec.learn(X, Y, TASK, 0))
    assert (out["spend"][X["spend"].isna()] == -987.0).all()


@every_strategy
@pytest.mark.parametrize("classes", [[0, 0, 0], [1]], ids=["one class", "one row"])
def test_a_class_absent_from_a_fold(strategy, classes):
    """Training rows without a class of the task are valid."""
    few = X.iloc[: len(classes)]
    for part in strategy().parts():
        state = part.learn(few, np.array(classes), TASK, 0)
        kept = part.keep(few, state) if part.removes_rows() else part.apply(few, state)
        assert len(kept) == len(classes)


def test_a_strategy_cannot_ignore_the_options():
    """A strategy with its own ``learn`` or ``apply`` would ignore options, and is refused."""
    with pytest.raises(TypeError, match=r"'fills' and 'filled', but replaces 'apply' and 'learn'.*'indicator', 'of'"):

        class Ignoring(Missing):
            def learn(self, X, y, task, seed):
                return {}

            def apply(self, X, state):
                return X.fillna(0)


@every_spec
def test_unknown_column(spec):
    """A column missing from the table is an error with its name and the nearest one."""
    if "of" not in type(spec).model_fields:
        pytest.skip("this kind names no columns")
    with pytest.raises(DataError, match=r"'incme' is missing\. Did you mean 'income'"):
        spec.with_(of=["incme"]).learn(X, Y, TASK, 0)


@every_kind
def test_options(kind):
    """Options are described, defaults are in search ranges, and there is a summary."""
    assert kind.summary().endswith((".", ";"))
    assert all(description for _, _, description in kind.options())
    defaults = {name: default for name, default, _ in kind.options()}
    assert all(defaults[name] in mark for name, mark in kind.space().items())
    assert kind.model_json_schema()


@every_spec
def test_round_trip(spec):
    """A spec reads back what it writes, can be hashed, and pickles with what it builds."""
    family = spec.family()
    assert family.parse(json.loads(json.dumps(spec.dump()))) == spec
    assert hash(spec) == hash(family.parse(spec.dump()))
    assert pickle.loads(pickle.dumps(spec)) == spec
    assert pickle.loads(pickle.dumps(spec.build(TASK))).spec == spec


@pytest.mark.parametrize("spec", CHECKED, ids=named)
def test_scikit_learn_checks(spec):
    """What a spec builds passes every scikit-learn check, without exception."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = check_estimator(spec.build(), on_fail=None, on_skip=None)
    assert {each["check_name"]: str(each["exception"]) for each in results if each["status"] == "failed"} == {}


def test_light_imports():
    """Importing every kind loads no heavy library."""
    heavy = ["numpy", "pandas", "scipy", "sklearn", "imblearn", "duckdb", "optuna", "lightgbm", "xgboost"]
    load = (
        "import sys; from custpred.missing.base import Missing as M; from custpred.outliers.base import Outliers as O"
    )
    load += "; [family.find(kind) for family in (M, O) for kind in family.kinds()]"
    code = f"{load}; print([each for each in {heavy} if each in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
