"""Integer codes with few levels become 0/1 columns next to the number, for linear models only."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import custpred as cp
from custpred.features._levels import Levels
from custpred.models.base import Model
from custpred.table import Column
from custpred.training.plan import Plan

N = 600
DRAW = np.random.default_rng(3)
X = pd.DataFrame(
    {
        "grade": DRAW.integers(0, 7, N) - 2.0,
        "flag": DRAW.integers(0, 2, N).astype(float),
        "many": DRAW.integers(0, 40, N).astype(float),
        "half": DRAW.integers(0, 5, N) / 2,
        "rare": np.r_[np.full(3, 9.0), DRAW.integers(0, 3, N - 3)],
        "gaps": np.where(DRAW.random(N) < 0.2, np.nan, DRAW.integers(0, 3, N)),
    }
)


def test_only_codes_of_few_levels_are_expanded() -> None:
    """Three to twelve integer levels get columns; flags, fractions, long codes do not."""
    state = Levels().learn(X, None, None, 0)
    assert list(state["levels"]) == ["grade", "rare", "gaps"]
    assert state["levels"]["rare"].tolist() == [0.0, 1.0, 2.0]
    assert state["made"]["grade=-2"] == ["grade"]


def test_numbers_stay_and_unseen_levels_and_missing_values_are_zero() -> None:
    """The number is kept next to its 0/1 columns, which are all 0 for an unseen level."""
    spec = Levels()
    state = spec.learn(X, None, None, 0)
    new = X.head(4).assign(grade=[-2.0, 99.0, np.nan, 3.0])
    out = spec.apply(new, state)
    assert out["grade"].tolist()[:2] == [-2.0, 99.0]
    own = out[[name for name in out if name.startswith("grade=")]].to_numpy()
    assert own.sum(axis=1).tolist() == [1.0, 0.0, 0.0, 1.0] and own[0, 0] == 1.0


def test_a_table_of_counts_is_not_expanded() -> None:
    """With more than a few dozen code columns the table would become too wide."""
    wide = pd.DataFrame(DRAW.integers(0, 5, (200, 60)).astype(float)).add_prefix("c")
    assert not Levels().learn(wide, None, None, 0)["made"]


@pytest.mark.parametrize("kind", [each for each in Model.kinds() if each not in {"logistic", "linear"}])
def test_other_models_are_prepared_as_before(kind: str, plan: Any) -> None:
    """Only linear models get the columns."""
    assert "levels" not in " ".join(name for name, _ in plan().preparation(Model.find(kind)()).steps())


def test_linear_models_share_the_rows_of_others_where_there_is_no_code(plan: Any) -> None:
    """Without codes the rows are prepared once for all dense models."""
    linear, logistic = Model.find("linear")(), Model.find("logistic")()
    assert "levels" in " ".join(name for name, _ in plan().preparation(logistic).steps())
    assert plan("number").preparation(linear).key == "dense"


@pytest.fixture
def plan() -> Any:
    """Return a function that makes a plan for a column of a kind."""
    from custpred.recipe.file import from_keys

    def made(kind: Any = "code") -> Plan:
        keys = dict.fromkeys(("missing", "outliers"), "leave") | {"features": [], "resample": "none"}
        recipe = from_keys({"customers": {"sample": "telecom"}, "target": "churn", **keys})
        return Plan(recipe, (Column("x", kind),), ())

    return made


def test_a_logistic_regression_learns_codes_without_an_order() -> None:
    """A target not monotone in the code is learned, and reasons name the code's column."""
    codes = DRAW.integers(0, 6, 800)
    y = np.where(DRAW.random(800) < np.array([0.9, 0.1, 0.8, 0.2, 0.9, 0.1])[codes], "yes", "no")
    frame = pd.DataFrame({"code": codes, "noise": DRAW.normal(size=800), "y": y})
    keys = {"budget": {"jobs": 1}, "models": ["logistic"], "search": "none", "engine": "inline"}
    found = cp.fit(frame, target="y", **keys)
    assert found.record.test["roc_auc"].value > 0.8
    assert {"code", "noise"} >= set(found.explain(frame.head(5)).columns) - {"start", "answer"}
    alone = np.vstack([found.predict_proba(frame.iloc[[row]]).to_numpy() for row in range(5)])
    np.testing.assert_allclose(alone, found.predict_proba(frame).to_numpy()[:5], rtol=1e-9)
