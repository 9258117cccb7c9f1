"""The two baselines."""

from __future__ import annotations

import time
import tracemalloc

import numpy as np
import pandas as pd
import pytest

from custpred.models.base import Model
from custpred.models.dummy import Dummy
from custpred.models.rule import OneRule
from custpred.task import Fit, Rows, Task

BINARY = Fit(Task("binary", "y", ("0", "1")))
VALUE = Fit(Task("regression", "y"))
DRAW = np.random.default_rng(0)


def _rows(rows: int = 400) -> Rows:
    plan = DRAW.integers(0, 4, rows)
    X = pd.DataFrame(
        {
            "f000001": DRAW.normal(size=rows).astype(np.float32),
            "f000002": pd.Categorical.from_codes(plan, categories=np.arange(4)),
            "f000003": pd.Categorical.from_codes(np.arange(rows), categories=np.arange(rows)),
        }
    )
    return Rows(X, (DRAW.random(rows) < np.array([0.05, 0.2, 0.6, 0.95])[plan]).astype(int))


def test_the_rule_takes_the_informative_column() -> None:
    """The column of four plans is chosen, not noise and not an id that fits by heart."""
    rows, model = _rows(), OneRule()
    fitted = model.train(rows, None, BINARY)
    assert fitted.column == 1
    raw = model.raw(fitted, rows.X, BINARY)
    assert np.all(np.diff([raw[rows.X["f000002"] == plan].mean() for plan in range(4)]) > 0)


def test_a_bin_by_hand() -> None:
    """8 of 10 in a bin, half overall, smoothing 10: (8 + 5) / 20, logit log(13 / 7)."""
    flag = np.repeat([0.0, 1.0], 10).astype(np.float32)
    rows = Rows(pd.DataFrame({"f000001": flag}), np.r_[np.ones(2), np.zeros(8), np.ones(8), np.zeros(2)].astype(int))
    model = OneRule(smoothing=10)
    raw = model.raw(model.train(rows, None, BINARY), pd.DataFrame({"f000001": [1.0]}, dtype=np.float32), BINARY)
    assert raw[0] == pytest.approx(np.log(13 / 7))


def test_missing_values_are_a_separate_bin() -> None:
    """If missingness is informative, missing values get another prediction than other values."""
    gap = DRAW.random(400) < 0.5
    X = pd.DataFrame({"f000001": np.where(gap, np.nan, DRAW.normal(size=400)).astype(np.float32)})
    model = OneRule()
    raw = model.raw(model.train(Rows(X, gap.astype(int)), None, BINARY), X, BINARY)
    assert raw[gap].min() > raw[~gap].max()


def test_the_dummy_predicts_the_weighted_mean() -> None:
    """By hand: values 1 and 4 with weights 2 and 1 have the mean 2."""
    rows = Rows(pd.DataFrame({"f000001": [0.0, 0.0]}), np.array([1.0, 4.0]), np.array([2.0, 1.0]))
    assert Dummy().raw(Dummy().train(rows, None, VALUE), rows.X, VALUE).tolist() == [2.0, 2.0]


@pytest.mark.parametrize("kind", ["rule", "logistic"])
def test_a_thousand_classes_are_learned(kind: str) -> None:
    """1,000 classes and 5,000 rows fit in time, in under 1 GB, and beat the class shares alone."""
    rng = np.random.default_rng(0)
    y = np.r_[np.arange(1000), rng.integers(1000, size=4000)]
    X = pd.DataFrame(rng.normal(size=(5000, 4)).astype(np.float32), columns=list("abcd"))
    X["a"] += (y / 50).astype(np.float32)
    fit = Fit(Task("multiclass", "item", tuple(map(str, range(1000)))), seconds=2.0)
    model = Model.parse(kind)
    tracemalloc.start()
    began = time.process_time()
    raw = model.raw(model.train(Rows(X, y), None, fit), X, fit)
    took, (_, most) = time.process_time() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    odds = raw - raw.max(axis=1, keepdims=True)
    loss = np.mean(np.log(np.exp(odds).sum(axis=1)) - odds[np.arange(len(y)), y])
    assert loss < np.log(1000) - 0.5
    assert took < 30
    assert most < 1e9
