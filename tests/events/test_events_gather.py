"""Gathering: events before a cutoff, compared with plain Python, and none after it."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from pandas.testing import assert_frame_equal

from custpred.errors import DataError
from custpred.events.assembly import assembled
from custpred.inference.at_cutoff import customers_at
from custpred.recipe.file import from_keys
from custpred.recipe.question import ask
from custpred.source._reading.addresses import expanded
from custpred.table import Column, Table

CUTOFF = datetime(2024, 9, 1)
STEPS = {"kind": "steps", "of": "orders", "inputs": ["amount", "days_since_previous", "shop"], "last": 4}


def at(recipe: Callable[..., Any], data: pd.DataFrame, **keys: Any) -> pd.DataFrame:
    """Return the customers at the cutoff by id."""
    return customers_at(recipe(data, **keys), as_of=f"{CUTOFF:%Y-%m-%d}").frame.set_index("customer")


@pytest.mark.parametrize("late", [False, True])
def test_means_are_of_known_amounts_of_whole_days(recipe: Any, late: bool) -> None:
    """A missing amount is not 0; a first day whose orders became known one by one is one day."""
    rows = [("a", 1, 100.0), ("a", 1, 30.0), ("a", 9, 50.0), ("b", 1, None), ("b", 9, 10.0), ("b", 10, None)]
    rows += [("c", 1, 20.0), ("c", 5, None), ("c", 9, 40.0), ("d", 1, None)]
    data = pd.DataFrame(rows, columns=["customer", "day", "paid"]).assign(shop="web")
    data["when"] = pd.Timestamp("2024-08-01") + pd.to_timedelta(data["day"], "D")
    data["known"] = data["when"] + pd.to_timedelta(np.arange(len(data)), "D")
    found = at(recipe, data, table={"available_at": "known"} if late else {})
    wanted = {"a": (60, 50), "b": (10, 10), "c": (30, 40), "d": (math.nan, math.nan)}
    for customer, means in wanted.items():
        own = found.loc[customer, ["orders_amount_mean", "orders_mean_repeat_amount"]].tolist()
        assert own == pytest.approx(means, nan_ok=True), customer
        assert found.loc[customer, "orders_amount_mean_90d"] == pytest.approx(means[0], nan_ok=True)


def test_features_equal_plain_python(recipe: Any, orders: pd.DataFrame) -> None:
    """Recency, counts, sums, means, labels, trends and history of every customer, one by one."""
    found = at(recipe, orders)
    seen = orders[orders["when"] < CUTOFF]
    assert set(found.index) == set(seen.loc[seen["paid"] >= 0, "customer"])
    for customer, own in seen.groupby("customer"):
        sales = own[own["paid"] >= 0].sort_values("when")
        late = own[own["when"] >= CUTOFF - timedelta(days=90)]
        sold, twice = late[late["paid"] >= 0], sales[sales["when"] >= CUTOFF - timedelta(days=180)]
        bought = sales.groupby(sales["when"].dt.normalize())["paid"].sum()
        wanted = {
            "days_since_last_orders": (CUTOFF - sales["when"].max()) / timedelta(days=1),
            "orders_count": len(sales),
            "orders_amount_sum": own["paid"].sum(),
            "orders_repeats": len(bought) - 1,
            "orders_days_first_to_last": (bought.index[-1] - bought.index[0]).days,
            "orders_days_since_first": (CUTOFF - bought.index[0]).days,
            "orders_mean_repeat_amount": bought.iloc[1:].mean(),
            "orders_count_90d": len(sold),
            "orders_amount_sum_90d": late["paid"].sum(),
            "orders_amount_mean_90d": sold["paid"].mean(),
            "orders_shop_different_90d": sold["shop"].nunique(),
            "orders_count_trend_90d": len(sold) / len(twice) if len(twice) else math.nan,
        }
        row = found.loc[customer]
        assert {name: row[name] for name in wanted} == pytest.approx(wanted, nan_ok=True, rel=1e-12)
        assert row["orders_shop_last"] == sales["shop"].dropna().iloc[-1]


def test_labels_equal_plain_python(recipe: Any, orders: pd.DataFrame) -> None:
    """The label covers [cutoff + gap, cutoff + gap + horizon); returns lower amounts."""
    for kind in ("no_event", "event", "amount"):
        target = {"kind": kind, "gap": "7d", "horizon": "1mo"}
        labelled = ask(recipe(orders, target=target, cutoffs=["2024-06-01", "2024-09-01"]))
        rows = zip(labelled.table.frame["customer"], labelled.table.frame["cutoff"], labelled.truth, strict=True)
        for customer, cutoff, answer in rows:
            starts = cutoff + timedelta(days=7)
            ends = starts + pd.DateOffset(months=1)
            own = orders[(orders["customer"] == customer) & (orders["when"] >= starts) & (orders["when"] < ends)]
            sales = int((own["paid"] >= 0).sum())
            wanted = {"no_event": sales == 0, "event": sales > 0, "amount": max(own["paid"].sum(), 0.0)}[kind]
            assert answer == pytest.approx(float(wanted))


EVENTS = some.lists(
    some.tuples(
        some.sampled_from(["c1", "c2", "c3", "new"]),
        some.integers(-2000, 2000),
        some.integers(-500, 5000),
        some.integers(0, 90),
        some.sampled_from(["north", "web", None]),
    ),
    max_size=12,
)
"""Customer, hours from the cutoff, cents, hours until the row is seen, shop."""


def frame(events: Any) -> pd.DataFrame:
    """Return random events as a table with some before and after the cutoff."""
    always = [("c1", -500, 990, 0, "web"), ("c2", -300, 120, 0, "north"), ("c1", 900, 50, 0, None)]
    rows = [*always, *events]
    when = [CUTOFF + timedelta(hours=hours) for _, hours, _, _, _ in rows]
    return pd.DataFrame(
        {
            "customer": [row[0] for row in rows],
            "when": when,
            "paid": [row[2] / 100 for row in rows],
            "known": [moment + timedelta(hours=row[3]) for moment, row in zip(when, rows, strict=True)],
            "shop": pd.Series([row[4] for row in rows], dtype=object),
        }
    )


@settings(derandomize=True, max_examples=15, deadline=None)
@given(EVENTS, EVENTS, some.booleans(), some.randoms(use_true_random=False))
def test_nothing_from_the_cutoff_on_changes_a_feature(recipe: Any, one: Any, two: Any, late: bool, draw: Any) -> None:
    """Changing, adding or deleting events at or after the cutoff leaves features bit-identical."""
    first, second = frame(one), frame(two)
    by = "known" if late else "when"
    before = first[first[by] < CUTOFF]
    after = second[second[by] >= CUTOFF]
    other = pd.concat([before, after], ignore_index=True)
    other = other.iloc[draw.sample(range(len(other)), len(other))].reset_index(drop=True)
    table = {"available_at": "known"} if late else {}
    features = ["rfm", {"kind": "windows", "spans": ["3d"]}, STEPS]
    found, again = (at(recipe, each, table=table, features=features) for each in (first, other))
    assert_frame_equal(found, again, check_exact=True, check_categorical=False)


def test_late_rows_are_not_used_early(recipe: Any, orders: pd.DataFrame) -> None:
    """An event before the cutoff that became available after it is not in features."""
    found = at(recipe, orders, table={"available_at": "known"})
    seen = orders[(orders["known"] < CUTOFF) & (orders["paid"] >= 0)]
    assert len(orders[(orders["when"] < CUTOFF) & (orders["known"] >= CUTOFF)]) > 0
    assert found["orders_count"].to_dict() == seen.groupby("customer").size().to_dict()


def test_the_order_of_rows_and_of_threads_changes_nothing(recipe: Any) -> None:
    """Sums of amounts are exact, so shuffled rows and more threads give identical bits."""
    draw = np.random.default_rng(1)
    data = pd.DataFrame(
        {
            "customer": [f"c{n % 7}" for n in range(5000)],
            "when": CUTOFF - pd.to_timedelta(draw.integers(1, 10**7, 5000), "s"),
            "paid": draw.lognormal(3, 2, 5000),
            "shop": "web",
        }
    )
    one = at(recipe, data)
    two = at(recipe, data.sample(frac=1, random_state=3), budget={"jobs": 2})
    assert_frame_equal(one, two, check_exact=True)


def test_only_the_history_is_used(recipe: Any, orders: pd.DataFrame) -> None:
    """Events before the history are ignored, and windows do not reach further."""
    target = {"kind": "event", "history": "60d", "horizon": "30d"}
    found = at(recipe, orders, target=target)
    recent = orders[orders["when"] >= CUTOFF - timedelta(days=60)]
    assert_frame_equal(found, at(recipe, recent, target=target), check_exact=True)
    assert "orders_count_30d" in found
    assert "orders_count_90d" not in found


def test_eligibility_applies_to_training_and_scoring(recipe: Any, orders: pd.DataFrame) -> None:
    """Only customers with two events in the last 20 days are included in both."""
    target = {"kind": "event", "horizon": "30d", "eligible": {"events_in": "20d", "at_least": 2}}
    sales = orders[(orders["paid"] >= 0) & (orders["when"] < CUTOFF) & (orders["when"] >= CUTOFF - timedelta(days=20))]
    counts = sales.groupby("customer").size()
    wanted = set(counts[counts >= 2].index)
    assert set(at(recipe, orders, target=target).index) == wanted
    labelled = ask(recipe(orders, target=target, cutoffs="2024-09-01"))
    assert set(labelled.table.frame["customer"]) == wanted


def test_steps_are_the_latest_events_newest_first(recipe: Any, orders: pd.DataFrame) -> None:
    """Numbers are padded with NaN, labels are categories with the same levels at every step."""
    found = at(recipe, orders[orders["paid"] > 0], features=[STEPS])
    customer, own = next(iter(orders[(orders["when"] < CUTOFF) & (orders["paid"] > 0)].groupby("customer")))
    newest = own.sort_values("when", ascending=False)
    assert [found.loc[customer, f"amount@-{k}"] for k in range(4)] == list(newest["paid"].iloc[:4])
    gap = (newest["when"].iloc[0] - newest["when"].iloc[1]) / timedelta(days=1)
    assert found.loc[customer, "days_since_previous@-0"] == pytest.approx(gap)
    assert [found.loc[customer, f"shop@-{k}"] for k in range(4)] == [
        None if each is None else each for each in newest["shop"].iloc[:4]
    ]
    short = at(recipe, orders[orders["customer"] == customer].head(2), features=[STEPS])
    assert short["amount@-3"].isna().all()
    assert found["shop@-0"].cat.categories.equals(found["shop@-3"].cat.categories)


def test_rows_of_one_order_are_one_event(recipe: Any) -> None:
    """Lines of an invoice add up, cancelled ones are none; quantity x price is the amount."""
    data = pd.DataFrame(
        {
            "customer": [1.0, 1.0, 1.0, 2.0, np.nan],
            "when": pd.to_datetime(
                ["2024-08-01T10:00", "2024-08-01T10:01", "2024-08-20T00:00", "2024-08-02T00:00", "2024-08-03T00:00"]
            ),
            "invoice": ["A1", "A1", "C2", "A3", "A4"],
            "units": [2, 1, -1, 5, 9],
            "price": [1.5, 4.0, 4.0, 0.1, 9.0],
            "shop": ["web", "north", "web", "web", "web"],
        }
    )
    found = at(recipe, data, table={"order": "invoice", "amount": ["units", "price"]})
    assert list(found.index) == ["1", "2"]
    assert found["orders_count"].tolist() == [1, 1]
    assert found["orders_amount_sum"].tolist() == [3.0, 0.5]
    assert found["orders_amount_mean"].tolist() == [7.0, 0.5]
    assert found.loc["1", "orders_shop_last"] == "north"  # the dearest line names the order
    assert found.loc["1", "days_since_last_orders"] == pytest.approx(31 - 10 / 24)


def test_returns_can_be_left_out_or_counted(recipe: Any, orders: pd.DataFrame) -> None:
    """``drop`` skips negative amounts, ``count`` counts them as events."""
    seen = orders[orders["when"] < CUTOFF]
    dropped, counted = (at(recipe, orders, table={"returns": how}) for how in ("drop", "count"))
    assert counted["orders_count"].sum() == len(seen)
    assert dropped["orders_amount_sum"].sum() == pytest.approx(seen.loc[seen["paid"] >= 0, "paid"].sum())


def test_unusable_rows_are_counted(recipe: Any, orders: pd.DataFrame) -> None:
    """Rows without a customer or a time, and duplicates, are reported with their number."""
    data = pd.concat([orders, orders.tail(3)], ignore_index=True)
    data.loc[:4, "customer"] = None
    data.loc[5, "when"] = pd.NaT
    table = customers_at(recipe(data), as_of="2024-09-01")
    by_code = {finding.code: finding for finding in table.findings if finding.code in {"D150", "D151"}}
    assert {finding.numbers["rows"] for finding in table.findings if finding.code == "D150"} == {5, 1}
    assert "were kept" in by_code["D151"].text


def test_parquet_is_scanned_in_place(recipe: Any, orders: pd.DataFrame, tmp_path: Path) -> None:
    """A file pattern gives the same features as the frame, and the SQL shows how it is read."""
    for part in (0, 1):
        rows = orders.iloc[part::2]
        duckdb.from_df(rows).write_parquet(str(tmp_path / f"part{part}.parquet"))
    files = {"data": None, "path": str(tmp_path / "*.parquet")}
    table = {"key": "customer", "time": "when", "amount": "paid", "category": "shop", "path": files["path"]}
    keys = {"target": {"kind": "event", "horizon": "30d"}, "cutoffs": "2024-09-01", "budget": {"jobs": 1}}
    direct = ask(from_keys({"events": {"orders": table}, **keys}))
    assert_frame_equal(direct.table.frame, ask(recipe(orders, **keys)).table.frame, check_exact=True)
    assert "read_parquet" in direct.table.facts["sql"]


def _in_duckdb(orders: pd.DataFrame, folder: Path) -> str:
    with duckdb.connect(str(folder / "shop.duckdb")) as base:
        base.register("given", orders)
        base.execute("CREATE TABLE orders AS SELECT * FROM given")
    return str(folder / "shop.duckdb")


def _in_sqlite(orders: pd.DataFrame, folder: Path) -> str:
    with closing(sqlite3.connect(folder / "shop.db")) as base:
        orders.to_sql("orders", base, index=False)
    return str(folder / "shop.db")


def _in_postgres(orders: pd.DataFrame, url: str) -> str:
    import psycopg

    kinds = 'customer text, "when" timestamp, paid float8, shop text, known timestamp'
    with psycopg.connect(expanded(url)) as base, base.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS orders; CREATE TABLE orders ({kinds})")
        rows = orders.astype(object).where(orders.notna(), None).to_numpy().tolist()
        cursor.executemany("INSERT INTO orders VALUES (%s, %s, %s, %s, %s)", rows)
    return url


@pytest.mark.parametrize("base", ["duckdb", "sqlite", "postgresql"])
def test_events_are_read_from_a_table_of_a_database(
    recipe: Any, orders: pd.DataFrame, tmp_path: Path, base: str, request: pytest.FixtureRequest
) -> None:
    """``ADDRESS::TABLE`` gives the same customers as the frame."""
    if base == "postgresql":
        where = _in_postgres(orders, request.getfixturevalue("postgres"))
    else:
        where = {"duckdb": _in_duckdb, "sqlite": _in_sqlite}[base](orders, tmp_path)
    keys = {"target": {"kind": "event", "horizon": "30d"}, "cutoffs": "2024-09-01", "budget": {"jobs": 1}}
    table = {"path": f"{where}::orders", "key": "customer", "time": "when", "amount": "paid", "category": "shop"}
    found, wanted = ask(from_keys({"events": {"orders": table}, **keys})), ask(recipe(orders, **keys))
    assert_frame_equal(found.table.frame, wanted.table.frame, check_dtype=False)
    assert found.truth.tolist() == wanted.truth.tolist()


def test_the_written_sql_can_be_run(recipe: Any, orders: pd.DataFrame) -> None:
    """Its statements, in a new database with the rows, give the gathered table."""
    labelled = ask(recipe(orders, cutoffs="2024-09-01", features=["rfm"]))
    statements = [each for each in labelled.table.facts["sql"].split(";\n") if each.strip()]
    with duckdb.connect() as base:
        base.register("orders as read", orders)
        for statement in statements[:-2]:
            base.execute(statement)
        rows = base.execute(statements[-2]).fetchall()
    assert len(rows) == len(labelled.table)
    assert [row[0] for row in rows] == labelled.table.frame["customer"].tolist()


@pytest.mark.parametrize(
    ("changed", "code"),
    [({"when": "no date"}, "CP2224"), ({"paid": "no number"}, "CP2224"), ({"customer": None}, "CP2222")],
)
def test_columns_of_the_wrong_type_are_named(recipe: Any, orders: pd.DataFrame, changed: Any, code: str) -> None:
    """Texts instead of dates or numbers, and missing keys, are errors with their column."""
    wrong = orders.drop(columns=list(changed)).assign(**changed)
    wrong.loc[::2, next(iter(changed))] = None if code == "CP2222" else "other"
    with pytest.raises(DataError) as raised:
        customers_at(recipe(wrong), as_of="2024-09-01")
    assert raised.value.code == code


def test_nobody_eligible_is_an_error(recipe: Any, orders: pd.DataFrame) -> None:
    """A cutoff before all events has no eligible customer."""
    with pytest.raises(DataError, match="CP2226"):
        customers_at(recipe(orders), as_of="2023-01-01")


def test_customers_without_an_id_belong_to_nobody() -> None:
    """Several rows without an id in the table of customers are no duplicates of each other."""
    frame = pd.DataFrame({"_customer": ["a", "b"], "cutoff": pd.to_datetime(["2024-09-01"] * 2), "n": [1.0, 2.0]})
    own = pd.DataFrame({"id": pd.Series([None, "b", None], dtype=object), "age": [1.0, 2.0, 3.0]})
    customers = Table(own, (Column("id", "id"), Column("age", "number")), key="id")
    assert assembled(frame, "id", customers).frame["age"].fillna(0.0).tolist() == [0.0, 2.0]
    nobody = customers.take([0, 2])
    assert assembled(frame, "id", nobody).frame["age"].isna().all()


def test_findings_of_the_table_of_customers_are_kept(recipe: Any, orders: pd.DataFrame) -> None:
    """What was found in reading static columns is reported, in training and in scoring."""
    ids = pd.unique(orders["customer"])
    ages = pd.DataFrame({"customer": ids, "income": [np.inf, *np.arange(1.5, len(ids))]})
    asked = recipe(orders, customers={"data": ages, "key": "customer"})
    for table in (ask(asked).table, customers_at(asked, as_of="2024-09-01")):
        assert [each.column for each in table.findings if each.code == "D126"] == ["income"]


def test_parquet_times_with_a_zone_are_reported(recipe: Any, orders: pd.DataFrame, tmp_path: Path) -> None:
    """A file that is scanned in place gets the same finding on its time zone as a frame."""
    zoned = orders.assign(when=orders["when"].dt.tz_localize("Asia/Seoul"))
    duckdb.from_df(zoned).write_parquet(str(tmp_path / "orders.parquet"))
    path = {"key": "customer", "time": "when", "amount": "paid", "category": "shop"}
    path["path"] = str(tmp_path / "orders.parquet")
    keys = {"target": {"kind": "event", "horizon": "30d"}, "cutoffs": "2024-09-01", "budget": {"jobs": 1}}
    direct, read = (
        ask(each).table for each in (from_keys({"events": {"orders": path}, **keys}), recipe(zoned, **keys))
    )
    assert "read_parquet" in direct.facts["sql"]
    assert_frame_equal(direct.frame, read.frame, check_exact=True)
    for table in (direct, read):
        assert [each.column for each in table.findings if each.code == "D140"] == ["when"]
