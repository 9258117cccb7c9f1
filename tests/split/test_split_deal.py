"""Units assigned to the test and to folds, at the smallest possible sizes."""

from __future__ import annotations

import numpy as np
import pytest

from custpred.errors import DataError
from custpred.split._deal import Pool, check, deal, enough, folds_of, hold_out, strata
from custpred.task import Task

VALUES = Task("regression", "worth")
CLASSES = Task("binary", "left", ("no", "yes"))


@pytest.mark.parametrize(("rows", "fits"), [(3, False), (4, True)])
def test_four_values_can_be_split(rows: int, fits: bool) -> None:
    """Four distinct values suffice, three are refused with their number."""
    unit, truth = np.arange(rows), np.arange(rows, dtype=float)
    assert enough(unit, truth, VALUES) is fits
    if fits:
        check(unit, truth, VALUES)
    else:
        with pytest.raises(DataError, match="CP2210 .*found 3 rows"):
            check(unit, truth, VALUES)


@pytest.mark.parametrize(("truth", "fits"), [([0, 0, 1, 1], True), ([0, 0, 0, 1], False), ([0, 0, 0, 0], False)])
def test_two_units_per_class_can_be_split(truth: list[int], fits: bool) -> None:
    """A class with one unit cannot be in both training and test."""
    assert enough(np.arange(4), np.array(truth), CLASSES) is fits


def test_values_are_binned_by_rows_for_each_fold() -> None:
    """At least four rows per bin and fold, at most ten bins, in the order of the values."""
    truth = np.arange(80)[::-1].astype(float)
    assert strata(truth, VALUES, 5).tolist() == sorted(np.repeat(range(4), 20).tolist(), reverse=True)
    assert len(set(strata(np.arange(79.0), VALUES, 5).tolist())) == 3
    assert len(set(strata(np.arange(10_000.0), VALUES, 5).tolist())) == 10
    assert strata(np.arange(3.0), VALUES, 5).tolist() == [0, 0, 0]


def test_a_unit_belongs_to_its_rarest_stratum() -> None:
    """A customer with one row of a rare class is assigned with the rare ones."""
    pool = Pool.of(np.array([0, 0, 1, 1, 2]), np.array([0, 0, 0, 1, 0]))
    assert pool.size.tolist() == [2, 2, 1]
    assert pool.stratum.tolist() == [0, 1, 0]


@pytest.mark.parametrize("seed", range(30))
def test_units_larger_than_the_share_are_tested_last(seed: int) -> None:
    """Two rows are not tested if less than one is needed; each stratum keeps two units."""
    rng = np.random.default_rng(seed)
    tested = hold_out(Pool(np.array([2, 1, 1, 1, 1]), np.zeros(5, dtype=np.intp)), 0.1, rng)
    assert (tested.sum(), tested[0]) == (1, False)
    tested = hold_out(Pool(np.ones(3, dtype=np.intp), np.zeros(3, dtype=np.intp)), 0.9, rng)
    assert tested.sum() == 1
    assert hold_out(Pool(np.ones(2, dtype=np.intp), np.zeros(2, dtype=np.intp)), 0.9, rng).sum() == 0
    assert hold_out(Pool(np.ones(9, dtype=np.intp), np.zeros(9, dtype=np.intp)), 0.0, rng).sum() == 0
    assert hold_out(Pool(np.ones(9, dtype=np.intp), np.zeros(9, dtype=np.intp)), 0.01, rng).sum() == 1


@pytest.mark.parametrize(("share", "rows"), [(0.2, 20), (0.5, 50)])
def test_the_test_has_its_share(share: float, rows: int) -> None:
    """The test has the given share of a hundred rows."""
    pool = Pool(np.ones(100, dtype=np.intp), np.zeros(100, dtype=np.intp))
    assert hold_out(pool, share, np.random.default_rng(0)).sum() == rows


@pytest.mark.parametrize("seed", range(6))
def test_folds_are_balanced_with_large_units(seed: int) -> None:
    """A unit of half the rows fills a fold; the others share the rest evenly."""
    size = np.array([50, *[1] * 50])
    fold = deal(Pool(size, np.zeros(51, dtype=np.intp)), 2, np.random.default_rng(seed))
    assert np.bincount(fold, weights=size).tolist() == [50, 50]
    even = deal(Pool(np.ones(30, dtype=np.intp), np.repeat([0, 1, 2], 10)), 3, np.random.default_rng(seed))
    assert np.bincount(even).max() - np.bincount(even).min() <= 3


def test_no_fold_is_empty() -> None:
    """As many folds as units have one each."""
    for seed in range(10):
        fold = deal(Pool(np.ones(4, dtype=np.intp), np.zeros(4, dtype=np.intp)), 4, np.random.default_rng(seed))
        assert sorted(fold.tolist()) == [0, 1, 2, 3]


@pytest.mark.parametrize("seed", range(8))
def test_rare_classes_decide_the_number_of_folds(seed: int) -> None:
    """At most as many folds as units, and as units of a class with two or more."""
    rng = np.random.default_rng(seed)
    assert len(folds_of(np.arange(4), np.arange(4.0), VALUES, 10, rng)) == 4
    pair = np.array([0] * 10 + [1] * 2)
    for even in (True, False):
        folds = folds_of(np.arange(12), pair, CLASSES, 5, rng, even=even)
        assert len(folds) == 2
        assert all(1 in pair[fit] for fit, _ in folds)
    lone = np.array([0] * 10 + [1])
    assert len(folds_of(np.arange(11), lone, CLASSES, 5, rng)) == 5


def test_each_row_is_held_out_once() -> None:
    """Held-out parts cover the table, other rows are training rows, and units stay together."""
    unit = np.repeat(np.arange(20), 2)
    folds = folds_of(unit, np.tile([0, 1], 20), CLASSES, 4, np.random.default_rng(1))
    assert sorted(np.concatenate([held for _, held in folds]).tolist()) == list(range(40))
    for fit, held in folds:
        assert sorted([*fit, *held]) == list(range(40))
        assert not set(unit[fit]) & set(unit[held])
        assert len(held) == 10
