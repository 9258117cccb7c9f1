"""Evidence from a small simulation with known truth; nothing is fitted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from custpred.business import Business
from custpred.evaluate.base import Evidence
from custpred.metrics.base import Metric
from custpred.table import Column, Table
from custpred.task import Predictions, Task

CONTRACTS = ["Month", "One year", "Two year"]
BUSINESS = Business(
    value={"column": "charge", "times": 12, "margin": 0.5}, contact_cost=5, offer_cost=20, success_rate=0.3
)


def customers(n: int, seed: int) -> Table:
    """Return customers with every kind of column; ``rare`` has one level of 4 customers."""
    rng = np.random.default_rng(seed)
    rare = np.array(["often"] * (n - 4) + ["canary"] * 4)
    frame = pd.DataFrame(
        {
            "id": [f"c{i}" for i in range(n)],
            "tenure": np.where(rng.random(n) < 0.05, np.nan, rng.integers(0, 72, n)),
            "charge": rng.gamma(4.0, 15.0, n),
            "contract": pd.Categorical(rng.choice(CONTRACTS, n), categories=CONTRACTS),
            "senior": rng.integers(0, 2, n).astype(float),
            "joined": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 1000, n), unit="D"),
            "rare": pd.Categorical(rng.permutation(rare)),
            "noise": rng.normal(size=n),
            "note": ["free text"] * n,
        }
    )
    kinds = ["id", "number", "number", "category", "code", "date", "category", "number", "text"]
    return Table(frame, tuple(Column(name, kind) for name, kind in zip(frame, kinds, strict=True)), key="id")


def logit(frame: pd.DataFrame) -> np.ndarray:
    """The true log-odds of the simulation: tenure and contract matter, nothing else does."""
    month = (frame["contract"] == "Month").to_numpy()
    return 1.0 - 0.05 * frame["tenure"].fillna(36).to_numpy() + 1.2 * month - 0.4


def answer(frame: pd.DataFrame) -> np.ndarray:
    """Return the true probabilities, as a perfect model would."""
    return Task("binary", "left", ("no", "yes")).inverse_link(logit(frame))


def make(kind: str = "binary", n: int = 3000, seed: int = 1, **changes: Any) -> Evidence:
    """Return evidence of a perfect model."""
    rng = np.random.default_rng(seed + 100)
    table = customers(n, seed)
    chance = answer(table.frame)
    score: Any = answer
    if kind == "binary":
        task, given = Task("binary", "left", ("no", "yes")), chance
        truth = (rng.random(n) < chance[:, 1]).astype(int)
    elif kind == "multiclass":
        task = Task("multiclass", "plan", ("a", "b", "c"))
        given = np.column_stack([chance[:, 0] * 0.6, chance[:, 0] * 0.4, chance[:, 1]])
        truth = (given.cumsum(axis=1) > rng.random((n, 1))).argmax(axis=1)
        score = None
    else:
        task = Task("regression", "spend")
        given = 100.0 + 20.0 * logit(table.frame)
        truth = np.maximum(given + 10.0 * rng.normal(size=n), 0.0)
        score = lambda frame: 100.0 + 20.0 * logit(frame)  # noqa: E731
    names = {
        "binary": ["roc_auc", "log_loss", "lift"],
        "multiclass": ["log_loss", "accuracy"],
        "regression": ["rmse", "r2"],
    }
    metrics = [Metric.parse(name) for name in names[kind]]
    own = Evidence(
        Predictions(task, truth, given), table, metrics, BUSINESS, predict=score, sensitive=("senior",), seconds=30.0
    )
    return replace(own, **changes)


@pytest.fixture(scope="session", params=["binary", "multiclass", "regression"])
def evidence(request: pytest.FixtureRequest) -> Evidence:
    return make(request.param)


@pytest.fixture(scope="session")
def binary() -> Evidence:
    return make()


@pytest.fixture(scope="session")
def regression() -> Evidence:
    return make("regression")


@pytest.fixture(scope="session")
def multiclass() -> Evidence:
    return make("multiclass")
