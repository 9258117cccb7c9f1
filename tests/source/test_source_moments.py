"""Times written as epochs, as digits and in Korean are read in date columns, with a note."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from custpred.errors import DataError
from custpred.source._typing.conform import conform
from custpred.source._typing.typed_table import typed

WHEN = pd.date_range("2024-01-01 09:05:10", periods=60, freq="31h").astype("datetime64[us]")
SECONDS = WHEN.astype("datetime64[s]").astype("int64").to_numpy()


def korean(form: str) -> list[str]:
    """Write the times in Korean; ``{half}`` and ``{hour}`` are of the twelve-hour clock."""
    return [
        form.format(d=each, half="오전" if each.hour < 12 else "오후", hour=(each.hour - 1) % 12 + 1) for each in WHEN
    ]


def read(values: Any, name: str = "x", kind: str | None = "date") -> Any:
    """Type one column."""
    frame = pd.DataFrame({name: values, "other_": np.arange(len(values)) % 3 + 0.5})
    return typed(frame, types={name: kind} if kind else {})


WRITTEN: dict[str, tuple[Callable[[], Any], str]] = {
    "seconds": (lambda: SECONDS, "epoch seconds"),
    "texts of seconds": (lambda: list(map(str, SECONDS)), "epoch seconds"),
    "milliseconds": (lambda: SECONDS * 1000, "epoch milliseconds"),
    "texts of milliseconds": (lambda: list(map(str, SECONDS * 1000)), "epoch milliseconds"),
    "microseconds": (lambda: SECONDS * 10**6, "epoch microseconds"),
    "nanoseconds": (lambda: SECONDS * 10**9, "epoch nanoseconds"),
    "digits": (lambda: WHEN.strftime("%Y%m%d%H%M%S").astype("int64"), "YYYYMMDDHHMMSS"),
    "texts of digits": (lambda: list(WHEN.strftime("%Y%m%d%H%M%S")), "YYYYMMDDHHMMSS"),
    "Korean": (
        lambda: korean("{d.year}년 {d.month}월 {d.day}일 {half} {hour}시 {d.minute}분 {d.second}초"),
        "Y년 M월 D일",
    ),
    "Korean with dots": (lambda: korean("{d.year}. {d.month}. {d.day}. {half} {hour}:{d:%M:%S}"), "Y년 M월 D일"),
    "Korean with a weekday": (lambda: korean("{d.year}년 {d.month}월 {d.day}일(화) {d:%H:%M:%S}"), "Y년 M월 D일"),
}


@pytest.mark.parametrize("way", WRITTEN)
def test_dates_are_read_in_every_format(way: str) -> None:
    """``types: date`` reads every format exactly, names it, and reads new rows likewise."""
    make, form = WRITTEN[way]
    table = read(make())
    assert (table.frame["x"].to_numpy() == WHEN.to_numpy()).all()
    assert (table.columns[0].kind, table.columns[0].written) == ("date", form)
    assert [each.code for each in table.findings] == ["D141"]
    again, _ = conform(pd.DataFrame({"x": make()[:3], "other_": 0.5}), table.columns)
    assert (again["x"].to_numpy() == WHEN.to_numpy()[:3]).all()


@pytest.mark.parametrize("way", ["Korean", "Korean with dots"])
def test_korean_dates_are_detected(way: str) -> None:
    """No other text has their format."""
    assert read(WRITTEN[way][0](), kind=None).columns[0].kind == "date"


def test_one_mistyped_korean_date_is_missing() -> None:
    """The column is still detected, with the same note."""
    table = read(["2024년 13월 45일", *WRITTEN["Korean"][0]()[1:]])
    assert table.frame["x"].isna().sum() == 1
    assert table.columns[0].written == "Y년 M월 D일"
    assert {"D128", "D141"} <= {each.code for each in table.findings}


def test_numbers_are_not_epochs_by_default() -> None:
    """A customer's turnover may be as large."""
    assert read(SECONDS, kind=None).columns[0].kind == "number"


def test_digits_are_dates_if_the_name_says_so() -> None:
    """YYYYMMDDHHMMSS is read like YYYYMMDD."""
    assert read(WHEN.strftime("%Y%m%d%H%M%S"), "ordered_at", None).columns[0].kind == "date"


@pytest.mark.parametrize(
    ("form", "slip", "order"), [("%m/%d/%Y", "13/45/2024", "M/D/Y"), ("%d/%m/%Y", "45/13/2024", "D/M/Y")]
)
def test_one_mistyped_date_does_not_change_the_order(form: str, slip: str, order: str) -> None:
    """The order in which most dates are valid is used, and the rest is counted as missing."""
    table = read([*WHEN[:-1].strftime(form), slip])
    assert table.columns[0].written == order
    assert (table.frame["x"][:-1] == WHEN[:-1].normalize()).all()
    assert table.frame["x"].isna().sum() == 1


def test_dates_that_could_be_either_are_still_refused() -> None:
    """A mistyped date among them does not decide the order."""
    with pytest.raises(DataError, match="CP2141"):
        read(["01/02/2024", "03/04/2024", "45/45/2024"])


def test_free_korean_text_with_digits_is_no_date() -> None:
    """Only texts that consist of a date are dates."""
    assert read([f"{n}년 동안 잘 쓰고 있어요 정말" for n in range(60)], kind=None).columns[0].kind == "text"
