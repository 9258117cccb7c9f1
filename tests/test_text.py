"""Formatted words and numbers."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custpred.budget import Budget
from custpred.text import bytes_text, duration, four, listed, plain, plural, seconds, size


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("90s", 90),
        ("5m", 300),
        ("1.5h", 5400),
        ("2 min", 120),
        ("250ms", 0.25),
        (60, 60),
        ("1d", 86400),
        ("1w", 604800),
    ],
)
def test_durations_are_parsed(text: object, wanted: float) -> None:
    """A duration is a number and a unit; a bare number is seconds."""
    assert seconds(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"), [("4GB", 4 * 10**9), ("500 mb", 5 * 10**8), ("1GiB", 2**30), (100, 100), ("2KiB", 2048)]
)
def test_sizes_are_parsed(text: object, wanted: int) -> None:
    """A size is a number and a unit of any case; a bare number is bytes."""
    assert size(text) == wanted


@given(
    st.integers(1, 10**6),
    st.sampled_from(["ms", "s", "m", "h", "d", "w"]),
    st.floats(1e-9, 1e15, allow_nan=False),
)
@settings(max_examples=300, deadline=None)
def test_durations_written_for_people_load_as_the_same_value(count: int, unit: str, odd: float) -> None:
    """A dumped recipe holds `122d`, not 10540800.0; odd durations keep every digit."""
    for value in (seconds(f"{count}{unit}"), odd):
        assert seconds(duration(value)) == value
        budget = Budget(time=value)
        assert budget.model_dump(mode="json", exclude_none=True) == {"time": duration(value)}
        assert Budget.model_validate_json(budget.model_dump_json()) == budget


@given(st.integers(1, 2**53), st.sampled_from(["B", "KB", "MB", "GB", "TB", "KiB", "MiB", "GiB"]))
@settings(max_examples=300, deadline=None)
def test_sizes_written_for_people_load_as_the_same_value(count: int, unit: str) -> None:
    """A dumped recipe holds `4GB`, not 4000000000."""
    value = size(f"{count}{unit}")
    assert size(bytes_text(value)) == value


@pytest.mark.parametrize("text", ["soon", "", "-5s", "0s", "5 parsecs", "s", "1e3", None, "5m5s"])
def test_invalid_amounts_are_refused(text: object) -> None:
    """Anything but a positive duration or size is refused with an example."""
    with pytest.raises(ValueError, match="expected a duration such as 60s"):
        seconds(text)
    with pytest.raises(ValueError, match="expected a size such as 500MB"):
        size(text)


@settings(max_examples=50, derandomize=True, deadline=None)
@given(text=st.text(max_size=300), limit=st.integers(2, 100))
def test_plain_text_cannot_harm_a_terminal(text: str, limit: int) -> None:
    """Control characters are removed, the length is limited, and the function is idempotent."""
    made = plain(text, limit)
    assert len(made) <= limit
    assert not [c for c in made if unicodedata.category(c)[0] == "C"]
    assert plain(made, limit) == made


def test_long_lists_are_counted() -> None:
    """Names beyond the limit are counted, and each is cleaned."""
    assert listed([]) == ""
    assert listed(["a\x1b[2J", "b"]) == "a[2J, b"
    assert listed(list("abcdefg"), most=3) == "a, b, c and 4 more"


def test_plurals() -> None:
    """One is singular, all else is plural, thousands have a comma."""
    assert [plural(n, "row") for n in (0, 1, 2, 12345)] == ["0 rows", "1 row", "2 rows", "12,345 rows"]


@pytest.mark.parametrize(
    ("value", "wanted"),
    [(19130.4, "19,130"), (999.96, "1,000"), (0.05321, "0.05321"), (-2.5, "-2.5"), (0.0, "0"), (-1234.5, "-1,234")],
)
def test_four_digits_without_exponent(value: float, wanted: str) -> None:
    """Amounts are written without an exponent: no 1.913e+04."""
    assert four(value) == wanted
