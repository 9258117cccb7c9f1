"""Dates become numbers with a stable meaning."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from custpred.features.dates import Dates

JOINED = pd.to_datetime(pd.Series(["2024-02-29", "2023-12-30", None, "2024-01-01"]))
LEFT = pd.to_datetime(pd.Series(["2024-03-02", "2024-01-01 12:00", "2024-01-05", None]), format="ISO8601")


@pytest.fixture
def frame() -> pd.DataFrame:
    return pd.DataFrame({"joined": JOINED, "left": LEFT})


@pytest.mark.parametrize("rows", [1, 500])
def test_parts_are_those_of_pandas(rows: int) -> None:
    """Dates from 1900 to 2100 with some missing, scored together and alone."""
    draw = np.random.default_rng(0)
    when = pd.Series(pd.Timestamp("1900-01-01") + pd.to_timedelta(draw.integers(0, 200 * 365 * 24, 500), "h"))
    when = when.where(draw.random(500) > 0.1)
    state = Dates().learn(pd.DataFrame({"on": when}), None, None, 0)
    found = Dates().apply(pd.DataFrame({"on": when[-rows:]}), state)
    own = when[-rows:].dt
    wanted = {each: getattr(own, each) for each in ("year", "quarter", "month", "day", "hour")}
    wanted |= {"day of year": own.day_of_year, "weekday": own.day_of_week}
    wanted["weekend"] = (own.day_of_week >= 5).where(when.notna())
    for part, values in wanted.items():
        np.testing.assert_array_equal(found[f"on: {part}"], values.astype(float), part)


def test_hours_only_of_dates_with_a_time(frame):
    """Midnights alone give no hour and no note; a late evening is hour 23 of its own time zone."""
    state, out = Dates().learn_apply(frame, None, None, 0)
    assert "joined: hour" not in out.columns
    assert not any("hour" in finding.text for finding in Dates().notes(state))
    np.testing.assert_array_equal(out["left: hour"], [0.0, 12.0, 0.0, np.nan])
    seoul = pd.DataFrame(
        {"left": pd.to_datetime(["2024-03-02 23:59:59.999", "1969-12-31 13:00:00.000"]).tz_localize("Asia/Seoul")}
    )
    np.testing.assert_array_equal(Dates().learn_apply(seoul, None, None, 0)[1]["left: hour"], [23.0, 13.0])


def test_age_counts_from_the_latest_training_date(frame):
    """Ages are days before the latest training date; a later new date has a negative age."""
    state, out = Dates().learn_apply(frame, None, None, 0)
    assert out["joined: age in days"].iloc[1] == 61
    later = Dates().apply(frame.assign(joined=JOINED + pd.Timedelta(days=10)), state)
    assert later["joined: age in days"].iloc[0] == -10


def test_differences_in_days(frame):
    """The days between two dates may be fractions; a missing date gives a missing value."""
    _, out = Dates().learn_apply(frame, None, None, 0)
    np.testing.assert_array_equal(out["left - joined: days"], [2.0, 2.5, np.nan, np.nan])


def test_missing_dates_stay_missing(frame):
    """Every part of a missing date is missing."""
    _, out = Dates().learn_apply(frame, None, None, 0)
    assert out.filter(like="joined").iloc[2].isna().all()


def test_constant_parts_are_left_out_with_a_note():
    """A part with one value in training is omitted, with a note."""
    frame = pd.DataFrame({"joined": pd.to_datetime(["2024-05-06", "2024-05-07"])})
    state, out = Dates().learn_apply(frame, None, None, 0)
    assert "joined: year" not in out.columns
    assert "joined: day" in out.columns
    assert any("joined: year" in finding.text for finding in Dates().notes(state))


def test_dates_are_dropped_unless_kept(frame):
    """The dates themselves are dropped unless they are to be kept."""
    _, out = Dates().learn_apply(frame, None, None, 0)
    assert not {"joined", "left"} & set(out.columns)
    _, kept = Dates(keep_original=True).learn_apply(frame, None, None, 0)
    assert {"joined", "left"} <= set(kept.columns)


def test_time_zones_count_local_days():
    """A date with a time zone has its local weekday."""
    moments = pd.to_datetime(pd.Series(["2024-01-05 23:00", "2024-01-06 23:00"])).dt.tz_localize("Asia/Seoul")
    _, out = Dates().learn_apply(pd.DataFrame({"call": moments}), None, None, 0)
    assert list(out["call: weekday"]) == [4, 5]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_every_unit_gives_the_same(frame, unit):
    """The resolution of the dates does not matter."""
    _, out = Dates().learn_apply(frame.astype(f"datetime64[{unit}]"), None, None, 0)
    pd.testing.assert_frame_equal(out, Dates().learn_apply(frame, None, None, 0)[1])


def test_months_on_a_circle():
    """The sine and cosine of the month lie on a circle where December is next to January."""
    months = pd.DataFrame({"d": pd.to_datetime([f"2024-{month:02d}-01" for month in range(1, 13)])})
    _, out = Dates(parts=("month sine", "month cosine")).learn_apply(months, None, None, 0)
    points = out.to_numpy()
    np.testing.assert_allclose(np.hypot(*points.T), 1, rtol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(points[0] - points[11]), np.linalg.norm(points[1] - points[0]), rtol=1e-5)


def test_many_date_columns_have_no_differences():
    """With more than ten date columns there are no differences, with a note."""
    frame = pd.DataFrame({f"d{place}": JOINED + pd.Timedelta(days=place) for place in range(11)})
    state, out = Dates().learn_apply(frame, None, None, 0)
    assert not [name for name in out.columns if name.endswith(": days")]
    assert any("No differences" in finding.text for finding in Dates().notes(state))
