"""Impossible dates change no cutoff, label or feature; clean logs lose nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from custpred.errors import DataError
from custpred.events.plausible import day_of, plausible, today
from custpred.recipe.question import ask


def by_day(moments: Any) -> list[tuple[int, int]]:
    """Count events by day."""
    days = pd.Series(moments).to_numpy().astype("datetime64[D]").astype(int)
    return [(int(day), int(count)) for day, count in zip(*np.unique(days, return_counts=True), strict=True)]


def with_slips(orders: pd.DataFrame, *days: str) -> pd.DataFrame:
    """Return the orders with copies of the first one on other days."""
    slips = pd.concat([orders.head(1)] * len(days), ignore_index=True)
    slips["when"] = slips["known"] = pd.to_datetime(list(days)).astype("datetime64[us]")
    # microseconds: nanoseconds do not reach the year 9999
    old = orders.assign(when=orders["when"].astype("datetime64[us]"), known=orders["known"].astype("datetime64[us]"))
    return pd.concat([old, slips], ignore_index=True)


TOMORROW = datetime.now(UTC).date() + timedelta(days=3)
SLIPS = {
    "seven months ahead": (["2025-08-01"], "D154", "2025-08-01"),
    "after the clock": (["2099-01-01", "2098-05-05"], "D153", "2098-05-05"),
    "the last day of the calendar": (["9999-12-31"], "D153", "9999-12-31"),
    "many after the clock": ([(TOMORROW + timedelta(days=n)).isoformat() for n in range(40)], "D153", f"{TOMORROW}"),
    "the year 1900": (["1900-01-01"] * 60, "D155", "1900-01-01"),
    "the first day of the calendar": (["0001-01-01"], "D155", "0001-01-01"),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_mistyped_date_changes_nothing_and_is_named(recipe: Any, orders: pd.DataFrame, slip: str) -> None:
    """Cutoffs, features and labels stay; the finding has table, number and date."""
    days, code, first = SLIPS[slip]
    options = {"cutoffs": {"every": "2mo", "count": 4}}
    clean, dirty = ask(recipe(orders, **options)), ask(recipe(with_slips(orders, *days), **options))
    assert clean.table.facts["events"]["cutoffs"] == dirty.table.facts["events"]["cutoffs"]
    assert clean.table.facts["events"]["legal"] == dirty.table.facts["events"]["legal"]
    assert clean.table.frame.equals(dirty.table.frame)
    assert (clean.truth == dirty.truth).all()
    more = [each for each in dirty.table.findings if each not in clean.table.findings and each.code != "D151"]
    assert [(each.code, each.numbers) for each in more] == [(code, {"events": len(days), "first": first})]
    assert f"{len(days)} event" in more[0].text
    assert "'orders'" in more[0].text
    assert first in more[0].text


LOGS = some.builds(
    lambda seed, size, span: np.sort(np.random.default_rng(seed).integers(0, span, size)) + 17_000,
    some.integers(0, 10**6),
    some.integers(20, 400),
    some.integers(40, 1500),
)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(LOGS, some.integers(3, 50), some.integers(1, 30))
def test_an_isolated_event_does_not_affect_the_rest(log: Any, times: int, late: int) -> None:
    """Nor do events in the future: the plausible range is that of the log alone."""
    days = [(int(day), int(count)) for day, count in zip(*np.unique(log, return_counts=True), strict=True)]
    now = today()
    alone = plausible(days, now)
    isolated = days[-1][0] + times * (days[-1][0] - days[0][0] + 200)
    future = [(now + 1 + n, 5) for n in range(late)]
    found = plausible([*days, *([(isolated, 1)] if isolated <= now else []), *future], now)
    assert (found.first, found.last, found.before) == (alone.first, alone.last, alone.before)
    assert sum(events for _, events in found.future) == 5 * late


@settings(derandomize=True, max_examples=300, deadline=None)
@given(LOGS)
def test_a_steady_log_loses_nothing(log: Any) -> None:
    """Random events over weeks or years, few or many, are all plausible."""
    days = [(int(day), int(count)) for day, count in zip(*np.unique(log, return_counts=True), strict=True)]
    assert not plausible(days, today()).outside


@pytest.mark.parametrize("seed", range(20))
def test_a_seasonal_shop_loses_nothing(seed: int) -> None:
    """Nine months a year without orders are usual, also if the last season has just begun."""
    draw = np.random.default_rng(seed)
    days = np.sort(17_000 + 365 * draw.integers(0, 4, 300) + draw.integers(0, 90, 300))
    days = np.r_[days, 17_000 + 365 * 4]
    assert not plausible(
        [(int(d), int(n)) for d, n in zip(*np.unique(days, return_counts=True), strict=True)], today()
    ).outside


def test_a_reopened_shop_loses_nothing() -> None:
    """After four closed months, a week at the usual rate is plausible."""
    days = [*range(17_000, 18_000), *range(18_120, 18_127)]
    assert not plausible([(day, 100) for day in days], today()).outside


def test_few_events_have_no_usual_rate() -> None:
    """Below twenty events gaps are not checked, but future dates are."""
    found = plausible([(17_000, 5), (17_001, 5), (19_000, 1), (today() + 1, 1)], today())
    assert (day_of(found.last), found.ahead) == (day_of(19_000), ())
    assert found.future == ((today() + 1, 1),)


def test_events_all_in_the_future_are_an_error(recipe: Any, orders: pd.DataFrame) -> None:
    """The message says why none is left."""
    late = orders.assign(when=orders["when"] + pd.Timedelta(days=3000))
    with pytest.raises(DataError, match=r"CP2222 .*'orders'.* 400 in the future"):
        ask(recipe(late))


@pytest.mark.real
@pytest.mark.parametrize("name", ["cdnow", "online_retail"])
def test_real_logs_lose_nothing(real: Any, name: str) -> None:
    """Holidays and weekends are not implausible."""
    home: Path = real(name)
    if name == "cdnow":
        path = next(home.glob("*master*"))
        moments = pd.to_datetime(pd.read_csv(path, sep=r"\s+").iloc[:, 1].astype(str))
    else:
        path = next(home.glob("*.csv.gz"))
        moments = pd.to_datetime(pd.read_csv(path, usecols=["InvoiceDate"])["InvoiceDate"])
    assert not plausible(by_day(moments), today()).outside
