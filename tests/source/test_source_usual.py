"""A single customer is read like the same customer in a table."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custpred.columns.contract import Intake, learn
from custpred.errors import DataError
from custpred.source._typing.conform import conform
from custpred.source._typing.typed_table import typed
from custpred.source._typing.usual import usual_value
from custpred.table import Column

draw = np.random.default_rng(0)
TABLE = typed(
    pd.DataFrame(
        {
            "spend": draw.normal(50, 10, 300),
            "visits": draw.integers(0, 9, 300),
            "plan": draw.choice(["basic", "프리미엄", "True", "00011"], 300),
            "member": draw.choice([True, False], 300),
            "joined": draw.choice(["2021-03-04", "2022-12-31", "2024-02-29"], 300),
        }
    )
)
INTAKE = Intake(learn(TABLE.frame, TABLE.columns))
CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 120),
    st.floats(allow_nan=True, allow_infinity=True),
    st.sampled_from([np.float32(0.1), np.int64(4), np.float64(50.5), -1.0, 10**20, dt.date(2022, 1, 1)]),
    st.sampled_from(
        ["basic", " basic", "BASIC", "프리미엄", "true", "True", "11", "00011", "-1", "50", "", "NA", "neu"]
    ),
    st.sampled_from(["2021-03-04", "2023-02-29", "2022-01-01 10:00", "01/02/2022"]),
)


def read(frame: pd.DataFrame, missing: tuple[str, ...]) -> tuple[pd.DataFrame, list[tuple[str, str | None]]] | str:
    """Return the conforming rows and the notes' codes and columns, or the code of the error."""
    try:
        found, notes = conform(frame, TABLE.columns, missing=missing, intake=INTAKE)
    except DataError as error:
        return error.code
    return found, [(note.code, note.column) for note in notes]


@given(row=st.fixed_dictionaries(dict.fromkeys(TABLE.names, CELLS)), missing=st.sampled_from([(), ("-1", "basic")]))
def test_one_row_is_read_like_many(row: dict[str, Any], missing: tuple[str, ...]) -> None:
    """Values, dtypes, notes and errors are those of a table with the same customer twice."""
    one = pd.DataFrame({name: pd.Series([cell]) for name, cell in row.items()})
    alone, twice = read(one, missing), read(pd.concat([one, one], ignore_index=True), missing)
    if isinstance(alone, str) or isinstance(twice, str):
        assert alone == twice
        return
    pd.testing.assert_frame_equal(alone[0], twice[0].iloc[[0]])
    assert alone[1] == twice[1]


def test_one_row_of_ordered_levels_keeps_their_order() -> None:
    """An ordered category of a single customer stays ordered."""
    one = TABLE.frame.iloc[[0]].astype(
        {"plan": pd.CategoricalDtype(["basic", "True", "00011", "프리미엄"], ordered=True)}
    )
    assert conform(one, TABLE.columns, intake=INTAKE)[0]["plan"].cat.ordered


@pytest.mark.parametrize(
    ("value", "found"),
    [(40, 40.0), (np.float32(40), 40.0), (np.nan, np.nan), (True, None), (99, None), ("40", None), (10**400, None)],
)
def test_usual_numbers_are_in_the_range_of_training(value: object, found: float | None) -> None:
    """Numbers in the stored range and nan need no reader; a mark of missing values needs it."""
    expected = INTAKE.by_name["spend"]
    assert usual_value(value, Column("spend", "number"), expected, ()) == pytest.approx(found, nan_ok=True)
    marked = usual_value(value, Column("spend", "number"), expected, ("40", "none"))
    assert marked is None or value is np.nan
    assert usual_value(value, Column("spend", "number"), None, ()) is None
