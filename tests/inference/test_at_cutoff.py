"""Scoring at a later cutoff: which events are used, and notes about missing ones."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from custpred.columns.contract import Intake
from custpred.errors import DataError
from custpred.inference.at_cutoff import customers_at, with_events
from custpred.inference.incoming import Batch, gathered
from custpred.recipe.file import from_keys
from custpred.source.base import Source
from custpred.training.run import read_labelled

ORDERS = pd.DataFrame({"id": ["a", "b"], "when": pd.to_datetime(["2024-01-05", "2024-01-09"]), "paid": [3.0, 4.0]})
VISITS = pd.DataFrame({"id": ["b", "b"], "when": pd.to_datetime(["2024-01-03", "2024-01-08"])})
TABLES = {
    "orders": {"data": ORDERS, "key": "id", "time": "when", "amount": "paid"},
    "visits": {"data": VISITS, "key": "id", "time": "when"},
}
TABLES_NEW = {"orders": ORDERS, "visits": VISITS}


def recipe(**tables: Any) -> Any:
    """Return a target on orders, with features from orders and visits."""
    target = {"kind": "event", "table": "orders", "horizon": "30d"}
    return from_keys({"events": tables or TABLES, "target": target, "budget": {"jobs": 1}, "features": "rfm"})


def test_the_default_cutoff_is_the_end_of_the_events() -> None:
    """It is the day after the last event."""
    frame = customers_at(recipe()).frame
    assert frame["cutoff"].unique().tolist() == [pd.Timestamp("2024-01-10")]
    assert frame["days_since_last_orders"].tolist() == [5.0, 1.0]


def test_missing_events_of_another_table_count_zero() -> None:
    """Counts are 0, times are missing."""
    frame = customers_at(recipe()).frame
    assert frame["visits_count"].tolist() == [0.0, 2.0]
    assert frame["days_since_last_visits"].isna().tolist() == [True, False]


def test_a_folder_holds_a_file_for_each_table(tmp_path: Path) -> None:
    """Files are found by the tables' names, in any format."""
    ORDERS.to_csv(tmp_path / "orders.csv", index=False)
    VISITS.to_parquet(tmp_path / "visits.parquet")
    assert customers_at(recipe(), tmp_path).frame.equals(customers_at(recipe()).frame)


@pytest.mark.parametrize("files", [True, False])
def test_new_customers_of_a_sample_have_its_key(tmp_path: Path, files: bool) -> None:
    """A sample's key is not in the recipe, but new tables are joined by it all the same."""
    orders, shop = (Source.parse({"sample": name, "rows": 50}) for name in ("orders", "shop"))
    given: Any = {"orders": orders.with_outcome(None), "customers": shop.with_outcome(None)}
    made = {"kind": "event", "table": "orders", "horizon": "30d"}
    table = {**orders.dump(), "key": "customer_id", "time": "ordered_at", "amount": "amount"}
    own = from_keys({"events": {"orders": table}, "customers": shop.dump(), "target": made, "budget": {"jobs": 1}})
    if files:
        for name, frame in given.items():
            frame.to_csv(tmp_path / f"{name}.csv", index=False)
    frame = customers_at(own, tmp_path if files else given).frame
    assert "channel" in frame
    assert len(frame) == len(customers_at(own).frame)


@pytest.mark.parametrize("given_", [{"orders": ORDERS}, ORDERS])
def test_a_table_without_new_events_is_named(given_: Any) -> None:
    """Several tables need several files or frames."""
    with pytest.raises(DataError, match="CP2229 .*found none for"):
        customers_at(recipe(), given_)


TRAINED = {
    "table": "orders",
    "cutoffs": [{"cutoff": "2023-12-01", "customers": 50}],
    "tables": [{"name": "visits", "last": "2024-06-01"}, {"name": "orders", "last": "2024-01-31"}],
}


def cutoff_of(table: Any) -> Any:
    """Return the one cutoff, and the finding that names it."""
    return table.frame["cutoff"].unique().tolist(), next(each for each in table.findings if each.code == "D156")


def test_new_events_keep_the_decimal_mark_of_training(tmp_path: Path) -> None:
    """An amount without a fraction does not show that 1.100 are eleven hundred; training did."""
    days = [f"2024-{1 + n // 28:02}-{1 + n % 28:02}" for n in range(224)]
    lines = [f"c{n % 30};{day};{1 + n % 9}.{n % 10}00,50" for n, day in enumerate(days)]
    (tmp_path / "old.csv").write_text("\n".join(["id;when;paid", *lines, ""]))
    (tmp_path / "new.csv").write_text("id;when;paid\nc1;2024-08-01;1.100\n")
    lines = [f"c{n};{n}.500,5" for n in range(1, 30)]
    (tmp_path / "customers.csv").write_text("\n".join(["id;limit", *lines, ""]))
    (tmp_path / "few.csv").write_text("id;limit\nc1;2.500\n")
    table = {"path": str(tmp_path / "old.csv"), "key": "id", "time": "when", "amount": "paid"}
    asked = recipe(orders=table)
    asked = asked.model_copy(update={"customers": Source.parse({"path": str(tmp_path / "customers.csv"), "key": "id"})})
    labelled = read_labelled(asked)
    intake = Intake.of(labelled.table, [], asked, labelled.task)
    new = {"orders": tmp_path / "new.csv", "customers": tmp_path / "few.csv"}
    (row,) = gathered(intake, new, "2024-08-10")[0].to_dict("records")
    assert (row["orders_amount_mean"], row["limit"]) == (1100.0, 2500.0)


def test_events_of_few_customers_are_scored_at_the_end_of_the_run() -> None:
    """A few customers' last order is not the end of all; the finding gives day and reason."""
    days, said = cutoff_of(customers_at(recipe(), TABLES_NEW, trained=TRAINED))
    assert days == [pd.Timestamp("2024-02-01")]
    assert (said.severity, said.numbers) == ("warning", {"cutoff": "2024-02-01", "days": 23})
    assert "D157" not in [each.code for each in customers_at(recipe(), TABLES_NEW, trained=TRAINED).findings]
    assert "2 customers, fewer than half of the 50" in said.text


def test_later_events_of_few_customers_need_a_cutoff() -> None:
    """Their end is unknown; the suggested remedy works."""
    trained = {**TRAINED, "tables": [{"name": "orders", "last": "2024-01-07"}]}
    with pytest.raises(DataError, match=r"CP2233 .*2 customers.*2024-01-09.*--as-of 2024-01-10"):
        customers_at(recipe(), TABLES_NEW, trained=trained)
    days, said = cutoff_of(customers_at(recipe(), TABLES_NEW, "2024-01-10", trained))
    assert (days, said.severity) == ([pd.Timestamp("2024-01-10")], "info")


@pytest.mark.parametrize("asked", [3, 4])
def test_events_of_half_the_customers_are_complete(asked: int) -> None:
    """Their last day sets the cutoff, as for the run's own events, however few."""
    trained = {**TRAINED, "cutoffs": [{"customers": asked}]}
    assert cutoff_of(customers_at(recipe(), TABLES_NEW, trained=trained))[0] == [pd.Timestamp("2024-01-10")]
    assert cutoff_of(customers_at(recipe(), trained=TRAINED))[0] == [pd.Timestamp("2024-01-10")]


def test_a_period_without_events_before_the_cutoff_is_a_warning() -> None:
    """Months without an event look as if all customers had left."""
    codes = [each.code for each in customers_at(recipe(), as_of="2024-01-12").findings]
    assert "D157" not in codes
    late = next(each for each in customers_at(recipe(), as_of="2025-01-09").findings if each.code == "D157")
    assert late.numbers == {"days": 366}


def test_stale_events_of_another_table_are_a_warning() -> None:
    """Its counts would be 0 for everyone; few events, and a table that ended before, are normal."""
    days = pd.date_range("2023-01-01", periods=365)
    orders, visits = (pd.DataFrame({"id": ["a", "b"] * 182 + ["a"], "when": days, "paid": 1.0}) for _ in range(2))
    asked = recipe(orders={**TABLES["orders"], "data": orders}, visits={**TABLES["visits"], "data": visits})
    stale = {"orders": orders, "visits": visits[:300]}
    late = [each.text for each in customers_at(asked, stale).findings if each.code == "D157"]
    assert late == ["The newest event of 'visits' is 66 days older than the cutoff: events may be missing."]
    assert not [
        each for each in customers_at(asked, {**stale, "visits": visits[:300:60]}).findings if each.code == "D157"
    ]
    ended = {
        "table": "orders",
        "tables": [{"name": "orders", "last": "2023-06-30"}, {"name": "visits", "last": "2023-04-25"}],
    }
    assert not [each for each in customers_at(asked, stale, trained=ended).findings if each.code == "D157"]


def test_two_files_of_a_table_are_refused(tmp_path: Path) -> None:
    """A copy in another format, or of an earlier month, must not replace the file unnoticed."""
    ORDERS.to_csv(tmp_path / "orders.csv", index=False)
    VISITS.to_csv(tmp_path / "visits.csv", index=False)
    ORDERS.head(1).to_csv(tmp_path / "orders.csv.bak", index=False)
    with pytest.raises(DataError, match=r"CP2229 .*'orders', found orders.csv, orders.csv.bak"):
        customers_at(recipe(), tmp_path)


def test_customers_are_not_read_as_events(tmp_path: Path) -> None:
    """Neither customers alone nor files of other names are events; any other single file is."""
    customers = Source.parse({"path": "who.csv", "key": "id"})
    asked = recipe(orders=TABLES["orders"]).model_copy(update={"customers": customers})
    ORDERS.to_csv(tmp_path / "customers.csv", index=False)
    (tmp_path / "new").mkdir()
    ORDERS.to_csv(tmp_path / "new" / "a.csv", index=False)
    for given_ in (tmp_path / "customers.csv", tmp_path / "new"):
        with pytest.raises(DataError, match="CP2229 .*found none for orders"):
            with_events(asked, given_)
    ORDERS.to_parquet(tmp_path / "new" / "part.parquet")
    for other in (tmp_path / "new" / "a.csv", tmp_path / "new"):
        assert list(with_events(asked, other).events) == ["orders"]


@pytest.mark.parametrize("library", [pa.Table.from_pandas, pl.from_pandas, pd.DataFrame.copy])
def test_events_of_any_library(library: Any) -> None:
    """Arrow, polars and pandas give the same customers."""
    new = {name: library(frame) for name, frame in TABLES_NEW.items()}
    assert customers_at(recipe(), new).frame.equals(customers_at(recipe()).frame)


def test_another_table_may_be_empty_when_scoring(tmp_path: Path) -> None:
    """No visits are valid, in memory and as a file with only a header."""
    frame = customers_at(recipe(), {"orders": ORDERS, "visits": VISITS.iloc[:0]}).frame
    assert frame["visits_count"].tolist() == [0.0, 0.0]
    (tmp_path / "visits.csv").write_text("id,when\n", "utf-8")
    assert customers_at(recipe(), {"orders": ORDERS, "visits": tmp_path / "visits.csv"}).frame.equals(frame)


def test_a_missing_column_of_new_events_is_named() -> None:
    """The nearest column is shown."""
    with pytest.raises(DataError, match=r"'when' is missing\. Did you mean 'wen'"):
        customers_at(recipe(orders=TABLES["orders"]), ORDERS.rename(columns={"when": "wen"}))


def test_an_invalid_day_is_refused() -> None:
    """The message shows the format of a day."""
    with pytest.raises(DataError, match="CP2230"):
        customers_at(recipe(), as_of="1st of May")


@pytest.mark.parametrize("rows", [1, 0])
@pytest.mark.parametrize("library", [pd, pl])
def test_predictions_of_gathered_customers_have_their_cutoff(library: Any, rows: int) -> None:
    """Customers that were gathered before may be of any frame library, or none at all."""
    new = library.DataFrame({"id": ["a"], "cutoff": ["2024-01-10"]})[:rows]
    intake = SimpleNamespace(events={"orders": {}})
    frame = pd.DataFrame(index=pd.RangeIndex(rows))
    made = Batch(SimpleNamespace(intake=intake), new, frame).dated(pd.Series([0.5][:rows]))  # type: ignore[arg-type]
    assert made.attrs == ({"cutoff": "2024-01-10"} if rows else {})


@pytest.mark.parametrize("form", ["frame", "csv", "parquet"])
def test_new_customers_are_read_as_before_and_may_lack_dropped_columns(form: str, tmp_path: Path) -> None:
    """Marks of missing values apply in any form, and an outcome that is dropped is not needed."""
    known = pd.DataFrame({"id": ["a", "b"], "plan": ["basic", "?"], "closed": ["2024-02-01", None]})
    known.to_csv(tmp_path / "known.csv", index=False)
    options = {"path": str(tmp_path / "known.csv"), "key": "id", "missing": ["?"]}
    options |= {"drop": ["closed"], "types": {"closed": "date", "plan": "category"}}
    asked = from_keys({**recipe().dump(), "events": TABLES, "customers": options})
    new: Any = known.drop(columns="closed")
    if form != "frame":
        path = tmp_path / f"new.{form}"
        new.to_csv(path, index=False) if form == "csv" else new.to_parquet(path)
        new = path
    found = customers_at(asked, {**TABLES_NEW, "customers": new})
    assert found.frame["plan"].isna().tolist() == [False, True]
    assert "closed" not in found.names
