"""Kinds of columns by their values, and new rows with the same columns."""

from __future__ import annotations

import datetime
import unicodedata
import uuid
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custpred.errors import DataError
from custpred.source._typing import typed_table
from custpred.source._typing.conform import conform
from custpred.source._typing.typed_table import typed
from custpred.table import Column, Table

N = 60


def one(values: Any, name: str = "x", **how: Any) -> tuple[Table, Column]:
    """Type one column next to an ordinary one."""
    frame = pd.DataFrame({name: values, "other_": np.arange(len(values)) % 3 + 0.5})
    table = typed(frame, **how)
    return table, table.columns[0]


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("spend", [n / 7 for n in range(N)], "number"),
        ("visits", [n % 30 for n in range(N)], "code"),
        ("visits", [n % 31 for n in range(N)], "number"),
        ("fnlwgt", [77516 + (n * 7919) % 90001 for n in range(N)], "number"),
        ("user_id", [77516 + (n * 7919) % 90001 for n in range(N)], "id"),
        ("row", list(range(N)), "id"),
        ("charges", [n + 0.25 for n in range(N)], "number"),
        ("customer", [f"BU{n:05d}" for n in range(N)], "id"),
        ("account", [f"{n:04d}-VHVEG" for n in range(N)], "id"),
        ("mail", [f"user{n}@example.org" for n in range(N)], "id"),
        ("token", [uuid.UUID(int=n * 10**30).hex for n in range(N)], "id"),
        ("key", [str(uuid.UUID(int=n * 10**30)) for n in range(N)], "id"),
        ("phone", [f"010-1234-{n:04d}" for n in range(N)], "id"),
        ("customer_id", [f"{n % 40:05d}" for n in range(200)], "id"),
        ("city", [["Busan", "Seoul", "Daegu"][n % 3] for n in range(N)], "category"),
        ("remark", [f"the box came late on day {n}" for n in range(N)], "text"),
        ("flag", [n % 2 == 0 for n in range(N)], "category"),
        ("same", ["x"] * N, "constant"),
        ("same", [3.0] * N, "constant"),
        ("none", [None] * N, "empty"),
        ("seen", pd.date_range("2024-01-01", periods=N), "date"),
        ("seen", [datetime.date(2024, 1, 1 + n % 28) for n in range(N)], "date"),
        ("seen", [f"2024-01-{1 + n % 28:02d}T10:00:00" for n in range(N)], "date"),
        ("seen", [f"{1 + n % 28}.{1 + n % 12}.2024" for n in range(N)], "date"),
        ("seen", [f"{1 + n % 12}/{1 + n % 28}/24" for n in range(N)], "date"),
        ("seen", [f"2024/{1 + n % 12}/{1 + n % 28}" for n in range(N)], "date"),
        ("seen", [f"{1 + n % 28:02d}-Jan-2024" for n in range(N)], "date"),
        ("order_date", [20240101 + n % 28 for n in range(N)], "date"),
        ("amount", [20240101 + n % 40 for n in range(N)], "number"),
        ("price", [Decimal(n) / 4 for n in range(N)], "number"),
    ],
)
def test_typed_kind_is_inferred(name: str, values: Any, kind: str) -> None:
    """Each column gets a kind from its values, with a reason."""
    _, column = one(values, name)
    assert (column.kind, bool(column.reason)) == (kind, True)


def test_typed_columns_have_the_documented_dtypes() -> None:
    """Numbers and codes are float64, labels categories, dates datetime64, others objects."""
    frame = pd.DataFrame(
        {
            "a": np.arange(N, dtype="int32") * 3,
            "b": [["y", "x"][n % 2] for n in range(N)],
            "c": pd.date_range("2024-01-01", periods=N),
            "d": [f"so it was on day {n}" for n in range(N)],
            "e": [f"K{n:04}" for n in range(N)],
        }
    )
    table = typed(frame)
    assert table.frame["a"].dtype == np.float64
    assert list(table.frame["b"].cat.categories) == ["x", "y"]
    assert table.frame["c"].dtype.kind == "M"
    assert table.frame["d"].dtype == object
    assert table.frame["e"].dtype == object
    assert table.frame.index.equals(pd.RangeIndex(N))


def test_typed_month_first_dates_are_read_right() -> None:
    """M/D/YY dates are read month first if only that order is valid."""
    table, column = one(["2/24/11", "1/31/11", "2/3/11"] * 4)
    assert column.written == "M/D/Y"
    assert table.frame["x"][2] == pd.Timestamp("2011-02-03")


@pytest.mark.parametrize(("order", "month"), [("D/M/Y", 2), ("M/D/Y", 1)])
def test_typed_ambiguous_dates_are_an_error_until_the_order_is_given(order: str, month: int) -> None:
    """If both orders are valid, reading stops with a remedy."""
    values = ["01/02/2024", "03/04/2024"] * 5
    with pytest.raises(DataError, match="date D/M/Y") as caught:
        one(values)
    assert (caught.value.code, caught.value.column) == ("CP2141", "x")
    table, _ = one(values, types={"x": f"date {order}"})
    assert table.frame["x"][0].month == month
    assert "x" not in typed(pd.DataFrame({"x": values, "y": [1.5, 2.5] * 5}), drop=["x"]).names


def test_typed_dates_with_zone_become_utc() -> None:
    """Times with zones become UTC, with a finding."""
    for values in (
        ["2024-01-01T09:00:00+09:00", "2024-01-02T00:00:00Z"] * 3,
        ["2024-01-01 09:00:00+09", "2024-01-02 09:00:00+09"] * 3,
        ["2024-01-01 09:00+0900", "2024-01-02 09:00+0900"] * 3,
        ["2024-01-01T09+09", "2024-01-02T09+09"] * 3,
    ):
        table, _ = one(values)
        assert table.frame["x"][0] == pd.Timestamp("2024-01-01")
        assert "D140" in {finding.code for finding in table.findings}
    for values in (["2024-01-01 09", "2024-01-02 09"] * 3, ["2024-01-01 09:30", "2024-01-02 09:30:15.5"] * 3):
        assert "D140" not in {finding.code for finding in one(values)[0].findings}


def test_typed_blanks_around_values_are_counted_and_not_other_forms() -> None:
    """Hangul in decomposed form becomes composed, and is no blank that was removed."""
    apart = [unicodedata.normalize("NFD", text) for text in ("서울", "부산")]
    table, _ = one(apart * 6)
    assert list(table.frame["x"].cat.categories) == ["부산", "서울"]
    assert "D116" not in {finding.code for finding in table.findings}
    table, _ = one([*apart * 5, "서울 ", " 부산"])
    assert next(finding.numbers["rows"] for finding in table.findings if finding.code == "D116") == 2


def test_typed_first_and_last_years_are_dates() -> None:
    """Years 1 and 9999 are valid."""
    table, _ = one(["0001-01-01", "9999-12-31"] * 3)
    assert table.frame["x"].dt.year.tolist()[:2] == [1, 9999]


@pytest.mark.parametrize(
    "values",
    [
        [True, False] * 6,
        ["TRUE", "FALSE"] * 6,
        ["true", "False"] * 6,
        pd.array([True, False] * 6, dtype="boolean"),
        pd.array([True, False] * 6, dtype="bool[pyarrow]"),
    ],
)
def test_typed_booleans_have_one_form(values: Any) -> None:
    """True and false become the same labels from any source."""
    table, column = one(values)
    assert column.kind == "category"
    assert list(table.frame["x"].cat.categories) == ["False", "True"]


@pytest.mark.parametrize("values", [[[1], [2]], [{"a": 1}, {}], [b"a", b"b"], [1j, 2j]])
def test_typed_cells_that_are_no_values_are_an_error(values: Any) -> None:
    """Lists, maps, bytes and complex numbers are errors that name the column."""
    with pytest.raises(DataError, match="'x'") as caught:
        one(values)
    assert caught.value.code == "CP2120"


def test_typed_several_levels_of_columns_are_an_error() -> None:
    """A MultiIndex is an error with a remedy."""
    frame = pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", "b"), ("a", "c")]))
    with pytest.raises(DataError, match="MultiIndex"):
        typed(frame)


def test_typed_names_become_clean_text() -> None:
    """Numbers become text, control characters are removed, and the given frame is not modified."""
    frame = pd.DataFrame([[1.5, 2.5, 3.5]] * 3, columns=[2019, "a\nb", "가"])
    assert typed(frame).names == ["2019", "a b", "가"]
    assert list(frame.columns) == [2019, "a\nb", "가"]


def test_typed_duplicate_names_are_an_error() -> None:
    """Two columns of one name are an error."""
    with pytest.raises(DataError, match="columns 1 and 2"):
        typed(pd.DataFrame([[1, 2]], columns=["a", "a"]))


def test_typed_target_is_never_an_id() -> None:
    """A target with distinct values keeps its values."""
    _, column = one(list(range(N)), "id", target="id")
    assert column.kind == "number"
    _, column = one([f"K{n:04}" for n in range(N)], target="x")
    assert column.kind == "category"


def test_typed_key_is_always_an_id() -> None:
    """The declared key is an id, as text, whatever its values."""
    table, column = one([n % 3 for n in range(N)], key="x")
    assert (column.kind, table.key, table.frame["x"][1]) == ("id", "x", "1")


def test_typed_recipe_overrides_inference() -> None:
    """Declared types are used, and unreadable values are counted."""
    table, column = one(["1", "2", "x"] * 4, types={"x": "number"})
    assert (column.kind, int(table.frame["x"].isna().sum())) == ("number", 4)
    assert next(f for f in table.findings if f.code == "D128").numbers["rows"] == 4
    table, column = one([0, 1] * 6, types={"x": "category"})
    assert list(table.frame["x"].cat.categories) == ["0", "1"]


def test_typed_unknown_kind_is_an_error() -> None:
    """The message lists the known kinds."""
    with pytest.raises(DataError, match="number, code, category"):
        one([1, 2], types={"x": "numeric"})


def test_typed_nearly_numbers_are_reported() -> None:
    """A column of numbers with a few texts stays text, with a finding."""
    table, column = one([str(n) for n in range(95)] + ["C1", "C2", "C3", "C4", "C5"])
    assert column.kind in {"category", "id"}
    assert "D127" in {finding.code for finding in table.findings}


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        ({3: "2023-02-30", 7: "later"}, "48 dates, and 2 other values, so it is kept as text."),
        (dict.fromkeys(range(0, 50, 2), "31/12/2022"), "holds dates in several formats"),
    ],
)
def test_typed_nearly_dates_are_reported(odd: dict[int, str], said: str) -> None:
    """Dates with a few others, or in two formats, stay text, with a finding and its remedy."""
    days = [f"{day:%Y-%m-%d}" for day in pd.date_range("2023-01-01", periods=50)]
    values = [odd.get(place, day) for place, day in enumerate(days)]
    table, column = one(values)
    [found] = [each for each in table.findings if each.code == "D127"]
    assert column.kind in {"category", "id"}
    assert said in found.text
    assert one(values, types={"x": "date"})[1].kind == "date"


def test_typed_integers_beyond_every_float_are_text() -> None:
    """They keep their digits, as other whole numbers that a float cannot hold."""
    table, column = one([10**400, -(10**400), None] * 4)
    assert column.kind == "category"
    assert "D122" in {finding.code for finding in table.findings}


def test_typed_read_only_memory_is_fine() -> None:
    """Read-only arrays can be read."""
    values = np.linspace(0, 1, N)
    values.flags.writeable = False
    assert one(values)[1].kind == "number"


def test_typed_raw_and_text_values_give_one_table() -> None:
    """A frame of values and the same frame as text give the same table."""
    frame = pd.DataFrame({"a": [1.5, None, -2.25] * 9, "b": [1, 2, 3] * 9, "c": ["x", None, "y"] * 9})
    text = frame.astype(object).where(frame.notna(), "").astype(str)
    pd.testing.assert_frame_equal(typed(frame).frame, typed(text).frame)


VALUES = st.one_of(
    st.none(),
    st.floats(),
    st.integers(-(2**70), 2**70),
    st.booleans(),
    st.text(max_size=6),
    st.sampled_from(["?", "1,5", "007"]),
)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=25))
def test_typed_any_table_is_read_and_conforms_to_itself(rows: list[tuple[Any, Any]]) -> None:
    """Any cells give a table or our own error; the same rows conform, and input is not modified."""
    frame = pd.DataFrame({"p": pd.Series([a for a, _ in rows], dtype=object), "q": pd.Series([b for _, b in rows])})
    before = frame.copy(deep=True)
    table = typed(frame)
    again, _ = conform(frame, table.columns)
    pd.testing.assert_frame_equal(frame, before)
    usable = [column.name for column in table.columns if column.usable]
    pd.testing.assert_frame_equal(again[usable], table.frame[usable])


def customers() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "key": [f"K{n:04}" for n in range(N)],
            "spend": [n * 1.25 for n in range(N)],
            "visits": [n % 5 for n in range(N)],
            "city": [["Busan", "Seoul"][n % 2] for n in range(N)],
            "joined": [f"{1 + n % 12}/{1 + n % 28}/24" for n in range(N)],
            "new": [n % 2 == 0 for n in range(N)],
        }
    )


def test_conform_training_rows_give_the_training_table() -> None:
    """Training rows conform to exactly the training table."""
    table = typed(customers(), key="key")
    again, findings = conform(customers(), table.columns)
    pd.testing.assert_frame_equal(again, table.frame)
    assert findings == []


def test_conform_order_extra_columns_and_index_do_not_matter() -> None:
    """Columns get the saved order; extra ones are ignored with a note; the index is kept."""
    table = typed(customers(), key="key")
    other = customers()[["new", "joined", "city", "visits", "spend", "key"]].assign(extra=1)
    other.index = pd.Index(range(100, 100 + N))
    again, findings = conform(other, table.columns)
    pd.testing.assert_frame_equal(again, table.frame)
    assert [finding.code for finding in findings] == ["D160"]


SEOUL = pd.date_range("2024-01-01 03:00", periods=N, freq="h", tz="Asia/Seoul")


@pytest.mark.parametrize("written", [False, True])
@pytest.mark.parametrize("rows", [1, N])
def test_conform_says_that_time_zones_differ(written: bool, rows: int) -> None:
    """Hours, and so days, differ from training's: in both directions, as times or as texts."""
    zoned, plain = pd.Series(SEOUL), pd.Series(SEOUL.tz_localize(None))
    if written:
        zoned, plain = (each.map(lambda moment: moment.isoformat()) for each in (zoned, plain))
    for trained, new in ((zoned, plain), (plain, zoned)):
        table, _ = one(trained)
        other = pd.DataFrame({"x": new, "other_": np.arange(N) % 3 + 0.5})
        _, findings = conform(other[:rows], table.columns)
        assert [finding.code for finding in findings] == ["D167"]
        same = other.assign(x=trained)
        assert conform(same[:rows], table.columns)[1] == []
        assert conform(same.assign(x=None), table.columns)[1] == []


def test_conform_missing_columns_are_all_named() -> None:
    """A missing column is an error with the nearest name; the key may be absent."""
    table = typed(customers(), key="key")
    with pytest.raises(DataError, match="2 column") as caught:
        conform(customers().drop(columns=["spend", "city"]).assign(spent=1), table.columns)
    assert caught.value.code == "CP2102"
    assert "Did you mean 'spent'" in str(caught.value)
    again, _ = conform(customers().drop(columns="key"), table.columns)
    assert again["key"].isna().all()


def test_a_missing_column_is_not_taken_for_another_of_training() -> None:
    """A similar name that training had as well is not suggested; a new one is."""
    frame = customers().rename(columns={"spend": "월요금", "city": "요금제"})
    table = typed(frame, key="key")
    with pytest.raises(DataError, match="'요금제' is missing") as caught:
        conform(frame.drop(columns="요금제"), table.columns)
    assert "Did you mean" not in str(caught.value)
    with pytest.raises(DataError, match="Did you mean '요금재'"):
        conform(frame.rename(columns={"요금제": "요금재"}), table.columns)


def test_conform_one_row_reads_dates_as_they_were_learned() -> None:
    """An ambiguous date is read in the saved order."""
    table = typed(customers(), key="key")
    again, _ = conform(customers().head(1).assign(joined="2/3/24"), table.columns)
    assert again["joined"][0] == pd.Timestamp("2024-02-03")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("29.2.2024", "2024-02-29"),
        ("29.2.2023", None),
        ("31/4/24", None),
        ("1/13/2024", None),
        ("0/5/2024", None),
        ("2024/05/06", "2024-05-06"),
        ("6/5/2024 12:05 am", "2024-05-06 00:05"),
        ("6/5/2024 1:05:07 PM", "2024-05-06 13:05:07"),
        ("6/5/2024 24:00", "2024-05-07"),
        ("6/5/2024 24:01", None),
        ("6/5/2024 10:61", None),
        ("6/5/1", "2001-05-06"),
        ("6/5/69", "1969-05-06"),
        ("6/5/0001", "0001-05-06"),
    ],
)
def test_conform_reads_only_days_and_times_that_exist(text: str, wanted: str | None) -> None:
    """Invalid days and times become missing; two-digit years change century at 69."""
    table = typed(pd.DataFrame({"joined": ["13/1/2024", "14/2/2024"] * 5, "y": [1.5, 2.5] * 5}))
    found, _ = conform(pd.DataFrame({"joined": [text, "2024/05/06"], "y": 1.5}), table.columns)
    assert found["joined"][0] is pd.NaT if wanted is None else found["joined"][0] == pd.Timestamp(wanted)
    assert found["joined"][1] == pd.Timestamp("2024-05-06")


def test_conform_no_rows_give_no_rows() -> None:
    """An empty frame gives an empty frame with the right columns and dtypes."""
    table = typed(customers(), key="key")
    again, _ = conform(customers().head(0), table.columns)
    assert len(again) == 0
    assert [str(dtype) for dtype in again.dtypes] == [str(dtype) for dtype in table.frame.dtypes]


def test_conform_unreadable_numbers_are_missing_and_counted() -> None:
    """Texts in a numeric column become missing, counted by column."""
    table = typed(customers(), key="key")
    other = customers().astype({"spend": object})
    other.loc[:2, "spend"] = ["much", "?", "7.5"]
    again, findings = conform(other, table.columns)
    assert np.isnan(again["spend"][:2]).all()
    assert again["spend"][2] == 7.5
    assert [(f.column, f.numbers["rows"]) for f in findings] == [("spend", 2)]


def test_conform_declared_marks_are_missing() -> None:
    """Texts that the recipe declares missing are missing in new rows too."""
    table = typed(customers().assign(city=["?", "Seoul", "Busan"] * 20), key="key", missing=["?"])
    again, _ = conform(customers().assign(city="?"), table.columns, missing=["?"])
    assert again["city"].isna().all()


def test_conform_matches_booleans_and_flags() -> None:
    """A label from booleans matches text and vice versa; a 0/1 code matches booleans."""
    table = typed(customers(), key="key")
    again, _ = conform(customers().assign(new="TRUE"), table.columns)
    assert set(again["new"]) == {"True"}
    flags, _ = conform(pd.DataFrame({"f": [True, False]}), [Column("f", "code")])
    assert flags["f"].tolist() == [1.0, 0.0]


def test_conform_decimal_comma_is_read_as_it_was_learned() -> None:
    """An ambiguous number is read like the training column."""
    table = typed(pd.DataFrame({"x": ["1,25", "2,5", "1.234,75"] * 4, "y": [1.5, 2.5, 3.5] * 4}))
    again, _ = conform(pd.DataFrame({"x": ["1,500"], "y": [1.0]}), table.columns)
    assert again["x"][0] == 1.5


@pytest.mark.parametrize("rows", [1, 3])
def test_typed_single_rows_are_read_as_in_a_table(rows: int) -> None:
    """Whatever the cells, a few rows alone are read as among many."""
    many = pd.DataFrame(
        {
            "text": pd.Series(["a", None, " b ", "", "한", float("nan"), "a", "?"] * 5, dtype=object),
            "mixed": pd.Series([1, 1.0, "yes", "1", None, 2.5, pd.NA, "x"] * 5, dtype=object),
            "number": [1.5, np.nan, 3.0, -1.0, 0.0, np.inf, 2.0, 7.0] * 5,
            "level": pd.Categorical(["u", None, "v", "u", "v", "v", None, "u"] * 5),
            "day": pd.to_datetime(["2024-01-31", None, "2024-02-29", *["2023-05-05"] * 5] * 5),
        }
    )
    columns = [
        Column("text", "category"),
        Column("mixed", "category"),
        Column("number", "number"),
        Column("level", "category"),
        Column("day", "date"),
    ]
    whole, _ = conform(many, columns, missing=["?"])
    for start in range(0, 8, rows):
        alone, _ = conform(many.iloc[start : start + rows], columns, missing=["?"])
        crowd = whole.iloc[start : start + rows].reset_index(drop=True)
        for name in whole.columns:
            assert (
                alone[name].astype(object).where(alone[name].notna(), None).tolist()
                == crowd[name].astype(object).where(crowd[name].notna(), None).tolist()
            )


def test_columns_typed_in_parallel_equal_sequential_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two faults the first column's is reported."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "spend": rng.gamma(2, 10, 500),
            "plan": rng.choice(["basic", "plus", None], 500),
            "since": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 900, 500), unit="D"),
            "visits": rng.integers(0, 9, 500),
        }
    )
    wrong = frame.assign(first=[["a list"]] * 500, second=[{"a": "map"}] * 500)
    plain = typed(frame)
    monkeypatch.setattr(typed_table, "_MANY", 1)
    both = typed(frame)
    pd.testing.assert_frame_equal(both.frame, plain.frame)
    assert (both.columns, both.findings) == (plain.columns, plain.findings)
    with pytest.raises(DataError, match="first"):
        typed(wrong)


def test_an_empty_training_column_stays_empty() -> None:
    """New values, or none, become missing numbers without a note."""
    columns = (Column("fax", "empty"), Column("age", "number"), Column("customer", "id"))
    for fax in (["a", "2"], [3.0, 4.0], None):
        frame = pd.DataFrame({"age": [1.5, 2.5], **({} if fax is None else {"fax": fax})})
        found, findings = conform(frame, columns)
        assert list(found.columns) == ["fax", "age", "customer"]
        assert found["fax"].dtype == float
        assert found["fax"].isna().all()
        assert found["customer"].dtype == object
        assert found["customer"].tolist() == [None, None]
        assert findings == []
