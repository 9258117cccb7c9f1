"""Diagnostics of networks, and of a customer."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from custpred import fit, load
from custpred.lazy import installed
from custpred.metrics.base import Metric
from custpred.models.base import Model
from custpred.search._trial import Trial
from custpred.storage.files import save_state
from custpred.task import Predictions, Task
from custpred.training._figures.network_diagnostics import diagnose, strip, typical
from custpred.training.fold import handed_over

if TYPE_CHECKING:
    from pathlib import Path


def test_the_synthetic_customer_is_not_in_the_table() -> None:
    """Numbers are medians, a level needs ten customers, and text is omitted."""
    X = pd.DataFrame(
        {
            "age": [20.0, 30.0, 100.0] * 6,
            "plan": pd.Categorical(["a"] * 12 + ["b"] * 6),
            "rare": pd.Categorical([f"level {i // 2}" for i in range(18)]),
            "note": pd.Series(["secret"] * 18, dtype=object),
        }
    )
    row = typical(X)
    assert row["age"].tolist() == [30.0]
    assert row["plan"].tolist() == ["a"]
    assert row["rare"].isna().all()
    assert row["note"].tolist() == [None]
    assert row["plan"].dtype == X["plan"].dtype


def test_the_learning_curve_is_that_of_the_first_fold_with_a_model(tmp_path: Path) -> None:
    """Of eight folds only the last five leave their model."""
    for fold in handed_over(8):
        save_state(tmp_path / "3", f"fold{fold}", {"story": {"epochs": [{"seconds": float(fold)}]}})
    truth = np.arange(40) % 2
    answers = Predictions(Task("binary", "left", ("no", "yes")), truth, np.full((40, 2), 0.5))
    scorer: Any = SimpleNamespace(
        trials=tmp_path, held=[None] * 8, task=answers.task, metric=Metric.parse("roc_auc"),
        raw=lambda number: None, predictions=lambda raw: (answers, None),
    )  # fmt: skip
    trial = Trial(3, Model.parse("lstm"), "ok", gain=0.5)
    (found,) = diagnose(scorer, [trial])
    assert found["seconds_per_epoch"] == 3.0


@pytest.mark.slow
@pytest.mark.skipif(not installed("tensorflow"), reason="TensorFlow is not installed")
def test_a_run_with_a_network_goes_from_steps_to_gates(tmp_path: Path) -> None:
    """Columns become steps, an LSTM learns; page, predictions, reasons and gates follow."""
    draw = np.random.default_rng(0)
    states = draw.normal(size=(240, 3))
    X = pd.DataFrame(states, columns=["state_1", "state_2", "state_3"]).assign(age=draw.integers(20, 70, 240))
    X["left"] = np.where(states[:, 2] - states[:, 1] + draw.normal(0, 0.3, 240) > 0, "yes", "no")
    lstm = {"kind": "lstm", "units": 8, "epochs": 15, "learning_rate": 0.03}
    split = {"kind": "stratified", "folds": 2}
    options = {"split": split, "features": ["steps"], "models": [lstm], "budget": {"work": 3}, "ensemble": "best"}
    result = fit(X, target="left", out=tmp_path / "run", **options)
    networks = result.record.laboratory["networks"]
    assert [(each["kind"], len(each["epochs"]) > 0) for each in networks] == [("lstm", True)]
    again = load(result.folder)
    new = X.drop(columns="left").head(3)
    np.testing.assert_array_equal(again.predict_proba(new), result.predict_proba(new))
    reasons = again.explain(new)
    np.testing.assert_allclose(
        reasons.drop(columns=["start", "answer"]).sum(axis=1), reasons["answer"] - reasons["start"]
    )
    frame, _ = again.predictor.conform(new)
    assert len(strip(again.predictor, frame)["steps"]) == 3
    assert "Gates at work" in (result.folder / "report.html").read_text("utf-8")
