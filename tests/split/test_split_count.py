"""The number of folds by rows, and its limits."""

from __future__ import annotations

import pytest

from custpred.split._count import count


@pytest.mark.parametrize(
    ("rows", "folds"), [(1, 8), (10_000, 8), (10_001, 5), (100_000, 5), (100_001, 3), (400_000, 3), (400_001, 2)]
)
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
    assert count(500_000, seconds, networks, classes) == 2
