"""The number of folds by rows, its limits, and how many folds are scored."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from custpred.split._count import count, scored
from custpred.table import Column, Table


@pytest.mark.parametrize(("rows", "folds"), [(1, 8), (10_000, 8), (10_001, 5), (1_000_000, 5)])
def test_rows_decide_if_there_is_time(rows: int, folds: int) -> None:
    """Small tables have more folds; from 45 s on nothing else limits them."""
    assert count(rows, 45.0) == folds
    assert count(rows, 1e9) == folds


@pytest.mark.parametrize(
    ("seconds", "networks", "classes", "folds"),
    [
        (None, (), 2, 5),
        (44.9, (), 2, 5),
        (60.0, (), 2, 8),
        (60.0, (), 3, 5),
        (60.0, (False,), 2, 8),
        (60.0, (True, False), 2, 5),
        (60.0, (True, True), 2, 3),
        (60.0, (True,), 3, 3),
    ],
)
def test_expensive_folds_are_few(seconds: float | None, networks: tuple[bool, ...], classes: int, folds: int) -> None:
    """Little time, no time limit, several classes and networks give five; networks alone three."""
    assert count(5_000, seconds, networks, classes) == folds
    assert count(500_000, seconds, networks, classes) == min(folds, 5)


def _wide(rows: int, kinds: list[str]) -> Table:
    columns = tuple(Column(f"c{place}", kind) for place, kind in enumerate(kinds))  # type: ignore[arg-type]
    return Table(pd.DataFrame(np.zeros((rows, len(kinds)), dtype=np.int8), columns=[c.name for c in columns]), columns)


@pytest.mark.parametrize(
    ("rows", "kinds", "seconds", "classes", "folds"),
    [
        (10_000, ["number"] * 100, 1.0, 2, None),
        (10_001, ["number"], 60.0, 2, None),
        (20_000, ["number"] * 60, 60.0, 2, None),
        (20_000, ["number"] * 61, 60.0, 2, 3),
        (20_000, ["number"] * 60, 60.0, 3, 3),
        (20_000, ["number"] * 60, 19.9, 2, 2),
        (20_000, ["number"] * 60, None, 2, None),
        (20_000, ["text", "text"], 60.0, 2, 3),
        (100_001, ["number"], None, 2, 3),
        (400_001, ["number"], 1e6, 2, 2),
    ],
)
def test_cells_per_second_decide_how_many_folds_are_scored(
    rows: int, kinds: list[str], seconds: float | None, classes: int, folds: int | None
) -> None:
    """Columns, classes, texts and little time reduce it; very many rows do so alone."""
    assert scored(_wide(rows, kinds), seconds, 2, classes) == folds
