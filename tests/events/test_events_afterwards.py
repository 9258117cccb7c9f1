"""A table of customers written after the cutoffs is an alarm; another is not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from custpred.recipe.question import ask


def shop(customers: int = 300, seed: int = 0) -> pd.DataFrame:
    """Return orders of customers who stop on some day."""
    draw, rows = np.random.default_rng(seed), []
    for number in range(customers):
        day, stop = float(draw.integers(0, 300)), float(draw.integers(200, 700))
        while day < min(stop, 600):
            rows.append((f"K{number:03d}", pd.Timestamp("2022-01-01") + pd.Timedelta(days=day), draw.gamma(2, 20)))
            day += 1 + float(draw.exponential(20))
    return pd.DataFrame(rows, columns=["customer", "when", "paid"]).astype({"when": "datetime64[us]"})


def customers(orders: pd.DataFrame) -> pd.DataFrame:
    """Return a table of customers written after all orders, also with honest columns."""
    draw = np.random.default_rng(1)
    groups = orders.groupby("customer")
    made = pd.DataFrame({"orders": groups.size(), "spent": groups["paid"].sum(), "last_order": groups["when"].max()})
    made["recency"] = (orders["when"].max() - made["last_order"]).dt.days + 1
    made["age"] = draw.integers(18, 80, len(made)).astype(float)
    made["joined"] = groups["when"].min() - pd.Timedelta(days=3)
    made["income"] = made["spent"].rank() * draw.uniform(0.5, 1.5, len(made))
    return made.reset_index()


def findings_by_column(recipe: Any, *columns: str, **keys: Any) -> dict[str, Any]:
    """Return the findings about the table of customers, by column."""
    orders = shop()
    static = {"data": customers(orders)[["customer", *columns]], "key": "customer"}
    options = {"cutoffs": {"every": "2mo", "count": 4}, "target": {"kind": "no_event", "horizon": "60d"}}
    made = recipe(orders, table={"category": []}, customers=static, **(options | keys))
    return {each.column: each for each in ask(made).table.findings if each.code in {"D158", "D159"}}


@pytest.mark.parametrize("column", ["orders", "spent", "recency"])
def test_current_totals_are_alarms(recipe: Any, column: str) -> None:
    """They include events after the cutoffs; the finding names the column and the remedy."""
    found = findings_by_column(recipe, column, "age")
    assert list(found) == [column]
    assert (found[column].code, found[column].severity) == ("D159", "alarm")
    assert f"customers: {{drop: [{column}]}}" in found[column].text


def test_later_dates_of_returning_customers_are_alarms(recipe: Any) -> None:
    """A current last order is after the cutoff for those who ordered again."""
    found = findings_by_column(recipe, "last_order", "joined")["days_since_last_order"]
    assert (found.code, found.severity) == ("D158", "alarm")
    assert 0.3 < float(found.numbers["share"]) < 1
    assert "'last_order'" in found.text


def test_other_later_dates_are_a_warning(recipe: Any) -> None:
    """A date after the cutoff is reported with its share."""
    orders, draw = shop(), np.random.default_rng(5)
    made = customers(orders)
    made["visit"] = pd.Timestamp("2022-06-01") + pd.to_timedelta(draw.integers(0, 600, len(made)), "D")
    static = {"data": made[["customer", "visit"]], "key": "customer"}
    options = {"cutoffs": {"every": "2mo", "count": 4}, "target": {"kind": "no_event", "horizon": "60d"}}
    found = ask(recipe(orders, table={"category": []}, customers=static, **options)).table.findings
    assert [(each.code, each.severity) for each in found] == [("D158", "warning")]


@pytest.mark.parametrize("count", [1, 4])
def test_honest_columns_give_no_finding(recipe: Any, count: int) -> None:
    """Earlier values, and those related to spending, are no leak, at one or more cutoffs."""
    assert findings_by_column(recipe, "age", "income", cutoffs={"every": "2mo", "count": count}) == {}
