"""Stratified, plain and given splits: shares of classes, rare classes, duplicates."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custpred.errors import DataError
from custpred.split.base import Folds, Split
from custpred.table import Column, Table
from custpred.task import Task

BINARY, VALUES = Task("binary", "left", ("no", "yes")), Task("regression", "spend")
STRATIFIED, PLAIN = Split.parse("stratified"), Split.parse("plain")


def _numbers(*columns: np.ndarray) -> Table:
    frame = pd.DataFrame({f"x{place}": column for place, column in enumerate(columns)})
    return Table(frame, tuple(Column(name, "number") for name in frame))


def _rows(count: int) -> Table:
    return _numbers(np.arange(count, dtype=float))


def _together(folds: Folds, unit: np.ndarray) -> bool:
    """Return whether no unit is in two parts."""
    part = np.full(len(unit), -1)
    for number, (_, out) in enumerate(folds.held):
        part[folds.train[out]] = number
    return bool(pd.Series(part).groupby(unit).nunique().max() == 1)


def test_classes_have_equal_shares() -> None:
    """The test and every fold have the overall positive share, to within a row."""
    truth = (np.random.default_rng(0).random(1_000) < 0.13).astype(int)
    folds = STRATIFIED.split(_rows(1_000), truth, BINARY, 1)
    assert truth[folds.test].sum() == pytest.approx(0.2 * truth.sum(), abs=1)
    held = [truth[folds.train][out].sum() for _, out in folds.held]
    assert max(held) - min(held) <= 1
    assert max(len(out) for _, out in folds.held) - min(len(out) for _, out in folds.held) <= 2


def test_values_have_equal_spread() -> None:
    """The test's median and upper decile of a heavy-tailed value are near those of all rows."""
    truth = np.random.default_rng(1).lognormal(3, 1.5, 2_000)
    folds = STRATIFIED.split(_rows(2_000), truth, VALUES, 1)
    for level in (0.5, 0.9):
        assert (truth[folds.test] <= np.quantile(truth, level)).mean() == pytest.approx(level, abs=0.01)


def test_small_classes_reduce_the_number_of_folds() -> None:
    """Four positives: one is a test row, and three are left for three folds."""
    truth = np.zeros(100, dtype=int)
    truth[[3, 20, 50, 90]] = 1
    folds = STRATIFIED.split(_rows(100), truth, BINARY, 2)
    assert truth[folds.test].sum() == 1
    assert [truth[folds.train][out].sum() for _, out in folds.held] == [1, 1, 1]


def test_a_class_of_one_row_is_in_training() -> None:
    """The only row of a third class is a training row and no error."""
    truth = np.array([0] * 40 + [1] * 40 + [2])
    folds = STRATIFIED.split(_rows(81), truth, Task("multiclass", "y", ("a", "b", "c")), 0)
    assert 80 in folds.train
    assert len(folds.held) == 5


def test_too_few_rows_are_an_error_with_counts() -> None:
    """Three customers of three classes: the error has each class with its count."""
    with pytest.raises(DataError, match="a 1, b 1, c 1") as caught:
        STRATIFIED.split(_rows(3), np.arange(3), Task("multiclass", "y", ("a", "b", "c")), 0)
    assert caught.value.code == "CP2205"
    with pytest.raises(DataError, match="found 3 rows") as caught:
        STRATIFIED.split(_rows(3), np.arange(3.0), VALUES, 0)
    assert caught.value.code == "CP2210"


@pytest.mark.parametrize("split", [STRATIFIED, PLAIN], ids=["stratified", "plain"])
def test_duplicates_stay_together(split: Split) -> None:
    """Rows of equal features, also missing ones, are in one part, with the option only."""
    rng = np.random.default_rng(3)
    number = np.concatenate([np.arange(300), rng.integers(0, 150, 200)])
    values = np.where(number % 7 == 0, np.nan, number).astype(float)
    table, truth = _numbers(number.astype(float), values), rng.integers(0, 2, 500)
    assert _together(split.split(table, truth, BINARY, 0), number)
    assert not _together(split.with_(keep_together=False).split(table, truth, BINARY, 0), number)


def test_all_nans_and_both_zeros_are_equal() -> None:
    """Rows that differ only in the sign of zero, or in the bits of NaN, are duplicates."""
    first = np.arange(200.0)
    first[100:] = first[:100]
    second = np.zeros(200)
    second[100:] = -0.0
    third = np.full(200, np.nan)
    third[100:] = -np.nan
    folds = STRATIFIED.split(_numbers(first, second, third), np.arange(200) % 2, BINARY, 0)
    assert _together(folds, np.arange(200) % 100)


def test_a_few_profiles_are_not_duplicates() -> None:
    """A table of two yes/no columns is split row by row, evenly."""
    rng = np.random.default_rng(4)
    table, truth = _numbers(rng.integers(0, 2, 400).astype(float)), rng.integers(0, 2, 400)
    folds = STRATIFIED.split(table, truth, BINARY, 0)
    assert {len(out) for _, out in folds.held} <= {63, 64, 65}


def test_duplicates_of_all_positives_can_be_split() -> None:
    """If the positives are copies of one row, they are assigned one by one rather than refused."""
    number = np.arange(60.0)
    number[:4] = 0
    truth = (np.arange(60) < 4).astype(int)
    folds = STRATIFIED.split(_numbers(number), truth, BINARY, 0)
    assert all(truth[folds.train][fit].sum() for fit, _ in folds.held)


def test_given_parts_are_read_in_any_case() -> None:
    """Parts in any case, with blanks, are used; 'test' in the recipe is ignored."""
    said = np.array(["train", " TRAIN ", "Training", "Test", "test"] * 40)
    frame = pd.DataFrame({"x": np.arange(200.0), "part": said.astype(object)})
    table = Table(frame, (Column("x", "number"), Column("part", "category")))
    folds = Split.parse({"kind": "given", "column": "part", "test": 0.5}).split(table, np.arange(200) % 2, BINARY, 0)
    assert np.array_equal(folds.test, np.flatnonzero(np.char.lower(said) == "test"))


def test_other_parts_are_refused_without_their_values() -> None:
    """Other values, also missing ones, are counted but not shown."""
    frame = pd.DataFrame({"part": pd.Series(["train", "test", "Kim Min-jun", None] * 5, dtype=object)})
    with pytest.raises(DataError, match="others in 10 row") as caught:
        Split.parse({"kind": "given", "column": "part"}).split(
            Table(frame, (Column("part", "category"),)), np.arange(20) % 2, BINARY, 0
        )
    assert caught.value.code == "CP2211"
    assert "Kim" not in str(caught.value)


@given(
    counts=st.lists(st.integers(1, 30), min_size=2, max_size=5),
    test=st.floats(0, 0.9),
    folds=st.integers(2, 12),
    seed=st.integers(0, 99),
)
@settings(derandomize=True, max_examples=50, deadline=None)
def test_any_classes_are_split_or_refused(counts: list[int], test: float, folds: int, seed: int) -> None:
    """For any class counts: CP2205, or folds that cover training and have all classes."""
    task = Task("multiclass", "y", tuple("abcde"[: len(counts)]))
    truth = np.repeat(np.arange(len(counts)), counts)
    split = Split.parse({"kind": "stratified", "test": test, "folds": folds})
    if sum(count >= 2 for count in counts) < 2:
        with pytest.raises(DataError, match="CP2205"):
            split.split(_rows(len(truth)), truth, task, seed)
        return
    found = split.split(_rows(len(truth)), truth, task, seed)
    assert np.array_equal(np.sort(np.concatenate([out for _, out in found.held])), np.arange(len(found.train)))
    assert 2 <= len(found.held) <= folds
    several = {code for code, count in enumerate(counts) if count >= 2}
    for fit, out in found.held:
        assert len(out)
        assert several <= set(truth[found.train][fit])


def test_many_rows_are_fast() -> None:
    """200,000 rows of 20 columns with duplicates are split in about a second."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(200_000, 20))
    values[:5_000] = values[5_000:10_000]
    table, truth = _numbers(*values.T), rng.integers(0, 2, 200_000)
    began = time.process_time()
    STRATIFIED.split(table, truth, BINARY, 0)
    assert time.process_time() - began < 2.0


@pytest.mark.parametrize(
    ("kind", "facts", "dealt"),
    [
        ("given", (False, False, False), ""),
        ("group", (False, False, True), "group"),
        ("plain", (True, False, False), "random"),
        ("stratified", (True, False, False), "same class shares"),
        ("time", (False, True, True), "past"),
    ],
)
def test_split_traits(kind: str, facts: tuple[bool, bool, bool], dealt: str) -> None:
    """By row, by time, several rows per customer: events, reports and folds use them."""
    split = Split.find(kind)
    assert (split.by_row, split.by_time, split.several) == facts
    assert dealt in split.dealt(BINARY)
    assert ("quantiles of the values" in split.dealt(VALUES)) == (kind == "stratified")


def test_five_folds_by_default() -> None:
    """A split without a number of folds makes five."""
    assert (Split.parse("plain").parts, Split.parse({"kind": "plain", "folds": 2}).parts) == (5, 2)
