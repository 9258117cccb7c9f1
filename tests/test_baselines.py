"""Baselines of a target, and which of them may be blended."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from custpred.columns.history import history_name
from custpred.models.base import Model
from custpred.recipe.file import from_keys
from custpred.table import Column, Table
from custpred.task import Task
from custpred.training.plan import Plan, resolve
from custpred.training.search_session import entries

PARTS = ("repeats", "days_first_to_last", "days_since_first", "mean_repeat_amount")
TASKS = {
    "event": Task("binary", "orders in 90 days", ("no", "yes")),
    "no_event": Task("binary", "no orders in 90 days", ("no", "yes")),
    "amount": Task("regression", "amount"),
    "next": Task("multiclass", "next of orders", ("a", "b", "c")),
}


def planned(kind: str, **keys: Any) -> Plan:
    """Return the plan of a target on orders, 90 days from a week after the cutoff."""
    recipe = from_keys(
        {
            "events": {"orders": {"sample": "orders", "item": "category"}},
            "target": {"kind": kind, "horizon": "90d", "gap": "7d"},
            "split": {"kind": "stratified", "folds": 3},
            **keys,
        }
    )
    frame = pd.DataFrame({history_name("orders", part): np.arange(60.0) for part in PARTS})
    table = Table(frame, tuple(Column(name, "number") for name in frame))
    return resolve(recipe, table, TASKS[kind])


def board(plan: Plan, kind: str) -> list[Model]:
    """Return the model of each family, in the order in which they are tried."""
    return [entry.model for entry in entries(plan, TASKS[kind], np.arange(60) % 2)]


@pytest.mark.parametrize("kind", ["event", "no_event", "amount"])
def test_purchase_targets_have_the_classical_model_on_the_leaderboard(kind: str) -> None:
    """BG/NBD is next to dummy and rule, has the same target, and is not blended."""
    shown = board(planned(kind, models=["mlp"]), kind)
    assert [each.kind() for each in shown] == ["dummy", "rule", "bg_nbd", "mlp"]
    assert shown[2].dump() == {"kind": "bg_nbd", "gap": 7.0, "of": "orders"} | (
        {} if kind == "event" else {"asks": kind}
    )
    assert [each.baseline for each in shown] == [True, True, True, False]


def test_a_recipe_that_lists_the_classical_model_may_blend_it() -> None:
    """Under models it gets the target's days, and may be blended, or keeps its options."""
    listed = board(planned("no_event", models=["bg_nbd"]), "no_event")[-1]
    assert listed.dump() == {"kind": "bg_nbd", "asks": "no_event", "gap": 7.0, "of": "orders", "joins": True}
    assert not listed.baseline
    own = board(planned("event", models=[{"kind": "bg_nbd", "horizon": 30}]), "event")[-1]
    assert own.dump() == {"kind": "bg_nbd", "horizon": 30.0}


def test_auto_has_the_classical_model_among_its_families() -> None:
    """With ``models: auto``, BG/NBD is tried for purchases, but not for the next item."""
    assert "bg_nbd" in {each.kind() for each in board(planned("event"), "event") if not each.baseline}
    assert {"same_again", "dummy", "rule"} == {each.kind() for each in board(planned("next"), "next") if each.baseline}


def test_histories_are_prepared_separately() -> None:
    """Imputation, outliers and resampling are for other models; these get unchanged histories."""
    plan = planned("event", models=["bg_nbd", "logistic"], resample="smote", missing="median", outliers="iqr")
    histories, others = (plan.preparation(each) for each in plan.recipe.models)
    assert [spec.kind() for _, spec in histories.steps()] == ["_history"]
    assert histories.resample.kind() == "none"
    assert len(others.steps()) > 3
    assert histories.key != others.key
