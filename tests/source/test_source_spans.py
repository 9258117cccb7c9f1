"""Intervals, durations and periods: ordered categories, numbers of days, and dates."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from custpred.features.ordinal import Ordinal
from custpred.missing.mode import Mode
from custpred.source._reading.duck import connect
from custpred.source._typing.conform import conform
from custpred.source._typing.typed_table import typed

N = 120
AGE = np.arange(N) % 60 + 18


def made(values: Any) -> pd.DataFrame:
    return pd.DataFrame({"x": values, "other": np.arange(len(values)) % 3 + 0.5})


def bands() -> pd.Series:
    return pd.Series(pd.cut(AGE, [8, 30, 45, 80]))


@pytest.mark.parametrize(
    "values",
    [
        bands(),
        pd.Series(pd.qcut(AGE, 3)),
        pd.Series(pd.arrays.IntervalArray(bands().array.astype(object))),
        pd.Series(list(bands()), dtype=object),
        pd.Series(pd.Categorical(np.array(["low", "mid", "high"])[AGE % 3], ["low", "mid", "high"], ordered=True)),
    ],
    ids=["cut", "qcut", "interval dtype", "objects", "ordered text"],
)
def test_intervals_and_ordered_categories_keep_their_order(values: pd.Series) -> None:
    """Levels are in the order of the intervals, not alphabetical, and the category is ordered."""
    table = typed(made(values))
    column = table.frame["x"]
    assert table.columns[0].kind == "category" and column.cat.ordered
    order = sorted(
        set(values),
        key=lambda each: getattr(each, "left", ["low", "mid", "high"].index(each) if isinstance(each, str) else 0),
    )
    assert column.cat.categories.tolist() == [str(each) for each in order]
    assert column.astype(str).tolist() == [str(each) for each in values]


def test_ordinal_codes_follow_the_order_of_the_levels() -> None:
    """The encoder counts from the lowest level, whatever level is most common."""
    frame = typed(made(bands())).frame[["x"]]
    spec = Ordinal()
    codes = spec.apply(frame, spec.learn(frame, None, None, 0))["x"]
    assert codes.astype(int).groupby(AGE).first().is_monotonic_increasing


def test_a_fill_keeps_the_order_of_the_levels() -> None:
    """Imputing a level keeps the category ordered."""
    values = bands()
    values[:5] = np.nan
    frame = typed(made(values)).frame
    step = Mode()
    filled = step.apply(frame, step.learn(frame, None, None, 0))["x"]
    assert filled.cat.ordered and filled.notna().all()
    assert filled.cat.categories.tolist() == frame["x"].cat.categories.tolist()


SPANS = pd.Series(pd.to_timedelta(AGE * 12, unit="h"))


@pytest.mark.parametrize(
    "data",
    [
        made(SPANS),
        made(SPANS.astype(object)),
        made(SPANS.astype("timedelta64[us]").astype("duration[us][pyarrow]")),
        made(SPANS.astype(str)),
        pl.from_pandas(made(SPANS)),
        pa.table({"x": pa.array(SPANS), "other": np.arange(N) % 3 + 0.5}),
    ],
    ids=["timedelta", "objects", "arrow dtype", "text", "polars", "arrow"],
)
def test_durations_are_numbers_of_days(data: Any) -> None:
    """Durations of any library are days with fractions, with a finding."""
    table = typed(data)
    assert table.columns[0].kind == "number" and table.columns[0].written == "days"
    np.testing.assert_allclose(table.frame["x"], AGE / 2)
    assert any(finding.code == "D142" for finding in table.findings)


def test_intervals_of_duckdb_are_numbers_of_days() -> None:
    """DuckDB's INTERVAL is read like any duration; NULL is missing."""
    with connect() as connection:
        found = typed(
            connection.sql("SELECT to_hours(12 * i::INT) AS x, i / 7 AS y FROM range(50) t(i) UNION ALL SELECT NULL, 1")
        )
    assert sorted(found.frame["x"].dropna()) == [n / 2 for n in range(50)]
    assert found.frame["x"].isna().sum() == 1


@pytest.mark.parametrize("freq", ["M", "Q", "W", "Y", "D"])
@pytest.mark.parametrize("boxed", [False, True], ids=["dtype", "objects"])
def test_periods_are_dates_also_as_text(freq: str, boxed: bool) -> None:
    """A period is its first day, also in new rows from a CSV file."""
    days = pd.Series(pd.date_range("2019-01-01", periods=N, freq="37D"))
    periods = days.dt.to_period(freq)
    table = typed(made(periods.astype(object) if boxed else periods))
    assert table.columns[0].kind == "date"
    assert table.frame["x"].tolist() == periods.dt.start_time.tolist()
    file = io.StringIO(made(periods).to_csv(index=False))
    for new in (made(periods), pd.read_csv(file, dtype=object)):
        found, findings = conform(new, table.columns)
        assert found["x"].tolist() == periods.dt.start_time.tolist() and not findings


@pytest.mark.parametrize("values", [bands(), SPANS], ids=["bands", "durations"])
def test_new_rows_from_a_csv_file_mean_the_same(values: pd.Series) -> None:
    """Intervals and durations written by pandas are read as in training."""
    table = typed(made(values))
    file = io.StringIO(made(values).to_csv(index=False))
    for new in (made(values), pd.read_csv(file, dtype=object)):
        found, findings = conform(new, table.columns)
        assert found["x"].astype(str).tolist() == table.frame["x"].astype(str).tolist() and not findings


@pytest.mark.parametrize(
    ("values", "kind"),
    [(bands(), "category"), (SPANS, "number"), (SPANS, "category"), (SPANS.dt.days, "number")]
    + [(pd.Series(pd.date_range("2024-01-01", periods=N)).dt.to_period("M"), each) for each in ("date", "category")],
)
def test_the_recipe_may_set_the_kind(values: pd.Series, kind: str) -> None:
    """``types`` is obeyed for each of these dtypes."""
    table = typed(made(values), types={"x": kind})
    assert table.columns[0].kind == kind and table.frame["x"].notna().all()


def test_dictionaries_of_arrow_and_enums_of_polars_are_categories() -> None:
    """Arrow's dictionaries and polars' enums are categories; an enum keeps its order."""
    words = np.array(["low", "mid", "high"])[AGE % 3]
    frame = pd.DataFrame(
        {
            "x": pd.Series(
                pa.array(words).dictionary_encode(), dtype=pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string()))
            ),
            "other": AGE,
        }
    )
    assert typed(frame).columns[0].kind == "category"
    assert typed(pa.table({"x": pa.array(words).dictionary_encode(), "other": AGE})).columns[0].kind == "category"
    enum = typed(pl.DataFrame({"x": pl.Series(words, dtype=pl.Enum(["low", "mid", "high"])), "other": AGE}))
    assert enum.frame["x"].cat.categories.tolist() == ["low", "mid", "high"] and enum.frame["x"].cat.ordered
