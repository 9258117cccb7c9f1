"""A small log of events, and recipes for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

ASKED = {"kind": "no_event", "horizon": "30d", "gap": "7d"}


def log(rows: int = 400, customers: int = 25, seed: int = 0) -> pd.DataFrame:
    """Return unordered orders of 2024: whole cents, some returns, three shops, missing labels."""
    draw = np.random.default_rng(seed)
    when = pd.Timestamp("2024-01-01") + pd.to_timedelta(draw.integers(0, 366 * 86_400, rows), "s")
    amount = draw.integers(100, 20_000, rows) / 100
    amount[draw.random(rows) < 0.05] *= -1
    shop = draw.choice(["north", "south", "web"], rows).astype(object)
    shop[draw.random(rows) < 0.05] = None
    return pd.DataFrame(
        {
            "customer": [f"c{n:03d}" for n in draw.integers(0, customers, rows)],
            "when": when,
            "paid": amount,
            "shop": shop,
            "known": when + pd.to_timedelta(draw.integers(0, 4 * 86_400, rows), "s"),
        }
    )


def made(data: Any, **keys: Any) -> Any:
    """Return a recipe for one table of orders."""
    from custpred.recipe.file import from_keys

    table = {"data": data, "key": "customer", "time": "when", "amount": "paid", "category": "shop"}
    table |= keys.pop("table", {})
    return from_keys({"events": {"orders": table}, "target": ASKED, "budget": {"jobs": 1}, **keys})


@pytest.fixture(scope="session")
def orders() -> pd.DataFrame:
    """Return the log."""
    return log()


@pytest.fixture(scope="session")
def recipe() -> Callable[..., Any]:
    """Return the function that makes recipes."""
    return made
