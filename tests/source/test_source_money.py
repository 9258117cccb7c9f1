"""Amounts and percentages as text: numbers if nearly all agree, otherwise a finding."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custpred.source._typing import amounts
from custpred.source._typing.cells import cells_of
from custpred.source._typing.conform import conform
from custpred.source._typing.typed_table import typed
from custpred.table import Table

VALUES = [round((-1) ** n * (n * 37.25 + 1000), 2) for n in range(80)]


def english(value: float, mark: str = "$") -> str:
    return f"{'-' if value < 0 else ''}{mark}{abs(value):,.2f}"


def german(value: float) -> str:
    return f"{value:,.2f} €".translate(str.maketrans(",.", ".,"))


def korean(value: float) -> str:
    return f"{value:,.0f}원"


def brackets(value: float) -> str:
    return f"({-value:,.2f})" if value < 0 else f"{value:,.2f}"


STYLES = {
    "english": english,
    "german": german,
    "brackets": brackets,
    "plain": lambda value: f"{value:.2f} €",
    "code": lambda value: f"EUR {value:.2f}",
    "blanks": lambda value: f"{value:,.2f}".translate(str.maketrans(",.", "\u202f,")) + " kr",
}


def one(texts: list[Any], **how: Any) -> Table:
    """Type one column next to an ordinary one."""
    return typed(pd.DataFrame({"price": texts, "other": np.arange(len(texts)) % 3 + 0.5}), **how)


def codes(table: Table) -> set[str]:
    return {finding.code for finding in table.findings if finding.column == "price"}


@pytest.mark.parametrize("style", STYLES)
def test_amounts_of_every_style_become_numbers(style: str) -> None:
    """A finding says so."""
    table = one([STYLES[style](value) for value in VALUES])
    assert table.columns[0].kind == "number"
    np.testing.assert_allclose(table.frame["price"], VALUES, rtol=0, atol=0)
    assert "D106" in codes(table)


@pytest.mark.parametrize("text", ["1,234원", "₩1,234", "KRW 1,234", "￦1,234", "1,234 원"])
def test_won_is_read_in_every_spelling(text: str) -> None:
    """Every usual spelling of a Korean amount is the same number."""
    table = one([text, "₩2,500", "₩10,000"] * 30)
    assert table.frame["price"].iloc[0] == 1234.0


def test_percentages_become_shares() -> None:
    """12% is 0.12, as in a spreadsheet."""
    table = one([f"{n / 10}%" for n in range(100)])
    np.testing.assert_array_equal(table.frame["price"], [float(Decimal(str(n / 10)) / 100) for n in range(100)])


def test_a_dot_before_three_digits_of_money_separates_thousands() -> None:
    """1.234 € is over a thousand, as money does not have three decimals."""
    table = one(["1.234 €", "12.345 €", "999 €"] * 30)
    assert sorted(table.frame["price"].unique()) == [999.0, 1234.0, 12345.0]
    assert one(["1.234 €", "12.345 €", "999 €"] * 30, decimal=".").frame["price"].min() == 1.234


def test_a_few_other_values_become_missing_and_are_counted() -> None:
    """If 95 % are amounts, the rest is missing, with a finding."""
    table = one(["on request" if n % 40 == 0 else english(value) for n, value in enumerate(VALUES)])
    assert table.columns[0].kind == "number"
    lost = next(finding for finding in table.findings if finding.code == "D128")
    assert lost.numbers["rows"] == 2 == int(table.frame["price"].isna().sum())


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["on request" if n % 10 == 0 else english(value) for n, value in enumerate(VALUES)], "types: {price: number}"),
        ([english(value, "$" if n % 2 else "£") for n, value in enumerate(VALUES)], "$, £"),
        ([english(value) if n % 2 else f"{value:.0f}%" for n, value in enumerate(VALUES)], "$, %"),
    ],
)
def test_amounts_that_cannot_be_read_are_named(texts: list[str], words: str) -> None:
    """Too many other values, or several units, leave the column as text, with the reason."""
    table = one(texts)
    assert table.columns[0].kind in {"category", "id"}
    finding = next(finding for finding in table.findings if finding.code == "D108")
    assert words in finding.text


@pytest.mark.parametrize(
    "texts", [["(1)", "(2)"] * 40, [f"{n % 40} kg" for n in range(80)], [f"R{n % 40}" for n in range(80)]]
)
def test_other_texts_with_digits_stay_text(texts: list[str]) -> None:
    """Numbers in brackets, weights and codes are not money."""
    table = one(texts)
    assert table.columns[0].kind == "category"
    assert not codes(table) & {"D106", "D108"}


def test_forced_numbers_keep_their_style_for_single_rows() -> None:
    """With ``types: number`` a German amount is read the same in a table and alone."""
    table = one([german(1234.0), german(2.5), *["unknown"] * 3] * 20, types={"price": "number"})
    alone, _ = conform(pd.DataFrame({"price": ["1.500 €"], "other": [1.5]}), table.columns)
    assert alone["price"].tolist() == [1500.0]


@pytest.mark.parametrize(
    ("new", "value"),
    [("$1,500.00", 1500.0), ("1500", 1500.0), (1500.0, 1500.0), ("USD 1,500", 1500.0), ("(1,500)", -1500.0)],
)
def test_new_amounts_are_read_like_training_ones(new: Any, value: float) -> None:
    """A model trained on dollars reads the same amount with and without its sign."""
    table = one([english(each) for each in VALUES])
    found, _ = conform(pd.DataFrame({"price": [new], "other": [1.5]}), table.columns)
    assert found["price"].tolist() == [value]


def test_a_model_of_plain_numbers_takes_a_currency_but_no_percent_sign() -> None:
    """A currency changes no value; a percent sign is ambiguous, so it is missing and counted."""
    table = one(VALUES)
    found, findings = conform(pd.DataFrame({"price": ["$1,500.50", "12%"], "other": [1.5, 1.5]}), table.columns)
    assert found["price"].iloc[0] == 1500.5
    assert np.isnan(found["price"].iloc[1])
    assert [finding.code for finding in findings] == ["D128"]


def test_a_target_of_few_amounts_keeps_its_labels() -> None:
    """Classes such as $5 and $10 keep their text; many amounts are a regression."""
    assert one(["$5", "$10"] * 40, target="price").columns[0].kind == "category"
    assert one([english(value) for value in VALUES], target="price").columns[0].kind == "number"


@given(
    st.lists(st.decimals(-(10**9), 10**9, places=2, allow_nan=False), min_size=1, max_size=20),
    st.sampled_from([(english, "amount 1,234.5"), (german, "amount 1.234,5"), (brackets, "amount 1,234.5")]),
)
def test_amounts_round_trip(values: list[Decimal], style: Any) -> None:
    """Format then parse is the identity, in every style."""
    write, written = style
    texts = np.array([write(value) for value in values], dtype=object)
    assert amounts.parse(texts, written).tolist() == [float(value) for value in values]


@given(st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=20))
def test_won_round_trips(values: list[int]) -> None:
    """Format then parse is the identity for whole Korean amounts."""
    texts = np.array([korean(value) for value in values], dtype=object)
    assert amounts.parse(texts, "amount 1,234.5").tolist() == [float(value) for value in values]


@given(st.lists(st.decimals(-1000, 1000, places=3), min_size=1, max_size=20))
def test_percentages_round_trip(values: list[Decimal]) -> None:
    """A share written in percent is read as the same share."""
    texts = np.array([f"{value * 100:.1f}%" for value in values], dtype=object)
    assert amounts.parse(texts, "percent").tolist() == [float(value) for value in values]


@given(st.lists(st.text(max_size=12), max_size=30))
def test_any_text_is_refused_or_read_without_an_error(texts: list[str]) -> None:
    """The parser never raises, whatever the text."""
    cells = cells_of(pd.Series(texts, dtype=object))
    style = amounts.style_of(cells, None)
    units, rows = amounts.units_of(cells)
    assert rows <= len(texts) and (rows == 0) == (not units)
    assert style is None or len(amounts.parse(cells.levels, style.written)) == len(cells.levels)
