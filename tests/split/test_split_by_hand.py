"""Boundaries between past and future, and groups of duplicates, by hand."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from custpred.split._moments import _chain, _edge, _last
from custpred.split._repeats import compact, repeats
from custpred.table import Column, Table
from custpred.task import Task

BINARY, VALUES = Task("binary", "left", ("no", "yes")), Task("regression", "spend")
TEN = np.arange(10.0)
TIED = np.array([0.0] * 3 + [1.0] * 4 + [2.0] * 3)


@pytest.mark.parametrize(
    ("time", "share", "edge"),
    [
        (TEN, 0.8, 8.0),
        (TEN, 0.0, 1.0),
        (TEN, 0.99, 9.0),
        (TEN, 1.0, math.inf),
        (TIED, 0.1, 1.0),
        (TIED, 0.5, 1.0),
        (TIED, 0.6, 2.0),
        (TIED, 0.8, 2.0),
    ],
)
def test_a_boundary_is_the_nearest_time(time: np.ndarray, share: float, edge: float) -> None:
    """Rows of one time stay together; something always precedes it, a share of 1 has none."""
    assert _edge(time, share) == edge


@pytest.mark.parametrize(("count", "first"), [(1, 2.0), (2, 1.0), (3, 0.0), (9, 0.0)])
def test_the_last_times(count: int, first: float) -> None:
    """The last two of three times begin with the second; more than exist begin with the first."""
    assert _last(TIED, count) == first


def test_forward_folds_train_on_everything_before() -> None:
    """Twelve times in two folds: train on 4 and score 4, train on 8 and score 4."""
    pairs = _chain(np.arange(12.0), np.arange(12.0), VALUES, 2, 0.0)
    assert [(fit.tolist(), held.tolist()) for fit, held in pairs] == [
        (list(range(4)), [4, 5, 6, 7]),
        (list(range(8)), [8, 9, 10, 11]),
    ]
    ((fit, held),) = _chain(np.arange(2.0), np.arange(2.0), VALUES, 1, 0.0)
    assert (fit.tolist(), held.tolist()) == ([0], [1])
    assert _chain(np.arange(1.0), np.arange(1.0), VALUES, 1, 0.0) == ()


@pytest.mark.parametrize(
    ("truth", "folds"),
    [([0, 1, 0, 1, 0, 1], 0), ([0, 0, 1, 1, 0, 1, 0, 1], 1), ([0] * 8, 0), ([0, 0, 0, 1, 0, 1, 0, 1], 0)],
)
def test_a_fold_needs_two_training_rows_of_each_class(truth: list[int], folds: int) -> None:
    """Of the first half of the rows, two must be positive and two negative."""
    assert len(_chain(np.arange(float(len(truth))), np.array(truth), BINARY, 1, 0.0)) == folds


def _units(values: list[int], folds: int = 2) -> list[int]:
    table = Table(pd.DataFrame({"x": np.array(values, dtype=float)}), (Column("x", "number"),))
    return repeats(table, folds).tolist()


def test_duplicates_share_a_unit_unless_common() -> None:
    """Pairs stay together; rows of a profile that exceeds a fold are separate."""
    units = _units([*range(10), 10, 10, 11, 11, 12, 12, 12, 13, 14, 15])
    assert units[10] == units[11] != units[12] == units[13]
    assert len(set(units)) == 18
    four, five = [*range(60), *[99] * 4], [*range(59), *[99] * 5]
    assert (len(set(_units(four))), len(set(_units(five)))) == (61, 64)


def test_a_table_of_profiles_has_no_duplicates() -> None:
    """If half of the rows are distinct, others are duplicates; else rows are customers."""
    assert len(set(_units([n // 2 for n in range(20)]))) == 10
    assert len(set(_units([*(n // 2 for n in range(18)), 0, 0]))) == 20


def test_units_are_numbered_without_gaps() -> None:
    """Numbers keep their order."""
    assert compact(np.array([5, 5, 2, 9])).tolist() == [1, 1, 0, 2]
    assert compact(np.array([], dtype=int)).tolist() == []
