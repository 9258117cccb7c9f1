"""Outliers by quartiles and z-scores: fences by hand, and each action."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from custpred.outliers._columns import is_code
from custpred.outliers.base import Outliers
from custpred.task import Task

# Quartiles of 1.5 ... 9.5 and 101.5 are 3.75 and 8.25: fences at -3 and 15.
VALUES = [1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5, 101.5]
X = pd.DataFrame({"x": VALUES})


def learned(new: pd.DataFrame = X, **options: object) -> tuple[Outliers, dict]:
    spec = Outliers.parse({"kind": "iqr", **options})
    return spec, spec.learn(new, None, None, 0)


def test_iqr_fences():
    """Values beyond 1.5 interquartile ranges become the fence; others are unchanged."""
    spec, state = learned()
    out = spec.apply(pd.DataFrame({"x": [-50.0, -2.9, 15.0, 15.1, np.nan, np.inf]}), state)["x"]
    assert out.tolist()[:4] == pytest.approx([-3.0, -2.9, 15.0, 15.0])
    assert np.isnan(out[4])
    assert out[5] == pytest.approx(15.0)


def test_zscore_fences():
    """The mean less and plus threshold standard deviations: 0 and 2 have 1 and 1."""
    spec = Outliers.parse({"kind": "zscore", "threshold": 2.0, "of": ["x"]})
    state = spec.learn(pd.DataFrame({"x": [0.0, 2.0]}), None, None, 0)
    assert (state["low"]["x"], state["high"]["x"]) == (-1.0, 3.0)


def test_robust_zscore_fences():
    """By the median absolute deviation over 0.6745: median 6, deviations' median 2.5."""
    spec = Outliers.parse({"kind": "zscore", "robust": True, "threshold": 3.5})
    state = spec.learn(X, None, None, 0)
    assert state["high"]["x"] == pytest.approx(6.0 + 3.5 * 2.5 / 0.6745)
    assert state["beyond"] == {"x": 1}


def test_flag_marks_outliers():
    """A flag is 1 beyond a fence, 0 elsewhere; columns without outliers get none."""
    spec, state = learned(X.assign(calm=np.linspace(0, 1, 10)), action="flag")
    new = pd.DataFrame({"x": [0.0, 99.0, np.nan], "calm": [0.0, 99.0, 1.0]})
    out = spec.apply(new, state)
    assert list(out.columns) == ["x", "calm", "x is outlying"]
    assert out["x is outlying"].tolist() == [0.0, 1.0, 0.0]
    assert spec.lineage(state) == {"x is outlying": ("x",)}


def test_remove_drops_rows():
    """Rows with a value beyond a fence are dropped, rows with missing values stay."""
    frame = pd.concat([X, pd.DataFrame({"x": [np.nan]})], ignore_index=True)
    spec, state = learned(frame, action="remove")
    assert np.flatnonzero(~spec.keep(frame, state)).tolist() == [9]
    assert state["removed"] == 1


def test_remove_keeps_every_class():
    """No row is removed, with a warning, if a class would lose all its rows."""
    spec = Outliers.parse({"kind": "iqr", "action": "remove"})
    state = spec.learn(X, np.array([0] * 9 + [1]), Task("binary", "left", ("no", "yes")), 0)
    assert spec.keep(X, state).all()
    assert [note.severity for note in spec.notes(state) if "class" in note.text] == ["warning"]


def test_codes_are_skipped():
    """Integers with at most 30 distinct values are codes, unless they are requested by name."""
    code = pd.DataFrame({"grade": [1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 9.0]})
    assert learned(code)[1]["low"] == {}
    assert list(learned(code, of=["grade"])[1]["low"]) == ["grade"]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        (np.arange(30.0), True),
        (np.arange(31.0), False),
        (np.append(np.zeros(5000), 0.5), False),
        (np.append(np.zeros(5000), np.arange(40.0)), False),
        (np.tile([0.0, 1.0], 3000), True),
        (np.zeros(0), True),
    ],
)
def test_is_code_reads_all_values(values, code):
    """All values decide, also if the first thousand look like a code."""
    assert is_code(values) is code


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        (pd.DataFrame({"x": [1.5] * 9 + [7.0]}), "middle half is one value"),
        (pd.DataFrame({"x": [np.nan] * 3}), "no values"),
        (pd.DataFrame({"x": pd.Categorical(["a", "b"])}), "not a number"),
    ],
)
def test_declined_columns(frame, why):
    """A column without fences is unchanged, and the note says why."""
    spec, state = learned(frame, of=["x"])
    assert spec.apply(frame, state).equals(frame)
    assert any(why in note.text for note in spec.notes(state))


def test_notes_contain_counts_but_no_values():
    """The note counts outlying values by column and shows none of them."""
    spec, state = learned(X.assign(y=[*VALUES[:8], -900.25, 900.25]))
    (note,) = spec.notes(state)
    assert "3 outlying values clipped in training: y 2, x 1." in note.text
    assert "900" not in note.text


def test_clip_is_refused_for_rows():
    """Clipping whole rows is refused when the recipe is read, with an alternative."""
    with pytest.raises(ValidationError, match="use flag or remove"):
        Outliers.parse({"kind": "isolation", "action": "clip"})


def test_integers_may_be_clipped():
    """A column of integers becomes float for any rows: the same dtype for one row and for many."""
    frame = pd.DataFrame({"x": [*range(40), 4000]})
    spec, state = learned(frame)
    assert {spec.apply(frame.iloc[rows], state)["x"].dtype for rows in ([0], [40], [])} == {np.dtype(float)}


values = st.lists(st.one_of(st.just(np.nan), st.floats(-1e9, 1e9)), min_size=1, max_size=40)


@settings(derandomize=True, max_examples=50, deadline=None)
@given(values, values, st.sampled_from(["iqr", "zscore"]))
def test_clipping_is_idempotent_and_monotone(train, new, kind):
    """Clipping twice equals clipping once, keeps the order of values, and leaves missing values."""
    spec = Outliers.parse({"kind": kind, "of": ["x"]})
    state = spec.learn(pd.DataFrame({"x": train}), None, None, 0)
    frame = pd.DataFrame({"x": np.sort(new)})
    once = spec.apply(frame, state)
    assert spec.apply(once, state).equals(once)
    assert once["x"].dropna().is_monotonic_increasing
    assert (once["x"].isna() == frame["x"].isna()).all()


@pytest.mark.real
def test_insurance_charges(real):
    """On real charges with a long tail, clipping lowers the maximum and counts values."""
    charges = pd.read_csv(real("insurance_charges/insurance.csv"))[["charges"]]
    spec, state = learned(charges)
    out = spec.apply(charges, state)["charges"]
    assert out.max() == state["high"]["charges"] < charges["charges"].max()
    assert (out != charges["charges"]).sum() == state["beyond"]["charges"] == 139
