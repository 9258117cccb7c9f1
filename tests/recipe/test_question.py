"""From events to labelled rows: contradictions, gathered columns, splits by cutoff."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from custpred.errors import DataError, RecipeError
from custpred.recipe.file import from_keys
from custpred.recipe.question import gathering
from custpred.training.plan import resolve, resolve_split
from custpred.training.run import read_labelled, split_rows

TARGET = {"kind": "no_event", "gap": "14d", "horizon": "60d"}
SHOP = {"sample": "shop", "rows": 200}


def shop(**keys: Any) -> Any:
    """Return a recipe on the synthetic shop's orders."""
    target = keys.pop("target", TARGET)
    return from_keys({"events": {"orders": SHOP}, "target": target, **keys})


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"target": {**TARGET, "table": "ordrs"}}, "target.table: there is no table 'ordrs'.*Did you mean 'orders'"),
        ({"target": "churn"}, "with events, expected one of no_event, event, amount or next"),
        ({"target": {**TARGET, "history": "30d", "eligible": {"events_in": "60d"}}}, "60d is longer than the history"),
        ({"features": [{"kind": "windows", "of": "visits"}]}, "features.0.of: there is no table 'visits'"),
        (
            {"target": {**TARGET, "history": "30d"}, "features": [{"kind": "windows", "spans": ["90d"]}]},
            "features.0.spans: 90d is longer than the history",
        ),
        (
            {"events": {"orders": {"path": "o.csv", "key": "c", "time": "t"}}, "target": {"kind": "amount"}},
            "events.orders: expected 'amount'",
        ),
        (
            {"events": {"a": SHOP, "a_days": SHOP}, "target": {**TARGET, "table": "a"}},
            "events.a_days: there is a table",
        ),
        ({"events": {"a": SHOP, "A": SHOP}, "target": {**TARGET, "table": "a"}}, "events.A: there is a table"),
        (
            {"events": {"cutoffs": SHOP}, "target": {**TARGET, "table": "cutoffs"}},
            "events.cutoffs: this name is reserved",
        ),
    ],
)
def test_contradictory_keys_are_mistakes(keys: dict[str, Any], said: str) -> None:
    """Keys that contradict each other are mistakes with a place, before any row is read."""
    with pytest.raises(RecipeError, match=f"CP1114 .*{said}|{said}"):
        shop(**keys)


@pytest.mark.parametrize(
    ("keys", "where"),
    [
        ({"customers": {"drop": ["age", "churn"]}}, "customers.drop.1: 'churn' is needed by 'target'"),
        ({"customers": {"key": "customer_id", "drop": ["customer_id"]}}, "'customer_id' is needed by 'customers.key'"),
        ({"customers": {"drop": ["city"]}, "split": {"kind": "group", "column": "city"}}, "needed by 'split.column'"),
        ({"customers": {"drop": ["age"]}, "weight": "age"}, "'age' is needed by 'weight'"),
    ],
)
def test_a_dropped_column_that_is_needed_is_a_mistake(keys: dict[str, Any], where: str) -> None:
    """The run would say that the table lacks the column, with the remedy to add it."""
    keys["customers"]["sample"] = "telecom"
    with pytest.raises(RecipeError, match=f"CP1114 .*{where}"):
        from_keys({"target": "churn", **keys})


def test_the_key_is_not_the_cutoff() -> None:
    """Gathered rows have a column of this name."""
    with pytest.raises(RecipeError, match="the key cannot be called 'cutoff'"):
        shop(events={"orders": {"path": "o.csv", "key": "cutoff", "time": "t"}})


def test_a_target_of_events_needs_events() -> None:
    """Without events the recipe is invalid."""
    with pytest.raises(RecipeError, match="the recipe has no 'events'"):
        from_keys({"customers": {"sample": "shop"}, "target": TARGET})


def test_auto_gathers_windows_within_the_history() -> None:
    """``features: auto`` is rfm and windows whose spans lie in the history."""
    found = gathering(shop(target={**TARGET, "history": "100d"}))
    assert [each.kind() for each in found] == ["rfm", "windows"]
    assert found[1].spans == ("7d", "30d", "90d")  # type: ignore[attr-defined]


def test_training_labels_end_before_the_test() -> None:
    """The last cutoff is the test; no training label overlaps it; folds hold out customers."""
    recipe = shop()
    labelled = read_labelled(recipe)
    recipe, (decision,) = resolve_split(recipe, labelled.table)
    folds = split_rows(recipe, labelled)
    cutoffs, ids = labelled.table.frame["cutoff"], labelled.table.frame["customer_id"]
    assert cutoffs.iloc[folds.test].nunique() == 1
    first = cutoffs.iloc[folds.test].min()
    assert first == cutoffs.max()
    assert (cutoffs.iloc[folds.train] + timedelta(days=74) <= first).all()
    assert cutoffs.iloc[folds.train].max() + timedelta(days=74 + 31) > first
    for fit, held in folds.held:
        assert not set(ids.iloc[folds.train[fit]]) & set(ids.iloc[folds.train[held]])
    assert sorted(np.concatenate([held for _, held in folds.held])) == list(range(len(folds.train)))
    assert "known at" in decision.reason


def test_one_cutoff_holds_out_random_customers() -> None:
    """With one row per customer the class shares are kept."""
    recipe = shop(cutoffs="2024-06-01")
    labelled = read_labelled(recipe)
    split = resolve_split(recipe, labelled.table)[0].split
    assert split.kind() == "stratified"  # type: ignore[union-attr]


def test_a_horizon_too_long_for_several_cutoffs_holds_out_whole_customers() -> None:
    """No label is known before the last cutoff: auto splits by customer, time is an error."""
    keys = {"target": {"kind": "event", "horizon": "1y"}, "cutoffs": ["2023-10-01", "2023-11-01"]}
    recipe = shop(**keys)
    table = read_labelled(recipe).table
    resolved, (decision,) = resolve_split(recipe, table)
    assert (resolved.split.kind(), resolved.split.column) == ("group", "customer_id")  # type: ignore[union-attr]
    assert "no cutoff's labels were known" in decision.reason
    with pytest.raises(DataError, match="CP2228"):
        resolve_split(shop(**keys, split={"kind": "time", "test": {"last": 1}}), table)


def test_models_see_neither_key_nor_cutoff() -> None:
    """The plan excludes columns that only divide rows, and keeps features learned in the fold."""
    recipe = shop(cutoffs=["2024-03-01", "2024-06-01"], models=["logistic"])
    labelled = read_labelled(recipe)
    recipe, _ = resolve_split(recipe, labelled.table)
    plan = resolve(recipe, labelled.table, labelled.task)
    names = {column.name for column in plan.columns}
    assert not names & {"customer_id", "cutoff"}
    assert {"days_since_last_orders", "orders_count_30d"} <= names
    assert [each.kind() for each in plan.recipe.features][:2] == ["rfm", "windows"]  # type: ignore[union-attr]


def test_static_customers_are_joined_without_later_dates() -> None:
    """Static columns are joined by id; a later date is missing, others become days."""
    when = pd.to_datetime(["2024-01-05", "2024-02-01", "2024-05-01", "2024-01-07", "2024-05-02"])
    orders = pd.DataFrame({"id": ["a", "a", "a", "b", "c"], "when": when})
    people = pd.DataFrame(
        {
            "who": ["b", "a", "z"],
            "plan": ["basic", "plus", "plus"],
            "joined": pd.to_datetime(["2023-12-31", "2024-01-01", "2020-01-01"]),
            "closed": pd.to_datetime(["2024-02-20", "2024-04-01", None]),
        }
    )
    recipe = from_keys(
        {
            "events": {"orders": {"data": orders, "key": "id", "time": "when"}},
            "customers": {"data": people, "key": "who"},
            "target": {"kind": "event", "horizon": "30d"},
            "cutoffs": ["2024-03-01", "2024-04-03"],
        }
    )
    frame = read_labelled(recipe).table.frame.set_index(["cutoff", "id"]).loc["2024-03-01"]
    assert frame["plan"].to_dict() == {"a": "plus", "b": "basic"}
    assert frame["days_since_joined"].to_dict() == {"a": 60.0, "b": 61.0}
    assert frame["days_since_closed"].isna().to_dict() == {"a": True, "b": False}


def test_an_unknown_value_column_is_an_error() -> None:
    """Names under business and privacy are those of gathered columns; the nearest is suggested."""
    with pytest.raises(DataError, match="Did you mean 'orders_amount_sum'"):
        read_labelled(shop(cutoffs="2024-06-01", business={"value": {"column": "orders_amount_sums"}}))
