"""A model holds at most five fold models of each member, with and without a refit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import custpred as cp


@pytest.mark.filterwarnings("ignore::custpred.errors.ScoringWarning")  # rare plans
@pytest.mark.parametrize("final", ["folds", "refit"])
@pytest.mark.parametrize(("folds", "kept"), [(7, 5), (3, 3)])
def test_the_last_five_folds_are_handed_over(
    people: Callable[..., pd.DataFrame], tmp_path: Path, final: str, folds: int, kept: int
) -> None:
    """Out-of-fold scores use every fold, the predictor the last five; others leave no model."""
    lean = {"search": "none", "engine": "inline", "models": ["logistic"], "budget": {"work": 1, "jobs": 1}}
    split = {"kind": "stratified", "folds": folds, "test": 0.25}
    result = cp.fit(people(420), "left", key="customer", split=split, final=final, out=tmp_path / "run", **lean)
    (member,) = result.predictor.members
    assert len(member.fitted) == len(member.shifts) == kept
    assert [len(each) for each in result.predictor.preparations.values()] == [kept]
    trial = result.folder / "trials" / member.name.rpartition("#")[2]
    assert {int(path.stem.removeprefix("held")) for path in trial.glob("held*.npy")} == set(range(folds))
    assert {path.stem for path in trial.glob("fold*.json")} == {f"fold{fold}" for fold in range(folds - kept, folds)}
    assert result.record.final is None or result.record.final.folds == kept
    rows = people(420).head(20)
    again = cp.load(result.folder).predict_proba(rows)
    np.testing.assert_array_equal(again, result.predict_proba(rows))
