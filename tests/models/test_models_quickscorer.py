"""Bit masks: the predictions of the boosters' own libraries."""

from __future__ import annotations

import pickle
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custpred.columns.batch import PlainMatrix
from custpred.models._boosting import fast_ensemble
from custpred.models._boosting.dumped import of_lightgbm
from custpred.models._boosting.fast_ensemble import FastEnsemble
from custpred.models._boosting.quickscorer import QuickScorer, size
from custpred.models._boosting.splits import Splits
from custpred.models.base import Model
from custpred.task import Fit, Rows, Task

TASKS = {
    "binary": Task("binary", "y", ("no", "yes")),
    "multiclass": Task("multiclass", "y", ("a", "b", "c")),
    "regression": Task("regression", "y"),
}


def _table(rows: int, seed: int, codes: int = 12) -> pd.DataFrame:
    """Return numbers with missing values, ties and zeros, and codes, unseen above 11."""
    draw = np.random.default_rng(seed)
    wide = draw.lognormal(3, 2, rows).astype(np.float32)
    wide[draw.random(rows) < 0.2] = np.nan
    few = draw.integers(-2, 3, rows).astype(np.float32)
    level, other = draw.integers(0, codes, rows), draw.integers(-1, 3, rows)
    columns = {"wide": wide, "few": few, "whole": draw.normal(size=rows).astype(np.float32)}
    return pd.DataFrame(
        columns
        | {
            "level": pd.Categorical.from_codes(np.where(draw.random(rows) < 0.1, -1, level), range(codes)),
            "other": pd.Categorical.from_codes(other, range(3)),
        }
    )


def _fitted(model: Model, kind: str, seed: int, gaps: bool = True) -> tuple[Any, Fit]:
    """Fit to a label that depends on numbers, missing values and levels."""
    X, draw, fit = _table(400, seed), np.random.default_rng(seed), Fit(TASKS[kind], seed)
    X = X if gaps else X.fillna({"wide": 1.0})
    score = np.log(X["wide"].fillna(50)) + X["few"] + 2 * (X["level"].cat.codes % 3) + X["other"].cat.codes
    score = score.to_numpy() + draw.normal(size=400)
    places = {"binary": [0.6], "multiclass": [0.3, 0.7]}
    y = 5 + score if kind == "regression" else np.searchsorted(np.quantile(score, places[kind]), score)
    return model.train(Rows(X, np.maximum(y, 0)), None, fit), fit


def _strange(rows: int, seed: int) -> PlainMatrix:
    """Return new rows: infinite and tiny numbers, missing values, and unseen codes."""
    from custpred.models._frame import coded

    values, positions = coded(_table(rows, seed + 1, codes=40))
    draw = np.random.default_rng(seed)
    odd = np.array([np.inf, -np.inf, np.nan, 0.0, -0.0, 3e38, -3e38, 1e-30], dtype=np.float32)
    numbers = values[:, :3]
    numbers[:] = np.where(draw.random(numbers.shape) < 0.2, draw.choice(odd, numbers.shape), numbers)
    return PlainMatrix(values, tuple(positions))


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make masks even if they save no time."""
    monkeypatch.setattr(fast_ensemble, "nanoseconds", lambda *_: 0.0)


def assert_compared(model: Any, fitted: list[Any], X: PlainMatrix, fit: Fit) -> FastEnsemble:
    """Check that masks are made, folds equal the library, and single rows equal batches."""
    ensemble: FastEnsemble = model.together(fitted)
    found = ensemble(X, fit)
    assert ensemble._quickscorer is not None
    for raw, each in zip(found, fitted, strict=True):
        np.testing.assert_allclose(raw, model.raw(each, X, fit), rtol=1e-5, atol=2e-5)
    for row in range(0, len(X), len(X) // 8):
        alone = ensemble(PlainMatrix(X.values[row : row + 1], X.positions), fit)
        assert all(np.array_equal(one[0], raw[row]) for one, raw in zip(alone, found, strict=True))
    return ensemble


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("kind", list(TASKS))
@settings(derandomize=True, max_examples=6, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    leaves=st.sampled_from([2, 3, 8, 16, 31, 64, 90]),
    onehot=st.sampled_from([1, 30]),
    gaps=st.booleans(),
)
def test_lightgbm_is_matched_exactly(kind: str, seed: int, leaves: int, onehot: int, gaps: bool) -> None:
    """Trees of any size score as LightGBM; values never missing in training count as 0."""
    options = {"num_leaves": leaves, "max_cat_to_onehot": onehot, "min_data_in_leaf": 2, "min_data_per_group": 2}
    model = Model.parse({"kind": "lightgbm", "rounds_without_valid": 8, "cat_smooth": 1.0, **options})
    fitted, fit = _fitted(model, kind, seed, gaps)
    assert_compared(model, [fitted], _strange(60, seed), fit)


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("kind", list(TASKS))
@settings(derandomize=True, max_examples=6, deadline=None)
@given(seed=st.integers(0, 10**6), depth=st.integers(1, 7), onehot=st.sampled_from([1, 30]))
def test_xgboost_is_matched_up_to_rounding(kind: str, seed: int, depth: int, onehot: int) -> None:
    """Trees of any depth score any rows as XGBoost does, unseen codes as missing values."""
    options = {"max_depth": depth, "max_cat_to_onehot": onehot, "min_child_weight": 0.1}
    model = Model.parse({"kind": "xgboost", "rounds_without_valid": 8, **options})
    fitted, fit = _fitted(model, kind, seed)
    assert_compared(model, [fitted], _strange(60, seed), fit)


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("name", ["lightgbm", "xgboost"])
@pytest.mark.parametrize("kind", list(TASKS))
def test_folds_are_scored_together(name: str, kind: str) -> None:
    """Folds with different rows, levels and links keep their own scores, on one thread or two."""
    extra = {"objective": "log"} if name == "lightgbm" else {"target": "log"}
    model = Model.parse({"kind": name, "rounds_without_valid": 5} | (extra if kind == "regression" else {}))
    fitted = [_fitted(model, kind, seed)[0] for seed in range(3)]
    fit = Fit(TASKS[kind])
    ensemble = assert_compared(model, fitted, _strange(9000, 3), fit)
    many, one = _strange(9000, 4), _strange(1, 5)
    for whole, part in zip(ensemble(many, fit), ensemble(many, replace(fit, threads=2)), strict=True):
        np.testing.assert_array_equal(whole, part)
    assert [raw.shape[0] for raw in ensemble(one, fit)] == [1, 1, 1]
    assert [raw.shape[0] for raw in ensemble(PlainMatrix(one.values[:0], one.positions), fit)] == [0, 0, 0]


def test_a_tree_by_hand() -> None:
    """A split at 2.5, missing to the right, then category 1 to the left: three leaves."""
    splits = Splits(
        roots=np.array([0, 5]),
        output=np.array([0, 0]),
        left=np.array([1, -1, 3, -1, -1, -1]),
        right=np.array([2, -1, 4, -1, -1, -1]),
        feature=np.array([0, 0, 1, 0, 0, 0]),
        cut=np.array([2.5, 0, 0, 0, 0, 0], dtype=np.float32),
        missing_left=np.zeros(6, dtype=bool),
        group=np.array([-1, -1, 0, -1, -1, -1]),
        groups=np.array([[False, True, False]]),
        value=np.array([0, 1.0, 0, 20.0, 300.0, 0.5]),
        outputs=1,
    )
    rows = np.array([[2.5, 0], [2.6, 1], [np.nan, 1], [3, 0], [3, 7], [3, np.nan], [-np.inf, 1]], dtype=np.float32)
    found = QuickScorer.of(splits).sums(rows)[:, 0]
    np.testing.assert_array_equal(found, [1.5, 20.5, 20.5, 300.5, 300.5, 300.5, 1.5])
    # one byte a tree with splits, the other counted with it; two ranks, two codes, and gaps of both
    assert size(splits) == 2 * (1 + 3 + 4)


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("kind", ["lightgbm", "xgboost"])
def test_a_customer_gets_the_same_score_alone_and_among_others(kind: str) -> None:
    """Bit-identical, after any earlier call, and by a copy."""
    model = Model.parse({"kind": kind, "rounds_without_valid": 20})
    fitted, fit = _fitted(model, "binary", 0)
    ensemble, many = model.together([fitted]), _strange(3_000, 0)
    one = PlainMatrix(many.values[7:8], many.positions)
    alone = ensemble(one, fit)[0]
    whole = ensemble(many, fit)[0]
    assert alone[0] == whole[7] == ensemble(one, fit)[0][0]
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(ensemble))(many, fit)[0], whole)


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("reason", ["large", "slow", "other", "unread"])
def test_the_library_scores_where_masks_cannot(reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables too large, lookup too slow, trees that disagree, or an unknown text: no masks."""
    model = Model.parse({"kind": "lightgbm", "rounds_without_valid": 5})
    fitted, fit = _fitted(model, "binary", 0)
    changes: dict[str, tuple[str, Any]] = {
        "large": ("MAX_TABLE_BYTES", 10),
        "slow": ("nanoseconds", lambda *_: 1e12),
        "other": ("NEAR", -1.0),
    }
    if reason in changes:
        monkeypatch.setattr(fast_ensemble, *changes[reason])
    ensemble: Any = model.together([fitted])
    ensemble.read = (lambda _: None) if reason == "unread" else ensemble.read
    X = _strange(50, 1)
    np.testing.assert_array_equal(ensemble(X, fit)[0], model.raw(fitted, X, fit))
    assert ensemble._quickscorer is None


def test_one_booster_shows_that_masks_do_not_pay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deep trees of many folds are not read one by one only to be scored by the library."""
    model = Model.parse({"kind": "lightgbm", "rounds_without_valid": 5})
    fitted, fit = _fitted(model, "binary", 0)
    ensemble: Any = model.together([fitted] * 8)
    reader, read = ensemble.read, []

    def counted(each: Any) -> Splits | None:
        read.append(each)
        return reader(each)

    ensemble.read = counted
    monkeypatch.setattr(fast_ensemble, "nanoseconds", lambda *_: 1e12)
    ensemble(_strange(50, 1), fit)
    assert len(read) == 1


def test_one_fold_is_timed_as_in_a_blend(monkeypatch: pytest.MonkeyPatch) -> None:
    """Masks that fit for one fold, but not for five, are not used when one fold stands for five."""
    model = Model.parse({"kind": "lightgbm", "rounds_without_valid": 5})
    fitted, fit = _fitted(model, "binary", 0)
    splits = of_lightgbm(fitted.booster.model_to_string())
    assert splits is not None
    monkeypatch.setattr(fast_ensemble, "nanoseconds", lambda *_: 0.0)
    monkeypatch.setattr(fast_ensemble, "MAX_TABLE_BYTES", 3 * size(splits))
    made = []
    for folds in (1, 5):
        ensemble: Any = model.together([fitted], folds)
        ensemble(_strange(50, 1), fit)
        made.append(ensemble._quickscorer is not None)
    assert made == [True, False]


def test_a_booster_read_from_text_is_not_written_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Masks are made from the stored text."""
    model = Model.parse({"kind": "lightgbm", "rounds_without_valid": 5})
    fitted, fit = _fitted(model, "binary", 0)
    read = model.unpack(model.pack(fitted), fit)
    monkeypatch.setattr(type(read.booster), "model_to_string", lambda *_, **__: pytest.fail("written again"))
    X = _strange(50, 1)
    np.testing.assert_allclose(model.together([read])(X, fit)[0], model.raw(fitted, X, fit), atol=2e-5)


def test_unknown_texts_are_not_read() -> None:
    """Linear leaves, and zeros that mean missing, are scored by LightGBM."""
    model = Model.parse({"kind": "lightgbm", "rounds_without_valid": 3})
    text = _fitted(model, "binary", 0)[0].booster.model_to_string()
    assert of_lightgbm(text) is not None
    assert of_lightgbm(text.replace("is_linear=0", "is_linear=1")) is None
    assert of_lightgbm(re.sub(r"decision_type=\d+", "decision_type=6", text)) is None
