"""The explanation of one customer as lines: numbers as in the report, whatever their kind."""

from __future__ import annotations

from typing import Any

import pytest

from custpred.inference.customer_card import lines
from custpred.report._text import Text

MINUS = "\N{MINUS SIGN}"


def found(**changes: Any) -> dict[str, Any]:
    """Return an explanation in points, with two parts, one of them too small to read."""
    parts = [{"column": "fee", "value": 70.353, "part": -12.34}, {"column": "age", "value": 40, "part": 0.02}]
    own = {"key": "C1", "start": 30.0, "answer": 17.7, "unit": "points", "parts": parts, "rest": 0.02, "others": 1}
    return {**own, "unattributed": [], "words": [], "decision": {}, **changes}


@pytest.mark.parametrize(
    ("say", "wanted"),
    [
        (
            str.format,
            [
                "C1: 17.7% (average customer: 30.0%)",
                f"fee is 70.35: {MINUS}12.3 points",
                "2 others together: 0.0 points",
            ],
        ),
        (Text("ko"), ["C1: 17.7% (평균 고객: 30.0%)", f"fee = 70.35: {MINUS}12.3%p", "나머지 2개 합계: 0.0%p"]),
    ],
)
def test_lines_have_the_numbers_of_the_report(say: Any, wanted: list[str]) -> None:
    """One decimal and a minus sign; parts that would read zero are counted among the others."""
    assert [*lines(found(), say)] == wanted


def test_probabilities_never_read_zero_or_a_hundred() -> None:
    """A small probability is below a tenth of a percent, not nothing."""
    assert next(lines(found(answer=0.01, start=99.99))) == "C1: < 0.1% (average customer: > 99.9%)"


@pytest.mark.parametrize(
    ("currency", "gain", "wanted"),
    [
        ("KRW", 27.66, "expected gain ₩28"),
        ("JPY", -1234.5, f"expected gain {MINUS}¥1,234"),
        ("USD", -27.656, f"expected gain {MINUS}$27.66"),
        ("CHF", 3.5, "expected gain 3.50 CHF"),
    ],
)
def test_gains_have_the_decimals_of_their_currency(currency: str, gain: float, wanted: str) -> None:
    """Currencies without minor units have none; a loss has a minus sign before the currency."""
    own = found(decision={"decision": "yes", "gain": gain, "currency": currency})
    assert next(lines(own)).endswith(wanted)
