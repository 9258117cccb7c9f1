"""Spans, cutoffs, and tables of events in a recipe."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from pydantic import ValidationError

from custpred.errors import DataError
from custpred.events.cutoffs import Cutoffs
from custpred.events.gather import Window
from custpred.events.spans import days, moved, span, words
from custpred.events.table import EventTable

ORDERS: dict[str, Any] = {"path": "orders.csv", "key": "customer", "time": "when"}


@pytest.mark.parametrize("wrong", ["90", "3h", "d", "-4d", "1.5mo", "", None])
def test_a_span_without_a_known_unit_is_refused(wrong: object) -> None:
    """Spans are whole days, weeks, months or years; the message shows an example."""
    with pytest.raises(ValueError, match="such as 7d, 4w, 6mo or 1y"):
        span(wrong)


@pytest.mark.parametrize(
    ("start", "of", "times", "end"),
    [
        ("2024-01-31", "1mo", 1, "2024-02-29"),
        ("2024-03-31", "1mo", -1, "2024-02-29"),
        ("2024-02-29", "1y", 1, "2025-02-28"),
        ("2024-01-15", "6mo", -3, "2022-07-15"),
        ("2024-03-01", "4w", -1, "2024-02-02"),
        ("2024-03-10", "90d", 1, "2024-06-08"),
    ],
)
def test_months_and_years_go_by_the_calendar(start: str, of: str, times: int, end: str) -> None:
    """A day that a month does not have becomes its last day; days and weeks are exact."""
    assert moved(datetime.fromisoformat(start), of, times) == datetime.fromisoformat(end)


@pytest.mark.parametrize("of", ["9999y", "9999999d", "99999mo"])
def test_a_span_beyond_the_calendar_ends_with_it(of: str) -> None:
    """A very long history means all of it, and is no error of Python's calendar."""
    assert moved(datetime(2024, 3, 10), of, -1).year == 1
    assert moved(datetime(2024, 3, 10), of).year == 9999


def test_spans_in_words_and_days() -> None:
    """One month is written as a word, and spans of different units can be compared."""
    assert (words("1mo"), words("12w")) == ("1 month", "12 weeks")
    assert days("52w") < days("1y") < days("13mo")


def test_cutoffs_step_back_from_the_latest_possible_one() -> None:
    """Months are counted from the last one; cutoffs that are too early are dropped and counted."""
    found, early = Cutoffs(count=4).moments(datetime(2024, 3, 31), datetime(2024, 1, 15))
    assert [f"{each:%m-%d}" for each in found] == ["01-31", "02-29", "03-31"]
    assert early == 1


@pytest.mark.parametrize("given_", ["2024-05-01", ["2024-02-01", "2024-05-01"], {"last": "2024-05-01"}])
def test_a_cutoff_without_its_whole_horizon_is_refused(given_: Any) -> None:
    """The message has the latest possible cutoff."""
    with pytest.raises(DataError, match=r"CP2220 .*2024-05-01.* The latest possible cutoff is 2024-04-30"):
        Cutoffs.model_validate(given_).moments(datetime(2024, 4, 30), datetime(2024, 1, 1))


def test_named_cutoffs_are_sorted_without_duplicates() -> None:
    """Days may be given in any order and twice."""
    given_ = Cutoffs.model_validate(["2024-03-01", "2024-02-01", "2024-03-01"])
    found, _ = given_.moments(datetime(2024, 4, 1), datetime(2024, 1, 1))
    assert [each.month for each in found] == [2, 3]


def test_a_cutoff_with_a_time_of_day_is_refused() -> None:
    """Cutoffs are at midnight."""
    with pytest.raises(ValidationError, match="a day such as 2024-06-30"):
        Cutoffs.model_validate("2024-03-01 12:00")


@settings(derandomize=True, max_examples=50, deadline=None)
@given(
    some.dates(datetime(2020, 1, 1).date(), datetime(2024, 12, 31).date()),
    some.sampled_from(["0d", "14d", "1mo"]),
    some.sampled_from(["30d", "1mo", "6mo", "1y"]),
)
def test_the_latest_legal_cutoff_is_the_last_with_a_whole_horizon(end: Any, gap: str, horizon: str) -> None:
    """Its labels are known at the end of the events, those of the next day are not."""
    last = datetime.combine(end, datetime.min.time())
    window = Window("orders", None, gap, horizon)
    latest = window.latest(last)
    assert window.ends(latest) <= last < window.ends(moved(latest, "1d"))


def test_a_table_of_events_has_source_and_own_keys() -> None:
    """Options of the source and of the table are in one map, also when dumped."""
    table = EventTable.model_validate({**ORDERS, "amount": ["units", "price"], "separator": ";", "returns": "drop"})
    assert (table.source.kind(), table.key, table.amount) == ("csv", "customer", ["units", "price"])
    plain = table.model_dump(mode="json")
    assert plain["separator"] == ";"
    assert EventTable.model_validate(plain) == table


def test_the_sample_knows_its_columns() -> None:
    """``{sample: shop}`` alone is the table of the shop's orders."""
    table = EventTable.model_validate({"sample": "shop", "rows": 50})
    assert list(table.columns().values()) == ["customer_id", "ordered_at", "amount", "category"]
    assert table.source.read().names == table.source.header()


def test_events_need_a_key() -> None:
    """Without a key no event belongs to a customer."""
    with pytest.raises(ValidationError, match="expected 'key'"):
        EventTable.model_validate({"path": "orders.csv", "time": "when"})
