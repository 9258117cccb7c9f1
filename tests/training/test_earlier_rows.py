"""The customers scored a second time, at an earlier cutoff."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from custpred.inference.at_cutoff import customers_at
from custpred.recipe.file import from_keys
from custpred.recipe.keys import Recipe
from custpred.source._samples.shop import orders as made_orders
from custpred.split.base import Folds
from custpred.table import Column, Table
from custpred.target.base import Labelled
from custpred.training._rows import earlier as rows_module
from custpred.training._rows.earlier import earlier
from custpred.training.plan import resolve_split
from custpred.training.run import read_labelled, split_rows


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[pd.DataFrame, Recipe, Labelled, Folds]:
    """Return orders, the recipe that asks about them, its labelled rows and their split in time."""
    path = tmp_path_factory.mktemp("shop") / "orders.csv"
    orders = made_orders(200)
    orders.to_csv(path, index=False)
    keys = {
        "recipe": 1,
        "name": "shop",
        "events": {"orders": {"path": str(path), "key": "customer_id", "time": "ordered_at", "amount": "amount"}},
        "target": {"kind": "no_event", "gap": "7d", "horizon": "60d", "eligible": {"events_in": "180d"}},
        "cutoffs": {"every": "1mo", "count": 6},
        "features": ["rfm"],
    }
    recipe = from_keys(keys)
    labelled = read_labelled(recipe)
    recipe, _ = resolve_split(recipe, labelled.table, labelled.task.classes)
    return orders, recipe, labelled, split_rows(recipe, labelled)


def test_no_row_is_trained_on_or_tested(shop: tuple[pd.DataFrame, Recipe, Labelled, Folds]) -> None:
    """They are test customers at the last earlier cutoff, which training leaves out."""
    _, _, labelled, folds = shop
    frame = labelled.table.frame
    found = earlier(labelled.table, folds, folds.test)
    assert found is not None
    moment = found.frame["cutoff"].unique()
    assert len(moment) == 1
    assert frame["cutoff"].iloc[folds.train].max() < moment[0] < frame["cutoff"].iloc[folds.test].min()
    assert sorted(frame["cutoff"].unique())[-2] == moment[0]
    assert set(found.frame["customer_id"]) <= set(frame["customer_id"].iloc[folds.test])
    assert len(found) > 50


def test_features_see_only_what_came_before(shop: tuple[pd.DataFrame, Recipe, Labelled, Folds]) -> None:
    """Without any event from the earlier cutoff on, the same customers have the same features."""
    orders, recipe, labelled, folds = shop
    found = earlier(labelled.table, folds, folds.test)
    assert found is not None
    cutoff = found.frame["cutoff"].iloc[0]
    then = customers_at(recipe, orders[orders["ordered_at"] < cutoff], f"{cutoff:%Y-%m-%d}").frame
    own = found.frame.set_index("customer_id")
    again = then.set_index("customer_id").loc[own.index, list(own.columns)]
    assert_frame_equal(again, own, check_dtype=False, check_categorical=False)


def table(cutoffs: list[int]) -> Table:
    """Return two customers at each cutoff, a day of January 2024."""
    ids = ["a", "b"] * len(cutoffs)
    days = pd.to_datetime([f"2024-01-{day:02}" for day in cutoffs for _ in "ab"])
    return Table(pd.DataFrame({"id": ids, "cutoff": days}), (Column("id", "id"), Column("cutoff", "date")), key="id")


def test_without_an_untouched_earlier_cutoff_there_are_no_rows() -> None:
    """Cutoffs that were trained on, later ones, and tables without cutoffs give none."""
    two, test = table([1, 2]), np.array([2, 3])
    every = Folds(np.array([0, 1]), test, ())
    assert earlier(two, every, test) is None
    assert earlier(two, Folds(np.array([2, 3]), np.array([0, 1]), ()), np.array([0, 1])) is None
    assert earlier(table([1]), Folds(np.array([0]), np.array([1]), ()), np.array([1])) is None
    bare = Table(two.frame[["id"]], two.columns[:1], key="id")
    assert earlier(bare, every, test) is None


def test_only_scored_customers_and_not_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """The latest free cutoff counts; customers outside the scored part are not scored again."""
    three, folds = table([1, 2, 3]), Folds(np.array([], dtype=int), np.array([4, 5]), ())
    found = earlier(three, folds, np.array([5]))
    assert found is not None
    assert found.frame["id"].tolist() == ["b"]
    assert found.frame["cutoff"].dt.day.tolist() == [2]
    monkeypatch.setattr(rows_module, "MOST", 1)
    thinned = earlier(three, folds, np.array([4, 5]))
    assert thinned is not None
    assert len(thinned) == 1
