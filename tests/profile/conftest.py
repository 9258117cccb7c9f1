"""Clean customers, for which no check has findings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from custpred.table import Column, Table
from custpred.task import Task


def with_column(table: Table, name: str, values: Any, kind: str = "number") -> Table:
    """Return the table with one more column."""
    frame = table.frame.copy()
    frame[name] = values
    kept = tuple(column for column in table.columns if column.name != name)
    return replace(table, frame=frame, columns=(*kept, Column(name, kind)))  # type: ignore[arg-type]


def clean(kind: str = "binary", rows: int = 2_000, seed: int = 0) -> tuple[Table, np.ndarray, Task]:
    """Return customers with weak signals in every kind of column, missing values, labels."""
    rng = np.random.default_rng(seed)
    age, spend, visits = rng.normal(45, 12, rows), rng.gamma(3.0, 20.0, rows), rng.poisson(3.0, rows).astype(float)
    plan = rng.integers(0, 4, rows)
    score = 0.03 * (age - 45) - 0.01 * (spend - 60) + 0.4 * (plan == 2) + rng.normal(size=rows)
    spend[rng.random(rows) < 0.05] = np.nan
    frame = pd.DataFrame(
        {
            "customer": [f"C{number:06d}" for number in rng.permutation(rows)],
            "age": age,
            "spend": spend,
            "visits": visits,
            "plan": pd.Categorical.from_codes(plan, ["basic", "family", "plus", "student"]),
            "seen": np.datetime64("2020-01-01", "s") + rng.integers(0, 1_500, rows).astype("timedelta64[D]"),
        }
    )
    kinds = ("id", "number", "number", "code", "category", "date")
    columns = tuple(Column(name, each) for name, each in zip(frame, kinds, strict=True))
    table = Table(frame, columns, key="customer")
    if kind == "regression":
        return table, 100 + 20 * score, Task("regression", "paid")
    if kind == "multiclass":
        return table, np.digitize(score, [-0.5, 0.7]), Task("multiclass", "segment", ("low", "mid", "top"))
    return table, (score > 0.6).astype(int), Task("binary", "bought", ("no", "yes"))


@pytest.fixture
def customers() -> Callable[..., tuple[Table, np.ndarray, Task]]:
    """Return the generator of clean customers."""
    return clean


@pytest.fixture
def plant() -> Callable[..., Table]:
    """Return the function that adds a column."""
    return with_column
