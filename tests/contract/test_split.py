"""The contract of every split."""

from __future__ import annotations

import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from custpred.errors import DataError
from custpred.split.base import Folds, Split
from custpred.table import Column, Table
from custpred.task import Task

KINDS = Split.kinds()
COLUMN = {"group": {"column": "house"}, "given": {"column": "part"}, "time": {"column": "joined"}}
BINARY, SEVERAL, VALUES = (
    Task("binary", "y", ("no", "yes")),
    Task("multiclass", "y", tuple("abc")),
    Task("regression", "y"),
)
each_kind = pytest.mark.parametrize("kind", KINDS)
each_task = pytest.mark.parametrize("task", [BINARY, SEVERAL, VALUES], ids=lambda task: task.kind)


def customers(rows: int = 600, seed: int = 0) -> Table:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "spend": rng.gamma(2.0, 10.0, rows),
            "plan": pd.Categorical(rng.choice(["basic", "plus"], rows)),
            "house": pd.Categorical.from_codes(rng.integers(0, rows // 4, rows), [f"h{i}" for i in range(rows // 4)]),
            "joined": np.datetime64("2024-01-01") + rng.integers(0, 300, rows).astype("timedelta64[D]"),
            "part": pd.Categorical(rng.choice(["Train", "TEST"], rows, p=[0.8, 0.2])),
        }
    )
    kinds = ("number", "category", "category", "date", "category")
    return Table(frame, tuple(Column(name, kind) for name, kind in zip(frame, kinds, strict=True)))


def truth_of(task: Task, rows: int, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.gamma(2.0, 10.0, rows) if task.kind == "regression" else rng.integers(0, task.classes, rows)


def divided(kind: str, task: Task, rows: int = 600, **options: object) -> Folds:
    return Split.find(kind)(**COLUMN.get(kind, {}), **options).split(
        customers(rows), truth_of(task, rows), task, seed=3
    )


@each_kind
def test_splits_describe_themselves(kind: str) -> None:
    """Each split describes its options and survives YAML and pickle."""
    split = Split.find(kind)(**COLUMN.get(kind, {}))
    assert split.summary().endswith((".", ";"))
    assert all(text for _, _, text in split.options())
    assert Split.parse(split.dump()) == split
    assert pickle.loads(pickle.dumps(split)) == split
    assert split.columns() == tuple(COLUMN.get(kind, {}).values())


@each_kind
@each_task
def test_train_and_test_are_every_row_once(kind: str, task: Task) -> None:
    """Train and test do not overlap and cover all rows; about a fifth is the test."""
    folds = divided(kind, task)
    assert np.array_equal(np.sort(np.concatenate([folds.train, folds.test])), np.arange(600))
    assert len(folds.test) == pytest.approx(120, abs=30)


@each_kind
@each_task
def test_held_out_parts_do_not_overlap(kind: str, task: Task) -> None:
    """Each training row is held out at most once (exactly once without time), never fitted."""
    folds = divided(kind, task)
    held = np.concatenate([out for _, out in folds.held])
    assert len(folds.held) == 5
    assert len(np.unique(held)) == len(held)
    assert len(held) == len(folds.train) or kind == "time"
    for fit, out in folds.held:
        assert not np.intersect1d(fit, out).size
        assert max(fit.max(), out.max()) < len(folds.train)


@each_kind
def test_same_seed_same_rows(kind: str) -> None:
    """A split repeats exactly under its seed."""
    one, two = divided(kind, BINARY), divided(kind, BINARY)
    assert np.array_equal(one.test, two.test)
    assert all(np.array_equal(a[1], b[1]) for a, b in zip(one.held, two.held, strict=True))


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"given"}))
def test_no_test_is_allowed(kind: str) -> None:
    """With a test share of 0 all rows are training rows."""
    folds = divided(kind, BINARY, test=0)
    assert len(folds.test) == 0
    assert np.array_equal(folds.train, np.arange(600))


@each_kind
def test_every_fit_has_both_classes(kind: str) -> None:
    """Every part to fit has both classes, also if one of them is rare."""
    truth = np.zeros(600, dtype=int)
    truth[::60] = 1
    split = Split.find(kind)(**COLUMN.get(kind, {}))
    folds = split.split(customers(), truth, BINARY, seed=0)
    assert all(len(np.unique(truth[folds.train][fit])) == 2 for fit, _ in folds.held)


@each_kind
def test_the_table_is_not_changed(kind: str) -> None:
    """Splitting does not modify the frame."""
    table = customers()
    before = table.frame.copy()
    Split.find(kind)(**COLUMN.get(kind, {})).split(table, truth_of(BINARY, 600), BINARY, seed=0)
    pd.testing.assert_frame_equal(table.frame, before)


@each_kind
def test_one_customer_of_a_class_is_refused(kind: str) -> None:
    """With one positive nothing can be held out: the error has the counts and a remedy."""
    truth = np.zeros(600, dtype=int)
    truth[300] = 1
    with pytest.raises(DataError) as caught:
        Split.find(kind)(**COLUMN.get(kind, {})).split(customers(), truth, BINARY, seed=0)
    assert caught.value.code in {"CP2205", "CP2209"}
    assert caught.value.remedy


@pytest.mark.parametrize("kind", sorted(COLUMN))
def test_a_missing_column_is_named(kind: str) -> None:
    """An unknown column is an error with the nearest name."""
    with pytest.raises(DataError, match="Did you mean"):
        Split.find(kind)(column=COLUMN[kind]["column"] + "s").split(customers(), truth_of(BINARY, 600), BINARY, seed=0)


def test_specs_are_light() -> None:
    """Importing every split loads neither numpy nor pandas."""
    code = (
        "import sys; from custpred.split.base import Split; [Split.find(kind) for kind in Split.kinds()];"
        "sys.exit(any(name in sys.modules for name in ('numpy', 'pandas', 'sklearn')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
