"""The contract of every model in ``custpred/models`` for tables; sequence models have their own."""

from __future__ import annotations

import io
import json
import pickle
import subprocess
import sys
import time
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.utils.estimator_checks import check_estimator

from custpred.columns.batch import PlainMatrix
from custpred.errors import NotApplicable
from custpred.models._estimator import Estimator
from custpred.models._frame import coded
from custpred.models._scores import probabilities
from custpred.models.base import Model
from custpred.spec import Choices
from custpred.task import Fit, Rows, Task

KINDS = [
    kind
    for kind in Model.kinds()
    if not Model.find(kind).accepts & {"steps", "history"} and Model.parse(kind).unavailable() is None
]
TASKS = {
    "binary": Task("binary", "left", ("no", "yes")),
    "multiclass": Task("multiclass", "plan", ("a", "b", "c")),
    "regression": Task("regression", "spend"),
}
# Small enough to be quick; the rest is as users get it.  Most models have these options.
QUICK = ({"rounds_without_valid": 40, "rounds": 40}, {"trees": 20}, {"epochs": 10, "width": 16})
# Options that would take minutes, and have to be cut short.
ENDLESS = ({"rounds_without_valid": 10**6}, {"trees": 10**6}, {"epochs": 10**6, "width": 64})
PAIRS = [(kind, task) for kind in KINDS for task in sorted(Model.find(kind).tasks)]
every_kind = pytest.mark.parametrize("kind", KINDS)
every_pair = pytest.mark.parametrize(("kind", "task"), PAIRS)


def made(kind: str, groups: tuple[dict[str, int], ...]) -> Model:
    """Return a model with the options of those groups that its kind has whole."""
    found = Model.find(kind)
    own = [group for group in groups if group.keys() <= found.model_fields.keys()]
    return found(**{name: value for group in own for name, value in group.items()})


def customers(task: str, accepts: frozenset[str], rows: int = 300, seed: int = 0) -> Rows:
    """Return rows of a simple relation: number, amount, category, noise, constant."""
    draw = np.random.default_rng(seed)
    tenure, noise, plan = draw.normal(size=rows), draw.normal(size=rows), draw.integers(0, 4, rows)
    spend = draw.lognormal(3, 1, rows)
    score = 2 * tenure + np.array([-2, 1, 2, -1])[plan] + 0.5 * np.log(spend) - 1.5
    noisy = score + draw.logistic(0, 0.5, rows)
    y = {"binary": noisy > 0, "multiclass": np.digitize(noisy, [-1.5, 1.5]), "regression": 50 + 10 * noisy}[task]
    gaps = draw.random(rows) < 0.1 if "missing" in accepts else np.zeros(rows, bool)
    values = [tenure, np.where(gaps, np.nan, spend), noise, np.ones(rows)]
    if "category" not in accepts:
        values += [(plan == level).astype(float) for level in range(4)]
    X = pd.DataFrame({f"f{i + 1:06d}": each.astype(np.float32) for i, each in enumerate(values)})
    if "category" in accepts:
        codes = np.where(draw.random(rows) < 0.05, -1, plan)
        X["f000005"] = pd.Categorical.from_codes(codes, categories=np.arange(4))
    return Rows(X, y.astype(float if task == "regression" else int))


@cache
def trained(kind: str, task: str) -> tuple[Model, Any, Rows, Fit]:
    """Return a quick model of a kind, fitted once for all tests, with its rows."""
    model = made(kind, QUICK)
    rows, fit = customers(task, model.accepts), Fit(TASKS[task], seed=1)
    return model, model.train(rows, None, fit), rows, fit


def explained(kind: str, task: str) -> tuple[np.ndarray, np.ndarray]:
    """Return training rows' raw scores and contributions; skip models without these."""
    model, fitted, rows, fit = trained(kind, task)
    parts = model.contributions(fitted, rows.X, fit)
    if parts is None:
        pytest.skip(f"{kind} has no contributions: its whole score counts as the start")
    return model.raw(fitted, rows.X, fit), parts


def loss(task: str, raw: np.ndarray, y: np.ndarray) -> float:
    """Return the log loss, or the mean squared error."""
    if task == "regression":
        return float(np.mean((raw - y) ** 2))
    return float(-np.mean(np.log(np.maximum(probabilities(raw)[np.arange(len(y)), y], 1e-15))))


def through_files(packed: dict[str, Any]) -> dict[str, Any]:
    """Write a packed model as JSON, an npz without pickle, and bytes; read it back."""
    arrays = {name: each for name, each in packed.items() if isinstance(each, np.ndarray)}
    blobs = {name: each for name, each in packed.items() if isinstance(each, bytes)}
    plain = {name: each for name, each in packed.items() if name not in arrays and name not in blobs}
    file = io.BytesIO()
    np.savez(file, **arrays)
    file.seek(0)
    with np.load(file, allow_pickle=False) as loaded:
        return {**json.loads(json.dumps(plain)), **{name: loaded[name] for name in loaded.files}, **blobs}


@every_kind
def test_specs_are_described_data(kind: str) -> None:
    """A spec has defaults, survives YAML and pickle, and describes options with ranges."""
    spec = Model.find(kind)()
    assert Model.parse(spec.dump()) == spec
    assert pickle.loads(pickle.dumps(spec)) == spec
    assert [name for name, _, text in spec.options() if not text] == []
    assert {name: mark for name, mark in spec.space().items() if getattr(spec, name) not in mark} == {}
    assert spec.summary().endswith(".")


@every_pair
@pytest.mark.parametrize("rows", [30, 5000, 1_000_000])
def test_initial_configurations_are_distinct_and_in_range(kind: str, task: str, rows: int) -> None:
    """Each is a spec of the kind, no two are equal, and every searched option is in its range."""
    family = Model.find(kind)
    starts = family.initial_configurations(TASKS[task], rows, 20)
    assert 1 <= len(starts) == len(set(starts)) <= 8
    assert all(type(each) is family for each in starts)
    outside = [
        (name, getattr(each, name))
        for each in starts
        for name, mark in family.space().items()
        if getattr(each, name) not in mark and getattr(each, name) != 0
    ]
    assert outside == []


@pytest.mark.parametrize(("kind", "task"), [pair for pair in PAIRS if pair[0] != "dummy"])
def test_beats_the_dummy_on_new_rows(kind: str, task: str) -> None:
    """On an easy problem the loss on new rows is well below that of a constant prediction."""
    model, fitted, rows, fit = trained(kind, task)
    new = customers(task, model.accepts, seed=1)
    dummy = Model.find("dummy")()
    constant = dummy.raw(dummy.train(rows, None, fit), new.X, fit)
    assert loss(task, model.raw(fitted, new.X, fit), new.y) < 0.9 * loss(task, constant, new.y)


@pytest.mark.parametrize(("kind", "task"), [pair for pair in PAIRS if Model.find(pair[0]).plain])
def test_plain_arrays_are_scored_like_frames(kind: str, task: str) -> None:
    """An array gets the scores of the frame, also one row with new codes, unmodified."""
    model, fitted, _, fit = trained(kind, task)
    X = customers(task, model.accepts, seed=2).X
    if "category" in model.accepts:
        X = X.assign(f000005=X["f000005"].cat.set_categories(np.arange(6)).fillna(5))
    values, positions = coded(X)
    kept = values.copy()
    for part in (slice(None), slice(0, 1), slice(7, 8), slice(0, 0)):
        found = model.raw(fitted, PlainMatrix(values[part], tuple(positions)), fit)
        np.testing.assert_allclose(found, model.raw(fitted, X.iloc[part], fit), rtol=1e-12)
    np.testing.assert_array_equal(values, kept)


@every_pair
def test_raw_scores_have_the_documented_shape(kind: str, task: str) -> None:
    """Logits and values are (n,), log-probabilities (n, k) and sum to 1; all are finite."""
    model, fitted, rows, fit = trained(kind, task)
    raw = model.raw(fitted, rows.X, fit)
    assert raw.shape == ((300, 3) if task == "multiclass" else (300,))
    assert np.isfinite(raw).all()
    if task == "multiclass":
        np.testing.assert_allclose(np.exp(raw).sum(axis=1), 1, atol=1e-6)


@every_pair
def test_same_seed_same_scores_on_one_and_two_threads(kind: str, task: str) -> None:
    """A second fit with the same seed gives the same scores; on two threads up to rounding."""
    model, fitted, rows, fit = trained(kind, task)
    raw = model.raw(fitted, rows.X, fit)
    np.testing.assert_array_equal(model.raw(model.train(rows, None, fit), rows.X, fit), raw)
    both = Fit(fit.task, fit.seed, threads=2)
    np.testing.assert_allclose(model.raw(model.train(rows, None, both), rows.X, both), raw, rtol=1e-5, atol=1e-6)


@every_pair
def test_clones_of_the_estimator_learn_the_same(kind: str, task: str) -> None:
    """A clone of the estimator has the same parameters and gives the same predictions."""
    model, _, rows, fit = trained(kind, task)
    first = model.build(fit.task, 1).fit(rows.X, rows.y)
    again = clone(first)
    assert again.get_params() == first.get_params()
    np.testing.assert_array_equal(again.fit(rows.X, rows.y).predict(rows.X), first.predict(rows.X))


@every_pair
def test_unpacked_models_score_the_same(kind: str, task: str) -> None:
    """JSON, arrays and bytes are all that a model needs: unpacked, it gives the same scores."""
    model, fitted, rows, fit = trained(kind, task)
    again = model.unpack(through_files(model.pack(fitted)), fit)
    exact = kind in {"lightgbm", "two_part", "xgboost"}
    expected = model.raw(fitted, rows.X, fit)
    np.testing.assert_allclose(model.raw(again, rows.X, fit), expected, rtol=0 if exact else 1e-9, atol=0)


@every_pair
def test_contributions_add_up_to_the_score(kind: str, task: str) -> None:
    """One contribution per column, and the same start for all rows, sum to the raw score."""
    raw, parts = explained(kind, task)
    assert parts.shape == (300, trained(kind, task)[2].X.shape[1] + 1, *raw.shape[1:])
    tolerance = 1e-4 if kind in {"xgboost", "mlp"} else 1e-6
    np.testing.assert_allclose(parts.sum(axis=1), raw, rtol=tolerance, atol=tolerance)
    assert np.ptp(parts[:, -1], axis=0).max() < 1e-6 * (1 + np.abs(raw).max())


@every_pair
def test_a_constant_column_explains_nothing(kind: str, task: str) -> None:
    """The column that is the same for everyone gets no contribution."""
    _, parts = explained(kind, task)
    np.testing.assert_allclose(parts[:, 3], 0, atol=1e-6 * (1 + np.abs(parts).max()))


@every_kind
def test_the_time_limit_is_respected(kind: str) -> None:
    """A fit that would take minutes stops soon after its time limit, and the model can score."""
    model = made(kind, ENDLESS)
    task = "binary" if "binary" in model.tasks else "regression"
    rows, fit = customers(task, model.accepts), Fit(TASKS[task], seconds=0.2)
    began = time.monotonic()
    fitted = model.train(rows, None, fit)
    assert time.monotonic() - began < 30
    assert np.isfinite(model.raw(fitted, rows.X, fit)).all()


@every_pair
def test_row_weights_matter(kind: str, task: str) -> None:
    """Tenfold weights of a class, or of high values, move the mean prediction towards them."""
    model, fitted, rows, fit = trained(kind, task)
    high = rows.y > np.median(rows.y) if task == "regression" else rows.y == rows.y.max()
    heavy = model.train(Rows(rows.X, rows.y, np.where(high, 10.0, 1.0)), None, fit)

    def mean(each: Any) -> float:
        raw = model.raw(each, rows.X, fit)
        return float(np.mean(raw if task == "regression" else probabilities(raw)[:, -1]))

    assert mean(heavy) > mean(fitted)


@every_pair
def test_one_row_and_no_rows_are_scored(kind: str, task: str) -> None:
    """A row gets the same score alone as in a batch; a frame without rows gives no scores."""
    model, fitted, rows, fit = trained(kind, task)
    raw = model.raw(fitted, rows.X, fit)
    alone = model.raw(fitted, rows.X.iloc[[7]], fit)
    np.testing.assert_allclose(alone, raw[[7]], rtol=1e-5, atol=1e-6)
    none = rows.X.iloc[:0]
    assert model.raw(fitted, none, fit).shape == (0, *raw.shape[1:])
    parts = model.contributions(fitted, none, fit)
    assert parts is None or parts.shape == (0, rows.X.shape[1] + 1, *raw.shape[1:])


@every_pair
def test_an_explanation_that_is_none_is_none_for_every_row(kind: str, task: str) -> None:
    """Whether a model has contributions does not depend on the number of rows."""
    model, fitted, rows, fit = trained(kind, task)
    found = [model.contributions(fitted, rows.X.iloc[part], fit) is None for part in (slice(3), slice(1), slice(0))]
    assert len(set(found)) == 1


@every_pair
def test_a_class_absent_from_a_fold_is_predicted(kind: str, task: str) -> None:
    """If training rows lack a class, or hold one value, scores are complete and finite."""
    model, _, rows, fit = trained(kind, task)
    few = rows.take(rows.y < rows.y.max()) if task != "regression" else Rows(rows.X, np.full(300, 7.0))
    try:
        fitted = model.train(few, None, fit)
    except NotApplicable:
        return  # a model may decline, with its reason
    raw = model.raw(model.unpack(through_files(model.pack(fitted)), fit), rows.X, fit)
    assert raw.shape == ((300, 3) if task == "multiclass" else (300,))
    assert np.isfinite(raw).all()
    parts = model.contributions(fitted, rows.X, fit)
    assert parts is None or np.allclose(parts.sum(axis=1), raw, rtol=1e-4, atol=1e-4)


@every_kind
def test_no_searched_option_is_ignored(kind: str) -> None:
    """Each searched option changes the scores, or the model's preparation."""
    model = made(kind, QUICK)
    task = "binary" if "binary" in model.tasks else "regression"
    rows, fit = customers(task, model.accepts), Fit(TASKS[task], seed=1)
    rows = Rows(rows.X, rows.y - rows.y.min() + (task == "regression"))  # amounts, none negative
    if "category" in model.accepts:  # many levels, as some options are for those alone
        levels = np.arange(300) % 60
        rows.X["f000005"] = pd.Categorical.from_codes(levels, categories=np.arange(60))
        rows.X["f000006"] = pd.Categorical.from_codes(levels[::-1] // 3, categories=np.arange(20))

    def scores(spec: Model) -> np.ndarray:
        return spec.raw(spec.train(rows, None, fit), rows.X, fit)

    def changed(spec: Model, name: str) -> list[Model]:
        mark = spec.space()[name]
        ends = mark.values if isinstance(mark, Choices) else (mark.low, mark.high)
        return [other for value in ends if (other := spec.with_(**{name: value})) != spec]

    def matters(spec: Model, name: str) -> bool:
        usual, others = scores(spec), changed(spec, name)
        return any(other.wants() != spec.wants() or not np.array_equal(scores(other), usual) for other in others)

    ignored = [name for name in model.space() if not matters(model, name)]
    for name in ignored:  # some matter only beside another option than the usual one
        beside = (other for each in model.space() if each != name for other in changed(model, each))
        assert any(matters(other, name) for other in beside), f"{name} changes nothing"


@every_pair
def test_constant_columns_give_a_constant_score(kind: str, task: str) -> None:
    """If no column varies, everyone gets the same finite score, near the constant baseline."""
    model, _, rows, fit = trained(kind, task)
    flat = rows.X.iloc[np.zeros(300, int)].reset_index(drop=True)
    if kind == "catboost":  # it has no trees without splits; the constant baseline stands on every board anyway
        with pytest.raises(NotApplicable, match="constant"):
            model.train(Rows(flat, rows.y), None, fit)
        return
    raw = model.raw(model.train(Rows(flat, rows.y), None, fit), flat, fit)
    dummy = Model.find("dummy")()
    constant = dummy.raw(dummy.train(rows, None, fit), flat, fit)
    assert np.ptp(raw, axis=0).max() < 1e-6
    assert loss(task, raw, rows.y) == pytest.approx(loss(task, constant, rows.y), rel=0.05)


@every_pair
def test_a_class_of_two_rows_is_enough(kind: str, task: str) -> None:
    """Two rows of a class, or two distinct values, give finite scores of every class."""
    model, _, rows, fit = trained(kind, task)
    y = np.zeros(300, dtype=rows.y.dtype) if task != "multiclass" else (rows.X["f000001"] > 0).to_numpy(int)
    y[:2] = 1 if task != "multiclass" else 2
    raw = model.raw(model.train(Rows(rows.X, y), None, fit), rows.X, fit)
    assert np.isfinite(raw).all()
    assert raw.shape == ((300, 3) if task == "multiclass" else (300,))


@pytest.mark.parametrize(("kind", "task"), [p for p in PAIRS if "missing" in Model.find(p[0]).accepts])
def test_missing_values_and_unseen_levels_are_scored(kind: str, task: str) -> None:
    """A row of only missing values, and unseen category codes, get finite scores."""
    model, fitted, rows, fit = trained(kind, task)
    new = rows.X.head(2).copy()
    for name in new:
        if isinstance(new[name].dtype, pd.CategoricalDtype):
            new[name] = pd.Categorical([None, 9], categories=np.array([9]))
        else:
            new[name] = np.float32("nan")
    assert np.isfinite(model.raw(fitted, new, fit)).all()


@pytest.mark.parametrize(("kind", "task"), [pair for pair in PAIRS if Model.find(pair[0]).stops_early])
def test_validation_rows_are_used_and_nothing_is_printed(
    kind: str, task: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """With validation rows, also weighted ones, the model trains silently and beats the dummy."""
    model, _, rows, fit = trained(kind, task)
    valid = customers(task, model.accepts, seed=2)
    valid = Rows(valid.X, valid.y, np.linspace(0.5, 1.5, 300))
    fitted = model.train(rows, valid, fit)
    dummy = Model.find("dummy")()
    constant = dummy.raw(dummy.train(rows, None, fit), valid.X, fit)
    assert loss(task, model.raw(fitted, valid.X, fit), valid.y) < loss(task, constant, valid.y)
    assert capfd.readouterr() == ("", "")


@every_pair
def test_training_does_not_modify_rows(kind: str, task: str) -> None:
    """The frame and the target are the same after fitting, scoring and explaining."""
    model, _, rows, fit = trained(kind, task)
    X, y = rows.X.copy(), rows.y.copy()
    fitted = model.train(rows, None, fit)
    model.raw(fitted, rows.X, fit)
    model.contributions(fitted, rows.X, fit)
    pd.testing.assert_frame_equal(rows.X, X)
    np.testing.assert_array_equal(rows.y, y)


WEIGHTS = {
    "check_sample_weight_equivalence_on_dense_data": "bootstrap and the least rows per leaf count rows, not weights, "
    "as in scikit-learn's own forests"
}
EXCEPTED = {"forest": WEIGHTS}


@pytest.mark.parametrize(
    ("kind", "task"),
    [("logistic", "binary"), ("forest", "binary"), ("forest", "regression"), ("linear", "regression")],
)
def test_scikit_learn_accepts_the_estimator(kind: str, task: str) -> None:
    """The estimator passes scikit-learn's own checks; exceptions are listed with reasons."""
    options = {"forest": {"trees": 5, "min_samples_leaf": 1}, "logistic": {"transform": "none"}}.get(kind, {})
    estimator = Estimator(Model.find(kind)(**options), Task(TASKS[task].kind, "y"))
    done = check_estimator(estimator, expected_failed_checks=EXCEPTED.get(kind, {}), on_skip=None)
    assert len(done) > 30


def test_specs_load_nothing_heavy() -> None:
    """Importing every model's file loads no numpy, pandas, scikit-learn or booster."""
    code = (
        "import sys\nfrom custpred.models.base import Model\n"
        f"for kind in {KINDS!r}:\n    Model.find(kind)()\n"
        "heavy = {'numpy', 'pandas', 'sklearn', 'scipy', 'lightgbm', 'xgboost', 'catboost', 'tensorflow'}\n"
        "print(sorted(heavy & {name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
