"""A run on a shop's orders, from the recipe to the action list."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import custpred as cp
from custpred.errors import ScoringWarning
from custpred.report._markdown import written
from custpred.report._page import page as sections
from custpred.source._samples.shop import orders as made_orders

RECIPE = """recipe: 1
name: shop
events:
  orders: {path: orders.csv, key: customer_id, time: ordered_at, amount: amount, category: category}
target: {kind: no_event, gap: 7d, horizon: 60d, eligible: {events_in: 180d}}
cutoffs: {every: 2mo, count: 3}
features: [rfm, {kind: windows, spans: [30d, 90d]}]
models: [{kind: lightgbm, rounds: 8}]
metrics: [roc_auc, log_loss, lift]
business: {value: {column: orders_amount_sum, margin: 0.4}, contact_cost: 1}
budget: {work: 3, jobs: 1}
engine: inline
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the orders and the recipe."""
    folder = tmp_path_factory.mktemp("events")
    made_orders(200).to_csv(folder / "orders.csv", index=False)
    (folder / "shop.yaml").write_text(RECIPE, "utf-8")
    return folder


@pytest.fixture(scope="module")
def result(home: Path) -> cp.Result:
    """Run the recipe once."""
    return cp.run(home / "shop.yaml", out=home / "run")


@pytest.fixture(scope="module")
def plain(result: cp.Result) -> dict[str, Any]:
    """Return the content of report.json."""
    return json.loads((result.folder / "report.json").read_text("utf-8"))


def test_the_report_describes_the_task(result: cp.Result, plain: dict[str, Any]) -> None:
    """It has cutoff, gap and horizon, customers and base rates, and the tables of events."""
    events = plain["data"]["events"]
    assert (events["gap"], events["horizon"], len(events["cutoffs"])) == ("7d", "60d", 3)
    assert sum(each["customers"] for each in events["cutoffs"]) == plain["data"]["rows"]
    page = written(sections(result.record))
    assert "holds no event of the customer in 60 days from 7 days after the cutoff on" in page
    assert "at least 1 event in 180 days before the cutoff" in page
    assert all(each["cutoff"] in page for each in events["cutoffs"])
    assert "Events in 'orders'" in page


def test_a_customer_who_got_worse_has_both_predictions(result: cp.Result, plain: dict[str, Any]) -> None:
    """The untrained cutoff in the middle; the example has the predictions at both."""
    cutoffs = [each["cutoff"] for each in plain["data"]["events"]["cutoffs"]]
    found = next(row for row in plain["measures"]["examples"]["rows"] if row["example"] == "changed")
    assert [found["then"], found["cutoff"]] == cutoffs[1:]
    assert found["before"] < found["answer"]
    sentence = f"{found['before']:.1f}% on {cutoffs[1]}, {found['answer']:.1f}% on {cutoffs[2]}: the largest rise"
    assert sentence in written(sections(result.record))


def test_the_sql_is_in_the_run_folder(result: cp.Result) -> None:
    """Every statement that made features is in a file."""
    sql = (result.folder / "features.sql").read_text("utf-8")
    assert 'AS "days_since_last_orders"' in sql
    assert "CREATE TABLE cutoffs" in sql


def test_the_command_scores_new_events(home: Path, result: cp.Result, cli: Callable[..., Any]) -> None:
    """``predict`` lists exactly the eligible customers, by id, with a decision."""
    new = made_orders(80, seed=11)
    new.to_csv(home / "new.csv", index=False)
    done = cli("predict", result.folder, home / "new.csv", "--out", home / "list.csv", "--as-of", "2024-07-01")
    assert done.code == 0, done.err
    rows = list(csv.DictReader((home / "list.csv").read_text("utf-8").splitlines()))
    when = new["ordered_at"]
    seen = new[(when < "2024-07-01") & (when >= pd.Timestamp("2024-07-01") - pd.Timedelta(days=180))]
    assert [row["customer_id"] for row in rows] == sorted(seen["customer_id"].unique())
    assert {row["decision"] for row in rows} <= {"no", "yes"}
    assert {row["cutoff"] for row in rows} == {"2024-07-01"}
    assert "D156 The cutoff is 2024-07-01, as requested." in done.err


def test_python_scores_frames_at_the_end_of_the_events(home: Path, result: cp.Result) -> None:
    """Events in memory and on disk give the same predictions by id; so does ``explain``."""
    new = made_orders(80, seed=11)
    one = result.predict_proba(new)
    assert one.index.name == "customer_id"
    assert np.allclose(one, result.predict_proba({"orders": new}))
    (home / "folder").mkdir()
    new.to_csv(home / "folder" / "orders.csv", index=False)
    assert np.allclose(one, result.predict_proba(home / "folder"))
    assert np.allclose(result.explain(new)["answer"], 100 * one["yes"])
    assert len(result.predict(new, as_of="2024-03-01")) < len(one)


def test_one_customer_is_explained(result: cp.Result, cli: Callable[..., Any]) -> None:
    """``explain --key`` finds an eligible customer in the run's events; others get a message."""
    key = result.predict(None).index[0]
    done = cli("explain", result.folder, "--key", key)
    assert done.out.startswith(f"{key}: ")
    assert done.out.splitlines()[0].endswith(f"cutoff: {result.predict(None).attrs['cutoff']}")
    assert cli("explain", result.folder, "--key", "nobody").code == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("target.horizon=90", "such as 7d, 4w, 6mo or 1y"),
        ("target.table=visits", "CP1114 target.table: there is no table 'visits'"),
        ("events.orders.amount=amont", "CP2102 events.orders.amount.0: the table has no column 'amont'. Did you mean"),
        ("events.orders.tme=x", "CP1103 events.orders.tme: unknown key. Did you mean 'time'?"),
    ],
)
def test_check_finds_mistakes_without_reading_events(
    home: Path, cli: Callable[..., Any], change: str, said: str
) -> None:
    """Keys, spans, tables and columns are checked by the header alone."""
    done = cli("check", home / "shop.yaml", "--set", change)
    assert done.code == 2
    assert said in done.err


def test_plan_and_profile_gather_first(home: Path, cli: Callable[..., Any]) -> None:
    """``plan`` shows split and unused columns; ``profile`` describes the gathered table."""
    planned = cli("plan", home / "shop.yaml")
    assert "split: time" in planned.out, planned.err
    assert "column cutoff: declined" in planned.out
    assert cli("profile", home / "shop.yaml", "--out", home / "p.html").code == 0
    assert "days_since_last_orders" in (home / "p.html").read_text("utf-8")


def test_a_cutoff_that_is_too_late_is_refused(home: Path, cli: Callable[..., Any]) -> None:
    """The message has the latest possible cutoff."""
    done = cli("run", home / "shop.yaml", "--set", "cutoffs.last=2024-12-01", "--out", home / "unripe")
    assert done.code == 2
    assert "The latest possible cutoff is 2024-10-25" in done.err


def test_fit_takes_events_from_memory() -> None:
    """``cp.fit`` accepts a frame of orders, without a file."""
    result = cp.fit(
        made_orders(150),
        {"kind": "amount", "horizon": "90d"},
        key="customer_id",
        events={"orders": {"time": "ordered_at", "amount": "amount"}},
        cutoffs="2024-06-01",
        models=["linear"],
        features="rfm",
        budget={"work": 3, "jobs": 1},
        engine="inline",
    )
    assert result.record.task.kind == "regression"
    with pytest.warns(ScoringWarning, match="these events cover 40 customers"):
        assert np.isfinite(result.predict(made_orders(40, seed=2))).all()
