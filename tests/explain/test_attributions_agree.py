"""Attributions compared with shap's TreeExplainer, and with the definition of Shapley values."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from math import factorial
from typing import Any

import numpy as np
import pandas as pd
import pytest

from custpred.explain.reasons import attributions
from custpred.models.base import Model
from custpred.task import Fit, Rows, Task

COLUMNS = [f"x{i}" for i in range(8)]
FIT = Fit(Task("binary", "left", ("no", "yes")))
CLOSE = 1e-4
"""Agreement of raw parts, in logits; boosters keep leaves in single precision."""
NEAR = 2.5
"""Agreement of shown parts with Shapley values of the probability itself, in percentage points."""


@pytest.fixture(scope="module")
def table() -> tuple[pd.DataFrame, np.ndarray]:
    """Return eight columns, two of which interact."""
    draw = np.random.default_rng(3)
    X = pd.DataFrame(draw.normal(size=(400, 8)), columns=COLUMNS)
    logit = 0.8 * X["x0"] - 0.6 * X["x1"] + 0.7 * X["x2"] * (X["x3"] > 0)
    return X, (draw.random(400) < 1 / (1 + np.exp(-logit))).astype(int)


@pytest.fixture(scope="module")
def trees(table: tuple[pd.DataFrame, np.ndarray]) -> tuple[Model, Any]:
    model = Model.parse({"kind": "lightgbm", "rounds": 6, "num_leaves": 12})
    return model, model.train(Rows(*table), None, FIT)


def booster(fitted: Any) -> Any:
    return next(each for each in fitted if hasattr(each, "dump_model"))


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_trees_agree_with_shap(trees: tuple[Model, Any], table: tuple[pd.DataFrame, np.ndarray]) -> None:
    """The contributions of a booster are those of shap's TreeExplainer."""
    shap = pytest.importorskip("shap", reason="shap is not installed; it is a reference only")
    model, fitted = trees
    X = table[0].iloc[:50]
    theirs = np.asarray(shap.TreeExplainer(booster(fitted)).shap_values(X))
    own = model.contributions(fitted, X, FIT)
    assert own is not None
    theirs = theirs[..., -1] if theirs.ndim == 3 else theirs
    assert np.abs(own[:, :-1] - theirs).max() < CLOSE


def shapley(game: Callable[[frozenset[int]], float], n: int) -> np.ndarray:
    """Return Shapley values by the definition: every subset with its weight."""
    values = {s: game(s) for k in range(n + 1) for s in map(frozenset, combinations(range(n), k))}
    parts = np.zeros(n)
    for s, value in values.items():
        for i in set(range(n)) - s:
            parts[i] += factorial(len(s)) * factorial(n - len(s) - 1) / factorial(n) * (values[s | {i}] - value)
    return parts


def expected(node: dict[str, Any], row: np.ndarray, known: frozenset[int]) -> float:
    """Return a tree's value if some columns are known; other splits weigh training rows."""
    if "leaf_value" in node:
        return float(node["leaf_value"])
    left, right = node["left_child"], node["right_child"]
    if node["split_feature"] in known:
        return expected(left if row[node["split_feature"]] <= node["threshold"] else right, row, known)
    first, second = (each.get("internal_count", each.get("leaf_count")) for each in (left, right))
    return (first * expected(left, row, known) + second * expected(right, row, known)) / (first + second)


def test_trees_agree_with_the_definition(trees: tuple[Model, Any], table: tuple[pd.DataFrame, np.ndarray]) -> None:
    """For eight columns all 256 subsets give the same contributions."""
    model, fitted = trees
    X = table[0].iloc[:2]
    roots = [tree["tree_structure"] for tree in booster(fitted).dump_model()["tree_info"]]
    own = model.contributions(fitted, X, FIT)
    assert own is not None
    for row, parts in zip(X.to_numpy(), own[:, :-1], strict=True):
        exact = shapley(lambda known, row=row: sum(expected(root, row, known) for root in roots), 8)
        assert np.abs(parts - exact).max() < CLOSE


def test_shown_parts_are_near_shapley_values_of_the_probability(table: tuple[pd.DataFrame, np.ndarray]) -> None:
    """Points along the straight path are close to Shapley values of the probability."""
    model = Model.parse({"kind": "logistic"})
    fitted = model.train(Rows(*table), None, FIT)
    raw = model.contributions(fitted, table[0].iloc[:20], FIT)
    assert raw is not None
    sigmoid = lambda z: 1 / (1 + np.exp(-z))  # noqa: E731
    shown = 100 * attributions(raw[:, :-1], raw[:, -1], sigmoid)
    for phi, points in zip(raw, shown, strict=True):
        exact = 100 * shapley(lambda known, phi=phi: float(sigmoid(phi[-1] + phi[list(known)].sum())), 8)
        assert np.abs(points - exact).max() < NEAR
