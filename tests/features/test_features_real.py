"""The steps together on real customers."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from custpred.features._matrix import Matrix
from custpred.features.onehot import OneHot
from custpred.features.ordinal import Ordinal
from custpred.features.select import Select
from custpred.features.target_mean import TargetMean
from custpred.features.transforms import Transforms
from custpred.task import Task

pytestmark = pytest.mark.real
FOLDER = Path(os.environ.get("CUSTPRED_DATA", Path(__file__).parents[3] / "shared" / "data"))
TASK = Task("binary", "y", ("no", "yes"))


@pytest.fixture(scope="module")
def bank() -> pd.DataFrame:
    path = FOLDER / "bank-additional-full.csv"
    path = path if path.exists() else next(FOLDER.rglob(path.name), path)
    if not path.exists():
        pytest.skip("The bank marketing data are not here; set CUSTPRED_DATA to their folder.")
    frame = pd.read_csv(path, sep=";").drop(columns="duration")
    words = [name for name in frame.columns if not pd.api.types.is_numeric_dtype(frame[name].dtype)]
    return frame.astype(dict.fromkeys(words, "category"))


def prepared(steps, train, y, new):
    for step in steps:
        state, train = step.learn_apply(train, y, TASK, 0)
        new = step.apply(new, state)
    return train, new


@pytest.mark.parametrize(
    "steps",
    [
        [Transforms(), OneHot(), Select(), Matrix(dense=True)],
        [TargetMean(min_levels=3, pairs=2), OneHot(), Transforms(), Matrix(dense=True)],
    ],
    ids=["plain", "target means"],
)
def test_steps_feed_a_linear_model(bank, steps):
    """All steps together give finite numbers, with which a linear model predicts new customers."""
    y = (bank["y"] == "yes").to_numpy().astype(int)
    order = np.random.default_rng(0).permutation(len(bank))
    old, new = order[:8000], order[8000:14000]
    X = bank.drop(columns="y")
    train, test = prepared(steps, X.iloc[old], y[old], X.iloc[new])
    assert np.isfinite(test.to_numpy()).all()
    middle, scale = train.mean(), train.std() + 1e-9
    model = LogisticRegression(C=0.1, max_iter=1000).fit((train - middle) / scale, y[old])
    known, score = (
        roc_auc_score(truth, model.predict_proba((rows - middle) / scale)[:, 1])
        for truth, rows in ((y[old], train), (y[new], test))
    )
    assert score > 0.76
    assert known < score + 0.04


def test_codes_name_the_same_levels(bank):
    """Codes are the levels, one to one, on new rows as in training."""
    X = bank.drop(columns="y")
    state, _ = Ordinal().learn_apply(X.iloc[:20000], None, None, 0)
    new = X.iloc[20000:].reset_index(drop=True)
    out = Ordinal().apply(new, state)
    for name, levels in state["levels"].items():
        known = out[name].notna() & (out[name].astype(float) < len(levels))
        assert [levels[code] for code in out[name][known].astype(int)] == new[name][known].astype(str).tolist()
