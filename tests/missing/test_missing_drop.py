"""Dropping columns and training rows with too many missing values."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from custpred.missing.base import Missing
from custpred.task import Task

TASK = Task("binary", "left", ("no", "yes"))
N = np.nan
X = pd.DataFrame({"a": [1, N, N, N], "b": [1, 2, N, 4.0], "c": [1, 2, N, 4.0], "d": [1, N, N, 4.0]})
Y = np.array([0, 1, 0, 1])


def drop(**options: object) -> Missing:
    return Missing.parse({"kind": "drop", **options})


def test_columns_above_the_share():
    """Columns are dropped above the limit, not at it: a has 3/4 missing, d has 2/4."""
    spec = drop(columns=0.5)
    state = spec.learn(X, Y, TASK, 0)
    assert list(spec.apply(X, state).columns) == ["b", "c", "d"]
    assert "a 3 (column dropped)" in spec.notes(state)[0].text


def test_rows_above_the_share():
    """A row is dropped if its share exceeds the limit: rows have 0, 2, 4 and 1 of 4."""
    for share, kept in [(0.0, [0]), (0.25, [0, 3]), (0.5, [0, 1, 3]), (1.0, [0, 1, 2, 3])]:
        spec = drop(rows=share, columns=None)
        state = spec.learn(X, None, None, 0)
        assert np.flatnonzero(spec.keep(X, state)).tolist() == kept
        assert state["dropped"] == 4 - len(kept)


def test_both_are_two_steps():
    """Columns go first, then rows, in separate steps, which cannot be learned as one."""
    spec = drop(rows=0.0, columns=0.5, indicator=True)
    change, remove = spec.parts()
    assert (change.removes_rows(), remove.removes_rows()) == (False, True)
    _, once = change.learn_apply(X, Y, TASK, 0)
    kept = remove.keep(once, remove.learn(once, None, None, 0))
    assert np.flatnonzero(kept).tolist() == [0, 3]
    with pytest.raises(ValueError, match="parts"):
        spec.learn(X, Y, TASK, 0)


def test_a_single_action_is_one_step():
    """A strategy that does one thing is its own only part."""
    for spec in (drop(), drop(rows=0.5, columns=None), Missing.parse("median")):
        assert spec.parts() == (spec,)


def test_rows_for_one_column():
    """Rows with a missing value in one column go first, then the outer strategy fills the rest."""
    spec = Missing.parse({"kind": "median", "columns": {"d": {"kind": "drop", "rows": 0}}})
    rows, rest = spec.parts()
    kept = rows.keep(X, rows.learn(X, Y, TASK, 0))
    assert np.flatnonzero(kept).tolist() == [0, 3]
    assert rest.learn_apply(X[kept], Y[kept], TASK, 0)[1].isna().sum().sum() == 0


def test_indicators_do_not_count_as_columns():
    """Indicators are never missing, so they are not part of a row's share of missing values."""
    spec = drop(rows=0.5, columns=None)
    marked = X.assign(**{f"{name} is missing": 0.0 for name in "abcd"})
    assert np.flatnonzero(spec.keep(marked, spec.learn(marked, None, None, 0))).tolist() == [0, 1, 3]


@pytest.mark.parametrize(("target", "says"), [(Y, "class"), (None, "no row would be left")])
def test_keeps_every_class(target, says):
    """No row is dropped, with a warning, if a class or the whole table would be lost."""
    frame = X if target is not None else X.iloc[1:3]
    spec = drop(rows=0.0, columns=None)
    state = spec.learn(frame, target, TASK, 0)
    assert spec.keep(frame, state).all()
    (note,) = spec.notes(state)
    assert says in note.text
    assert note.severity == "warning"


def test_declines_to_drop_all_columns():
    """No column is dropped, with a warning, if none would be left."""
    spec = drop(columns=0.1)
    state = spec.learn(X, Y, TASK, 0)
    assert spec.apply(X, state).shape == X.shape
    assert spec.notes(state)[0].severity == "warning"


def test_notes_count_rows():
    """The note says how many training rows were dropped; a large share of them is a warning."""
    spec = drop(rows=0.5, columns=None)
    (note,) = spec.notes(spec.learn(X, None, None, 0))
    assert note.numbers == {"dropped": 1, "rows": 4}
    assert note.severity == "warning"


def test_columns_are_a_share_or_strategies():
    """``columns`` is a share, or a map of strategies; mistakes in either are reported."""
    spec = drop(columns={"b": "median"})
    out = spec.apply(X, spec.learn(X, Y, TASK, 0))
    assert list(out.columns) == ["b", "c", "d"]
    assert out["b"].notna().all()
    assert Missing.parse(spec.dump()) == spec
    for wrong, says in [({"b": "medain"}, "Did you mean 'median'"), (1.5, "less than or equal to 1"), ("x", "number")]:
        with pytest.raises(ValidationError, match=says) as error:
            drop(columns=wrong)
        assert error.value.error_count() == 1
