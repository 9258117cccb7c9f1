"""The page on time and money equals the output of its script."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def cost(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the script as a module."""
    spec = importlib.util.spec_from_file_location("cost", ROOT / "benchmarks" / "cost.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "cost", module)
    spec.loader.exec_module(module)
    return module


def test_the_page_has_the_table_of_the_script(cost: Any) -> None:
    """The table is that of 8 cores at 5 cents."""
    assert cost.table(cost.Rates(), 8, 0.05) in (ROOT / "docs" / "howto" / "capacity.md").read_text("utf-8")


def test_cost_is_linear_in_rows_until_the_search_samples(cost: Any) -> None:
    """Twice the rows take twice the time; beyond the sample the search takes no more."""
    rates, small, large = cost.Rates(), cost.Run(200_000), cost.Run(400_000)
    once, twice = small.seconds(rates), large.seconds(rates)
    assert twice == pytest.approx({name: 2 * seconds for name, seconds in once.items()})
    huge, huger = (cost.Run(n).seconds(rates)["search"] for n in (2_000_000, 90_000_000))
    assert huge == pytest.approx(huger)


@pytest.mark.slow  # the fixed seconds of first imports are most of what so few rows take
def test_the_rates_are_measured(cost: Any) -> None:
    """Every measured rate is a positive number of processor seconds."""
    found = cost.measured(2_000)
    assert min(found.read, found.gather, found.fit) > 0
