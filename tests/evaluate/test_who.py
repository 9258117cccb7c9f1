"""The outcome by kind of customer: columns by name, few customers hidden, intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from custpred.evaluate._who import who
from custpred.table import Column, Table
from custpred.target.base import Labelled
from custpred.task import Task

BINARY = Task("binary", "Churn", ("no", "yes"))


def labelled(task: Task = BINARY, n: int = 600, **columns: Any) -> Labelled:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"id": [f"c{i}" for i in range(n)], **columns})
    kinds = {"datetime64[us]": "date", "datetime64[ns]": "date", "datetime64[s]": "date"}
    described = [Column(name, kinds.get(str(frame[name].dtype), "number")) for name in columns]
    truth = rng.random(n) * 9 if task.kind == "regression" else (rng.random(n) < 0.3).astype(int)
    return Labelled(Table(frame, (Column("id", "id"), *described), "id"), truth, task)


def test_recency_and_frequency_are_found_by_name() -> None:
    """A table's own columns make the grid; each row is in one cell with the right rate."""
    days, orders = np.arange(600.0) % 97, 1.0 + (np.arange(600) % 11) // 4
    own = labelled(days_since_last_order=days, order_count=orders)
    grid = who(own, 10).facts["grid"]
    assert (grid["recency"], grid["frequency"]) == ("days_since_last_order", "order_count")
    assert sum(cell["rows"] for cell in grid["cells"]) == 600
    first = (days < grid["ages"][0]["high"]) & (orders < grid["counts"][0]["high"])
    assert grid["cells"][0]["rate"] == pytest.approx(own.truth[first].mean())
    assert all(cell["low"] <= cell["rate"] <= cell["high"] for cell in grid["cells"])


def test_small_cells_are_hidden() -> None:
    """A cell of nine customers shows neither rate nor size, however many rows they have."""
    group = np.where(np.arange(600) < 60, 1.0, 2.0)
    own = labelled(recency=np.tile([1.0, 2.0], 300), frequency=group)
    own.table.frame.loc[:59, "id"] = [f"few{i % 9}" for i in range(60)]
    cells = who(own, 10).facts["grid"]["cells"]
    assert [cell["customers"] for cell in cells] == [None, 270.0, None, 270.0]
    assert cells[0]["rate"] is None


def test_rows_of_one_customer_do_not_narrow_an_interval() -> None:
    """Doubling the rows of the same customers does not change the interval."""
    one = labelled(n=300, recency=np.tile([1.0, 2.0], 150), frequency=np.repeat([1.0, 2.0], 150))
    frame = pd.concat([one.table.frame] * 2, ignore_index=True)
    two = Labelled(Table(frame, one.table.columns, "id"), np.tile(one.truth, 2), BINARY)
    first, second = (who(own, 10).facts["grid"]["cells"][0] for own in (one, two))
    assert (first["low"], first["high"]) == (second["low"], second["high"])


@pytest.mark.parametrize(
    ("name", "task", "drawn"),
    [
        ("tenure", BINARY, True),
        ("tenure_months", BINARY, True),
        ("가입기간", Task("binary", "이탈", ("아니오", "예")), True),
        ("tenure", Task("binary", "Response", ("no", "yes")), False),
        ("tenure", Task("regression", "Churn"), False),
        ("age", BINARY, False),
    ],
)
def test_retention_needs_a_target_of_leaving(name: str, task: Task, drawn: bool) -> None:
    """A retention curve needs a column with the time, and an outcome that ends it."""
    found = who(labelled(task, **{name: np.arange(600.0) % 60}), 10).facts
    assert ("tenure" in found) == drawn


def test_cohorts_are_months() -> None:
    """The last eighteen months are separate, earlier ones are one group."""
    began = np.datetime64("2022-01", "M") + (np.arange(600) % 30).astype("timedelta64[M]")
    found = who(labelled(signup_date=began.astype("datetime64[us]")), 10).facts["cohorts"]
    assert [(row["month"], row["before"]) for row in found][:2] == [("2022-12", True), ("2023-01", False)]
    assert sum(row["rows"] for row in found) == 600


def test_nothing_is_shown_without_suitable_columns() -> None:
    """Without such columns, or with several classes, there is no result."""
    assert set(who(labelled(age=np.arange(600.0)), 10).facts) == {"asks", "base"}
    several = Labelled(labelled().table, np.arange(600) % 3, Task("multiclass", "segment", ("a", "b", "c")))
    assert who(several, 10).reason


@pytest.mark.parametrize(
    ("target", "asks"),
    [
        *(("Churn", "leaves"), ("Exited", "leaves"), ("이탈여부", "leaves"), ("Revenue", "buys"), ("구매", "buys")),
        *(("y", "responds"), ("default.payment", "defaults"), ("satisfied", "")),
    ],
)
def test_the_title_follows_the_target(target: str, asks: str) -> None:
    """The title of the section depends on the target's name."""
    assert who(labelled(Task("binary", target, ("0", "1"))), 10).facts["asks"] == asks
