"""A table of customers that was written after the cutoffs is an alarm; one that was not is silent."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from custpred.recipe.question import ask


def shop(customers: int = 300, seed: int = 0) -> pd.DataFrame:
    """Return orders of customers who stop at some day."""
    draw, rows = np.random.default_rng(seed), []
    for number in range(customers):
        day, stop = float(draw.integers(0, 300)), float(draw.integers(200, 700))
        while day < min(stop, 600):
            rows.append((f"K{number:03d}", pd.Timestamp("2022-01-01") + pd.Timedelta(days=day), draw.gamma(2, 20)))
            day += 1 + float(draw.exponential(20))
    return pd.DataFrame(rows, columns=["customer", "when", "paid"]).astype({"when": "datetime64[us]"})


def customers(orders: pd.DataFrame) -> pd.DataFrame:
    """Return a table of customers written after all orders, with honest columns as well."""
    draw = np.random.default_rng(1)
    groups = orders.groupby("customer")
    made = pd.DataFrame({"orders": groups.size(), "spent": groups["paid"].sum(), "last_order": groups["when"].max()})
    made["recency"] = (orders["when"].max() - made["last_order"]).dt.days + 1
    made["age"] = draw.integers(18, 80, len(made)).astype(float)
    made["joined"] = groups["when"].min() - pd.Timedelta(days=3)
    made["income"] = made["spent"].rank() * draw.uniform(0.5, 1.5, len(made))
    return made.reset_index()


def said(recipe: Any, *columns: str, **keys: Any) -> dict[str, Any]:
    """Return the findings about the table of customers, by column."""
    orders = shop()
    static = {"data": customers(orders)[["customer", *columns]], "key": "customer"}
    options = {"cutoffs": {"every": "2mo", "count": 4}, "target": {"kind": "no_event", "horizon": "60d"}}
    made = recipe(orders, table={"category": []}, customers=static, **(options | keys))
    return {each.column: each for each in ask(made).table.findings if each.code in {"D158", "D159"}}


@pytest.mark.parametrize("column", ["orders", "spent", "recency"])
def test_totals_written_today_are_alarms(recipe: Any, column: str) -> None:
    """They count what came after the cutoffs; the finding names the column and how to leave it out."""
    found = said(recipe, column, "age")
    assert list(found) == [column]
    assert (found[column].code, found[column].severity) == ("D159", "alarm")
    assert f"customers: {{drop: [{column}]}}" in found[column].text


def test_dates_beyond_the_cutoffs_are_alarms_where_they_tell_who_came_back(recipe: Any) -> None:
    """The last order of today lies after the cutoff for those who ordered again."""
    found = said(recipe, "last_order", "joined")["days_since_last_order"]
    assert (found.code, found.severity) == ("D158", "alarm")
    assert 0.3 < float(found.numbers["share"]) < 1
    assert "'last_order'" in found.text


def test_dates_beyond_the_cutoffs_that_tell_nothing_are_a_warning(recipe: Any) -> None:
    """Some date of the future is said with its share."""
    orders, draw = shop(), np.random.default_rng(5)
    made = customers(orders)
    made["visit"] = pd.Timestamp("2022-06-01") + pd.to_timedelta(draw.integers(0, 600, len(made)), "D")
    static = {"data": made[["customer", "visit"]], "key": "customer"}
    options = {"cutoffs": {"every": "2mo", "count": 4}, "target": {"kind": "no_event", "horizon": "60d"}}
    found = ask(recipe(orders, table={"category": []}, customers=static, **options)).table.findings
    assert [(each.code, each.severity) for each in found] == [("D158", "warning")]


@pytest.mark.parametrize("count", [1, 4])
def test_honest_columns_are_silent(recipe: Any, count: int) -> None:
    """What was known before, and what merely goes with spending, is no leak, at one cutoff or several."""
    assert said(recipe, "age", "income", cutoffs={"every": "2mo", "count": count}) == {}
