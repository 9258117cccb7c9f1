"""Group and time splits: no leak across groups or from the future."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custpred.errors import DataError
from custpred.source._typing.typed_table import typed
from custpred.split._usual import usual
from custpred.split.base import Folds, Split
from custpred.table import Column, Table
from custpred.task import Task

BINARY, VALUES = Task("binary", "left", ("no", "yes")), Task("regression", "spend")


def _table(name: str, values: object, kind: str = "number") -> Table:
    frame = pd.DataFrame({name: values})
    return Table(frame, (Column(name, kind),))  # type: ignore[arg-type]


def _group(values: object, truth: np.ndarray, task: Task = BINARY, **options: float) -> Folds:
    return Split.parse({"kind": "group", "column": "house", **options}).split(_table("house", values), truth, task, 0)


def _time(values: object, truth: np.ndarray, kind: str = "number", **options: object) -> Folds:
    return Split.parse({"kind": "time", "column": "when", **options}).split(
        _table("when", values, kind), truth, BINARY, 0
    )


@given(groups=st.integers(6, 40), rows=st.integers(60, 200), folds=st.integers(2, 8), seed=st.integers(0, 99))
@settings(derandomize=True, max_examples=40, deadline=None)
def test_no_group_is_in_two_parts(groups: int, rows: int, folds: int, seed: int) -> None:
    """For any group sizes, no group is in two parts, and no fold is empty."""
    rng = np.random.default_rng(seed)
    house = np.floor(groups * rng.random(rows) ** 2)
    found = _group(house, rng.gamma(2.0, 1.0, rows), VALUES, folds=folds)
    assert not set(house[found.test]) & set(house[found.train])
    for fit, out in found.held:
        assert len(out)
        assert not set(house[found.train][fit]) & set(house[found.train][out])
    assert sum(len(out) for _, out in found.held) == len(found.train)


def test_a_large_group_does_not_unbalance_the_rest() -> None:
    """One group of a quarter of the rows fills one fold; the other folds share the rest evenly."""
    house = np.concatenate([np.zeros(250), 1 + np.arange(750) % 150])
    found = _group(house, np.arange(1_000) % 2, test=0, folds=4)
    assert all(200 <= len(out) <= 300 for _, out in found.held)


def test_rows_without_a_group_are_separate() -> None:
    """Rows whose group is missing are not one giant group."""
    house = np.where(np.arange(400) % 2, np.nan, np.arange(400) // 8)
    found = _group(house, np.arange(400) // 2 % 2)
    missing = np.isnan(house)
    assert 0 < missing[found.test].sum() < missing.sum()


def test_few_groups_reduce_the_number_of_folds() -> None:
    """Four groups cannot make five folds."""
    found = _group(np.arange(80) % 4, np.arange(80) // 4 % 2, test=0)
    assert len(found.held) == 4


def test_a_class_in_one_group_is_refused() -> None:
    """If one group has all positives, nothing can be held out; the error counts groups."""
    with pytest.raises(DataError, match="groups of each class: no 9, yes 1") as caught:
        _group(np.arange(100) // 10, (np.arange(100) < 10).astype(int))
    assert caught.value.code == "CP2205"


@given(moments=st.integers(12, 60), rows=st.integers(80, 200), folds=st.integers(2, 6), seed=st.integers(0, 99))
@settings(derandomize=True, max_examples=40, deadline=None)
def test_training_rows_are_older_than_held_out_rows(moments: int, rows: int, folds: int, seed: int) -> None:
    """For any times with ties and gaps, training lies strictly before held-out and test rows."""
    rng = np.random.default_rng(seed)
    when = rng.integers(0, moments, rows).astype(float)
    when[rng.random(rows) < 0.05] = np.nan
    past = np.nan_to_num(when, nan=-1.0)
    found = _time(when, rng.integers(0, 2, rows), folds=folds)
    assert past[found.train].max() < past[found.test].min()
    assert 1 <= len(found.held) <= folds
    for fit, out in found.held:
        assert past[found.train][fit].max() < past[found.train][out].min()


def test_dates_are_cut_near_the_share() -> None:
    """The latest fifth of daily dates is the test, with five folds of about a sixth."""
    when = np.datetime64("2024-01-01") + np.random.default_rng(0).permutation(1_000).astype("timedelta64[D]")
    found = _time(when, np.arange(1_000) % 2, "date")
    assert np.array_equal(np.sort(when[found.test]), np.sort(when)[-200:])
    assert [len(out) for _, out in found.held] == pytest.approx([133] * 5, abs=2)


def test_the_last_cutoffs_can_be_the_test() -> None:
    """``test: {last: 2}`` tests the last two cutoffs, however many rows they have."""
    when = np.repeat(np.arange(6.0), [50, 50, 50, 50, 10, 70])
    found = _time(when, np.arange(280) % 2, test={"last": 2})
    assert set(when[found.test]) == {4.0, 5.0}


def test_rows_in_the_gap_are_not_used_for_training() -> None:
    """With a gap of 30 days, training rows are 30 days older than held-out or test rows."""
    when = np.datetime64("2024-01-01") + np.arange(400).astype("timedelta64[D]")
    found = _time(when, np.arange(400) % 2, "date", gap="30d")
    month = np.timedelta64(30, "D")
    assert when[found.test].min() - when[found.train].max() >= month
    for fit, out in found.held:
        assert when[found.train][out].min() - when[found.train][fit].max() >= month


def test_the_only_date_is_the_time() -> None:
    """By default the only date is used; with none, or two, the error requests one."""
    frame = pd.DataFrame({"x": np.arange(100.0), "seen": pd.date_range("2024-01-01", periods=100)})
    columns = (Column("x", "number"), Column("seen", "date"))
    truth = np.arange(100) % 2
    found = Split.parse("time").split(Table(frame, columns), truth, BINARY, 0)
    assert np.array_equal(found.test, np.arange(80, 100))
    with pytest.raises(DataError, match="found 0 date columns") as caught:
        Split.parse("time").split(Table(frame, columns).drop("seen"), truth, BINARY, 0)
    assert caught.value.code == "CP2208"


def test_categories_are_not_a_time() -> None:
    """A column of categories cannot be split by time."""
    with pytest.raises(DataError, match="neither") as caught:
        _time(pd.Categorical(["a", "b"] * 20), np.arange(40) % 2, "category")
    assert caught.value.code == "CP2208"


def test_a_single_time_is_refused() -> None:
    """Rows of one moment have no past."""
    with pytest.raises(DataError, match="CP2209"):
        _time(np.ones(50), np.arange(50) % 2)


def test_time_with_groups_tests_on_the_latest_and_folds_hold_out_groups() -> None:
    """The test is the latest times behind the gap, and folds hold out whole groups."""
    rows = 240
    day = np.arange(rows) // 40
    frame = {
        "when": pd.Timestamp("2024-01-01") + pd.to_timedelta(day, "D"),
        "who": [f"w{n % 40:02d}" for n in range(rows)],
    }
    table = typed({**frame, "x": np.arange(rows) * 1.5})
    truth = np.arange(rows) % 2
    task = Task("binary", "y", ("no", "yes"))
    split = Split.parse(
        {"kind": "time", "column": "when", "test": {"last": 1}, "gap": "2d", "group": "who", "folds": 3}
    )
    folds = split.split(table, truth, task, 1)
    assert set(day[folds.test]) == {5}
    assert day[folds.train].max() == 3
    who = np.asarray(frame["who"])[folds.train]
    assert all(not set(who[fit]) & set(who[held]) for fit, held in folds.held)
    assert sorted(np.concatenate([held for _, held in folds.held])) == list(range(len(folds.train)))


@pytest.mark.parametrize(
    "split",
    [
        "stratified",
        "plain",
        {"kind": "group", "column": "house"},
        {"kind": "time", "column": "when", "test": {"last": 2}, "gap": 3},
        {"kind": "time", "column": "when", "group": "house"},
        {"kind": "given", "column": "part"},
    ],
)
def test_folds_over_all_rows_test_none(split: object) -> None:
    """The final model has folds that cover all rows, including the newest and the test rows."""
    rows = 120
    house = np.arange(rows, dtype=float) // 3
    frame = pd.DataFrame({"house": house, "when": np.arange(rows) // 10, "part": ["train", "train", "test"] * 40})
    table = Table(frame, tuple(Column(name, "number") for name in frame), key="house")
    found = Split.parse(split).of_all(table, np.arange(rows) % 2, BINARY, 0)
    assert (found.train.tolist(), len(found.test)) == (list(range(rows)), 0)
    assert sorted(np.concatenate([out for _, out in found.held])) == list(range(rows))
    assert all(len(fit) + len(out) == rows for fit, out in found.held)
    if isinstance(split, dict) and split["kind"] in {"group", "time"}:  # whole groups, or whole customers
        assert all(not set(house[fit]) & set(house[out]) for fit, out in found.held)


def test_rows_without_a_group_are_separate_in_time_splits() -> None:
    """In folds of a time split, too, rows whose group is missing are not one giant group."""
    house = np.where(np.arange(400) % 2, np.nan, np.arange(400) // 8)
    frame = pd.DataFrame({"when": np.arange(400.0), "house": house})
    table = Table(frame, (Column("when", "number"), Column("house", "number")))
    spec = Split.parse({"kind": "time", "column": "when", "group": "house", "folds": 4})
    found = spec.split(table, np.arange(400) // 2 % 2, BINARY, 0)
    missing = np.isnan(house[found.train])
    assert all(30 <= missing[out].sum() <= 50 for _, out in found.held)


@pytest.mark.parametrize(("ids", "kind"), [(["a", "b", None, None], "stratified"), (["a", "a", None, "b"], "group")])
def test_customers_without_an_id_are_no_customer_with_several_rows(ids: list[str | None], kind: str) -> None:
    """Only an id that occurs twice makes the usual split hold out whole customers."""
    frame = pd.DataFrame({"id": pd.Series(ids, dtype=object), "age": np.arange(4.0)})
    table = Table(frame, (Column("id", "id"), Column("age", "number")), key="id")
    assert usual(table, 5, 5)[0].kind() == kind
