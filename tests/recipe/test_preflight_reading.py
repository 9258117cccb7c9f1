"""A file that cannot be read within the budget is refused before reading."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import custpred as cp
from custpred.errors import BudgetSpent
from custpred.recipe.inspect import check
from custpred.source._reading import cost as module
from custpred.source._reading.cost import Cost, cost_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "customers.csv"
    path.write_text("age,left\n" + "31,yes\n42,no\n" * 200)
    return path


def test_the_estimate_grows_with_text_and_cells(table: Path, tmp_path: Path) -> None:
    """It depends on the bytes of text and the number of cells; an empty file costs nothing."""
    size = table.stat().st_size
    found = cost_of([table])
    assert found.memory == pytest.approx(2 * size + 16 * 2 * 401, rel=0.01)  # two cells in each of 401 lines
    assert cost_of([table, table])[:2] == pytest.approx((2 * found.memory, 2 * found.seconds))
    empty = tmp_path / "empty.csv"
    empty.touch()
    assert cost_of([empty]) == Cost()


@pytest.mark.parametrize(("limit", "code"), [("time: 10s", "CP4120"), ("memory: 100MB", "CP4108")])
def test_too_little_is_refused_by_check_and_run(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, code: str
) -> None:
    """Too little time or memory for the file ends check and run with a coded message."""
    monkeypatch.setattr(module, "_BYTES_A_SECOND", 100.0)
    monkeypatch.setattr(module, "_CELL", 2e5)
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(f"customers: {{path: {table}}}\ntarget: left\nbudget: {{{limit}}}\n")
    with pytest.raises(BudgetSpent, match=code):
        check(recipe, {})
    with pytest.raises(BudgetSpent, match=code):
        cp.run(recipe, out=tmp_path / "run")
