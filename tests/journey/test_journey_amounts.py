"""Amounts that cannot be negative, from the recipe to the list, and back from disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import custpred as cp

LEAN: dict[str, Any] = {
    "split": {"kind": "given", "column": "part", "folds": 2},
    "models": ["linear"],
    "metrics": ["rmse"],
    "engine": "inline",
    "budget": {"work": 3, "jobs": 1},
}


def _spending(refunds: float) -> pd.DataFrame:
    """Return customers whose spend is cut off at 0, which a linear model would undershoot."""
    draw = np.random.default_rng(0)
    visits = draw.normal(0, 1, 300)
    part = np.where(np.arange(300) % 3, "train", "test")
    spend = np.maximum(100 * visits + draw.normal(0, 5, 300), -refunds)
    return pd.DataFrame({"visits": visits, "age": draw.normal(40, 9, 300), "part": part, "spend": spend})


@pytest.mark.filterwarnings("ignore")
def test_spend_is_never_negative(tmp_path: Path) -> None:
    """One floor applies to predictions, list, reasons, test score and the saved model."""
    frame = _spending(refunds=0)
    result = cp.fit(frame, "spend", out=tmp_path / "run", **LEAN)
    answer = result.predict(frame)
    assert answer.min() == 0 < (answer == 0).mean()
    assert (result.predictor.raw(result.predictor.conform(frame)[0]) < 0).any()
    assert np.allclose(result.act(frame, reasons=1)[0]["prediction"], answer)
    why = result.explain(frame)
    assert np.allclose(why.drop(columns="answer").sum(axis=1), answer, atol=1e-3)
    test = (frame["part"] == "test").to_numpy()
    assert result.score == pytest.approx(np.sqrt(np.mean((answer - frame["spend"])[test] ** 2)), rel=1e-5)
    again = cp.load(tmp_path / "run")
    assert again.record.task.floor == 0
    assert np.array_equal(again.predict(frame), answer)


@pytest.mark.filterwarnings("ignore")
def test_refunds_may_be_predicted() -> None:
    """If training customers have negative values, predictions may be negative."""
    frame = _spending(refunds=50)
    assert cp.fit(frame, "spend", **LEAN).predict(frame).min() < 0
