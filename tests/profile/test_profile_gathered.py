"""Columns that custpred made from events, and rows sorted by their key, give no findings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from custpred.profile._run import profile
from custpred.profile.drift import Drift
from custpred.profile.leakage import Leakage
from custpred.recipe.file import from_keys
from custpred.recipe.question import ask
from custpred.source._samples.shop import orders
from custpred.table import Table
from custpred.task import Task

Customers = Callable[..., tuple[Table, np.ndarray, Task]]
SHAPE = {"P111", "P112", "P121", "P123", "P131", "P132", "P133", "P141", "P142", "P151", "P161", "P162", "P182"}
ORDER = {"P193", "P196", "P197", "P198"}


def asked(data: pd.DataFrame, **keys: Any) -> Any:
    """Return gathered customers with windows and steps, and their labels."""
    table = {"data": data, "key": "customer_id", "time": "ordered_at", "amount": "amount", "category": "category"}
    features = ["rfm", "windows", {"kind": "steps", "last": 12}]
    target = {"kind": "no_event", "horizon": "60d"}
    return ask(from_keys({"events": {"orders": table}, "target": target, "features": features, **keys}))


def test_padding_and_windows_are_no_findings() -> None:
    """Steps missing for customers with few orders, and mostly zero short windows, are expected."""
    for cutoffs in ({"count": 1}, {"every": "2mo", "count": 4}):
        found = asked(orders(400), cutoffs=cutoffs, budget={"jobs": 1})
        results = profile(found.table, found.truth, found.task)
        codes = {each.code for check in results.values() for each in check.findings}
        assert "P999" not in codes
        assert not codes & (SHAPE | ORDER)
        assert "amount@-5" in found.table.names
        assert "amount@-5" not in results["missingness"].facts["columns"]


def test_one_cutoff_has_no_drift() -> None:
    """Rows sorted by their key are not in time order, so nothing drifts."""
    data = orders(400)
    ranks = data.groupby("customer_id")["amount"].transform("sum").rank(method="dense").astype(int)
    found = asked(data.assign(customer_id="K" + ranks.astype(str).str.zfill(6)), cutoffs={"count": 1})
    check = Drift().check(found.table, found.truth, found.task)
    assert check.findings == ()
    assert "not in time order" in check.facts["reason"]


def test_rows_sorted_by_their_key_do_not_drift(customers: Customers) -> None:
    """Keys sorted as text or by their numbers; rows in another order are still compared."""
    table, truth, task = customers()
    table = table.drop("seen")
    price = np.arange(len(table)) / 300
    for form in ("C{:06d}", "C{}"):
        frame = table.frame.assign(customer=[form.format(n) for n in range(len(table))], spend=price)
        assert Drift().check(replace(table, frame=frame), truth, task).findings == ()
    frame = table.frame.assign(spend=price)
    assert [each.code for each in Drift().check(replace(table, frame=frame), truth, task).findings] == ["P201"]


def test_a_static_column_that_predicts_far_better_is_an_alarm() -> None:
    """A question in a flat table is nearly certain if the column is constant over cutoffs."""
    found = asked(orders(400), cutoffs={"every": "2mo", "count": 4})
    known = np.where(np.random.default_rng(0).random(len(found.truth)) < 0.04, 1 - found.truth, found.truth) + 0.0
    column = replace(found.table.columns[2], name="status", kind="code")
    frame = found.table.frame.assign(status=known)
    table = replace(found.table, frame=frame, columns=(*found.table.columns, column))
    alarms = [each for each in Leakage().check(table, found.truth, found.task).findings if each.severity == "alarm"]
    assert [(each.code, each.column) for each in alarms] == [("P195", "status")]
    flat = replace(table, facts={})
    severities = {each.column: each.severity for each in Leakage().check(flat, found.truth, found.task).findings}
    assert severities["status"] == "warning"
