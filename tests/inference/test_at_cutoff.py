"""The same question at a later cutoff: which events are taken, and what is said where some are missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from custpred.errors import DataError
from custpred.inference.at_cutoff import customers_at
from custpred.recipe.file import from_keys

ORDERS = pd.DataFrame({"id": ["a", "b"], "when": pd.to_datetime(["2024-01-05", "2024-01-09"]), "paid": [3.0, 4.0]})
VISITS = pd.DataFrame({"id": ["b", "b"], "when": pd.to_datetime(["2024-01-03", "2024-01-08"])})
TABLES = {
    "orders": {"data": ORDERS, "key": "id", "time": "when", "amount": "paid"},
    "visits": {"data": VISITS, "key": "id", "time": "when"},
}


def recipe(**tables: Any) -> Any:
    """Return a question about orders, from orders and visits."""
    target = {"kind": "event", "table": "orders", "horizon": "30d"}
    return from_keys({"events": tables or TABLES, "target": target, "budget": {"jobs": 1}, "features": "rfm"})


def test_the_cutoff_is_the_end_of_the_events_where_no_day_is_given() -> None:
    """The day after the last event: all of them are seen."""
    frame = customers_at(recipe()).frame
    assert frame["cutoff"].unique().tolist() == [pd.Timestamp("2024-01-10")]
    assert frame["days_since_last_orders"].tolist() == [5.0, 1.0]


def test_customers_without_events_of_another_table_count_none() -> None:
    """Counts are 0, moments a gap."""
    frame = customers_at(recipe()).frame
    assert frame["visits_count"].tolist() == [0.0, 2.0]
    assert frame["days_since_last_visits"].isna().tolist() == [True, False]


def test_a_folder_holds_a_file_for_each_table(tmp_path: Path) -> None:
    """Files are found by the names of the tables, whatever their format."""
    ORDERS.to_csv(tmp_path / "orders.csv", index=False)
    VISITS.to_parquet(tmp_path / "visits.parquet")
    assert customers_at(recipe(), tmp_path).frame.equals(customers_at(recipe()).frame)


@pytest.mark.parametrize("given_", [{"orders": ORDERS}, ORDERS])
def test_a_table_without_new_events_is_named(given_: Any) -> None:
    """Several tables need several files or frames."""
    with pytest.raises(DataError, match="CP2229 .*found none for"):
        customers_at(recipe(), given_)


def test_a_missing_column_of_new_events_is_named() -> None:
    """The nearest column is shown."""
    with pytest.raises(DataError, match=r"'when' is missing\. Did you mean 'wen'"):
        customers_at(recipe(orders=TABLES["orders"]), ORDERS.rename(columns={"when": "wen"}))


def test_a_day_that_is_none_is_refused() -> None:
    """The message shows how a day is written."""
    with pytest.raises(DataError, match="CP2230"):
        customers_at(recipe(), as_of="1st of May")
