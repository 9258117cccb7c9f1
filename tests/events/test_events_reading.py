"""Errors in a table of events name table, file and column, with a remedy that works."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from custpred.errors import CustpredError, DataError, RecipeError
from custpred.inference.at_cutoff import customers_at
from custpred.recipe.file import from_keys
from custpred.recipe.question import ask

ASKED = {"kind": "no_event", "table": "orders", "horizon": "30d"}
KEYS = {"key": "customer", "time": "when"}


@pytest.fixture
def files(orders: pd.DataFrame, tmp_path: Path) -> Path:
    """Write orders and visits."""
    orders.to_csv(tmp_path / "orders.csv", index=False)
    orders[["customer", "when"]].to_csv(tmp_path / "visits.csv", index=False)
    return tmp_path


def both(files: Path, **keys: Any) -> Any:
    """Return a recipe with orders and visits."""
    tables = {name: {"path": str(files / f"{name}.csv"), **KEYS, **keys.pop(name, {})} for name in ("orders", "visits")}
    tables["orders"].setdefault("amount", "paid")
    return from_keys({"events": tables, "target": ASKED, "budget": {"jobs": 1}, "features": "rfm", **keys})


def refused(recipe: Any) -> str:
    """Return the error message of a recipe."""
    with pytest.raises(CustpredError) as error:
        ask(recipe)
    return str(error.value)


def test_a_missing_column_names_table_file_and_columns(files: Path) -> None:
    """With several tables the message names the right one, and its columns."""
    said = refused(both(files, visits={"time": "whn"}))
    assert "CP2102" in said
    assert "'visits' (" in said
    assert "visits.csv" in said
    assert "'whn' is missing. Did you mean 'when'? Its columns are 'customer', 'when'." in said
    assert ask(both(files, visits={"time": "when"}))


def test_an_empty_table_is_named_and_can_be_left_out(files: Path) -> None:
    """The error names table and file; without the table the recipe runs."""
    (files / "visits.csv").write_text("customer,when\n", "utf-8")
    said = refused(both(files))
    assert "CP2222" in said
    assert "'visits' (" in said
    assert "visits.csv" in said
    assert "no rows" in said
    assert "remove 'visits' from 'events'" in said
    lone = {"orders": {"path": str(files / "orders.csv"), **KEYS}}
    assert ask(from_keys({"events": lone, "target": ASKED, "budget": {"jobs": 1}, "features": "rfm"}))


@pytest.mark.parametrize(("horizon", "gap"), [("400d", "0d"), ("2y", "14d"), ("366d", "0d")])
def test_a_horizon_longer_than_the_events_names_one_that_works(files: Path, horizon: str, gap: str) -> None:
    """The message has table, file, length, first and last day; the suggested horizon runs."""
    said = refused(both(files, target={**ASKED, "horizon": horizon, "gap": gap}))
    assert "CP2221" in said
    assert "orders.csv" in said
    assert "from 2024-01-02 to 2024-12-" in said
    shorter = re.search(r"horizon: (\d+d)", said)
    assert shorter
    made = both(files, target={**ASKED, "kind": "amount", "horizon": shorter.group(1), "gap": gap})
    assert len(ask(made).truth)


def test_one_event_has_no_negative_length(files: Path) -> None:
    """Its last day may not be complete; there is no gap that could be shorter."""
    (files / "visits.csv").write_text("customer,when\nc1,2024-03-01 10:00\n", "utf-8")
    said = refused(both(files, target={**ASKED, "table": "visits"}))
    assert "'visits' (" in said
    assert "has 0 days, from 2024-03-01" in said
    assert "Provide events over a longer time" in said


def test_rows_without_a_time_are_called_so() -> None:
    """The finding uses the name of the key."""
    days = pd.date_range("2024-01-01", periods=90).where(np.arange(90) % 9 > 0)
    frame = pd.DataFrame({"customer": ["a", "b"] * 45, "when": days})
    source = {"data": frame, "key": "customer", "time": "when"}
    found = customers_at(
        from_keys({"events": {"visits": source}, "target": {**ASKED, "table": "visits"}, "features": "rfm"})
    )
    assert "10 rows of 90 in 'visits' have no time and were left out." in [each.text for each in found.findings]


def test_bare_steps_are_of_the_only_table(recipe: Any, orders: pd.DataFrame) -> None:
    """``features: [steps]`` needs no name if there is one table."""
    made = recipe(orders, features=["rfm", "steps"])
    assert made.features[1].of == "orders"
    assert any(name.startswith("days_since_previous@-") for name in ask(made).table.names)


def test_bare_steps_of_several_tables_are_an_error(files: Path) -> None:
    """The suggested remedy works."""
    with pytest.raises(RecipeError, match=r"features\.0\.of: expected the table of events .*one of orders, visits"):
        ask(both(files, features=["steps"]))
    assert ask(both(files, features=[{"kind": "steps", "of": "visits"}]))


FEW = {"cutoffs": {"count": 2}, "features": ["rfm"]}
WRITTEN = {
    "epoch seconds": lambda at: at.astype("datetime64[s]").astype("int64"),
    "epoch milliseconds": lambda at: at.astype("datetime64[ms]").astype("int64"),
    "digits": lambda at: at.dt.strftime("%Y%m%d%H%M%S"),
    "Korean": lambda at: at.dt.strftime("%Y년 %m월 %d일 %H시 %M분 %S초"),
    "Korean with dots": lambda at: (
        at.dt.strftime("%Y. %m. %d. %p %I:%M:%S").str.replace("AM", "오전").str.replace("PM", "오후")
    ),
}


@pytest.fixture(scope="module")
def gathered(recipe: Any, orders: pd.DataFrame) -> pd.DataFrame:
    """Return customers, features and labels for times that are dates."""
    return ask(recipe(orders, **FEW)).table.frame


@pytest.mark.parametrize("way", WRITTEN)
def test_times_are_read_in_every_format(recipe: Any, orders: pd.DataFrame, gathered: pd.DataFrame, way: str) -> None:
    """Inferred, or with ``types: date``, they give the same customers, features, labels."""
    changed = orders.assign(when=WRITTEN[way](orders["when"]))
    for table in ({}, {"types": {"when": "date"}}):
        found = ask(recipe(changed, table=table, **FEW)).table
        assert gathered.equals(found.frame)
        assert "D141" in [each.code for each in found.findings]


def test_a_mistyped_date_among_thousands_is_left_out(recipe: Any, orders: pd.DataFrame) -> None:
    """A day that does not exist is a row without a time; the others are read."""
    texts = orders["when"].astype(str).tolist()
    found = ask(recipe(orders.assign(when=["2024-13-45", *texts[1:]])))
    assert {"D128", "D150"} <= {each.code for each in found.table.findings}


@pytest.mark.parametrize("values", [["a", "b"], [1.5, 2.5]])
def test_a_column_without_dates_is_named(recipe: Any, orders: pd.DataFrame, values: list[Any]) -> None:
    """The message lists the formats."""
    with pytest.raises(DataError, match=r"CP2224 .*'when' of table 'orders'.*not dates.*epoch seconds"):
        ask(recipe(orders.assign(when=(values * 200))))


def test_ambiguous_days_name_the_place_in_the_recipe(recipe: Any, orders: pd.DataFrame) -> None:
    """The remedy is for a table of events, and works."""
    early = orders[orders["when"].dt.day <= 12]
    early = early.assign(when=early["when"].dt.strftime("%d/%m/%Y"))
    with pytest.raises(DataError, match=r"events: \{orders: \{types: \{when: date D/M/Y\}\}\}"):
        ask(recipe(early))
    assert ask(recipe(early, table={"types": {"when": "date D/M/Y"}}))


def counted(labelled: Any) -> int:
    """Return the remaining events."""
    return int(labelled.table.facts["events"]["tables"][0]["rows"])


def test_dropped_duplicates_repeat_every_column(recipe: Any, orders: pd.DataFrame) -> None:
    """A row that differs in an unused column is no duplicate; named columns are compared alone."""
    lines = orders.head(50).assign(line="another")
    data = pd.concat([orders.assign(line="one"), orders.assign(line="one").tail(7), lines], ignore_index=True)
    rows = {
        str(rule): counted(ask(recipe(data, table={"duplicates": rule}, **FEW)))
        for rule in ("keep", "drop", ["customer", "when", "paid"])
    }
    assert list(rows.values()) == [457, 450, 400]
    found = ask(recipe(data, table={"duplicates": "drop"}, **FEW)).table.findings
    said = next(each for each in found if each.code == "D151")
    assert "7 rows of 457 in 'orders' repeat an earlier one in every column of the source" in said.text


def test_duplicates_of_parquet_files_are_dropped_alike(recipe: Any, orders: pd.DataFrame, tmp_path: Path) -> None:
    """The file format makes no difference."""
    path = tmp_path / "orders.parquet"
    pd.concat([orders, orders.head(9)]).to_parquet(path)
    table = {"path": str(path), "key": "customer", "time": "when", "amount": "paid", "duplicates": "drop"}
    made = from_keys({"events": {"orders": table}, "target": ASKED, "budget": {"jobs": 1}, "features": "rfm"})
    assert counted(ask(made)) == 400
    kept = from_keys({**made.dump(), "events": {"orders": {**table, "duplicates": "keep"}}, "target": ASKED})
    said = next(each for each in ask(kept).table.findings if each.code == "D151")
    assert said.numbers == {"rows": 9}


def test_another_table_that_ended_before_the_cutoffs_is_a_warning(files: Path) -> None:
    """Visits that end months before the last cutoff are named; those that go on are not."""
    visits = pd.read_csv(files / "visits.csv")
    assert "D157" not in [each.code for each in ask(both(files)).table.findings]
    visits[visits["when"] < "2024-03-01"].to_csv(files / "visits.csv", index=False)
    [late] = [each for each in ask(both(files)).table.findings if each.code == "D157"]
    assert late.text.startswith("The newest event of 'visits' is ")
    assert late.text.endswith(" older than the last cutoff: events may be missing.")
