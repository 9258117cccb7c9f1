"""The value of a customer: shorthand, mistakes, and the profit of a contact."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from custpred.business import Business, Value
from custpred.errors import DataError
from custpred.table import Column, Table


def table(**columns: object) -> Table:
    frame = pd.DataFrame(columns)
    kinds = {"plan": "category", "id": "id", "flat": "constant"}
    return Table(frame, tuple(Column(name, kinds.get(name, "number")) for name in frame))


def test_a_bare_number_is_the_same_value_for_everyone() -> None:
    """``value: 100`` means 100 for each customer."""
    value = Business(value=100).customer_values(table(fee=[1.0, 2.0]))
    assert value.tolist() == [100.0, 100.0]


def test_a_bare_name_is_a_column() -> None:
    """``value: fee`` takes each customer's fee."""
    assert Business(value="fee").customer_values(table(fee=[1.5, 2.0])).tolist() == [1.5, 2.0]


def test_times_and_margin_multiply() -> None:
    """12 months at a margin of 0.25 keep 3 fees."""
    value = Value(column="fee", times=12, margin=0.25)
    assert Business(value=value).customer_values(table(fee=[10.0])).tolist() == [30.0]


def test_a_missing_value_is_zero_and_counted() -> None:
    """A missing value is 0 and is in ``unknown``."""
    business, customers = Business(value="fee"), table(fee=[5.0, np.nan, np.inf])
    assert business.customer_values(customers).tolist() == [5.0, 0.0, 0.0]
    assert business.unknown(customers) == 2


def test_a_constant_column_is_read_as_numbers() -> None:
    """A constant numeric column is a valid value."""
    assert Business(value="flat").customer_values(table(flat=["9", "9"])).tolist() == [9.0, 9.0]


def test_profit_is_revenue_minus_costs() -> None:
    """0.5 x 0.4 x (100 - 10) - 3 = 15, by hand."""
    business = Business(value=100, contact_cost=3, offer_cost=10, success_rate=0.4)
    assert business.profit(np.array([0.5]), 100.0) == pytest.approx([15.0])


def test_break_even_is_where_profit_is_zero() -> None:
    """At the break-even probability a contact earns nothing."""
    business = Business(contact_cost=3, offer_cost=10, success_rate=0.4)
    chance = business.break_even(100.0)
    assert chance == pytest.approx(3 / 36)
    assert business.profit(np.array([chance]), 100.0) == pytest.approx([0.0])


@pytest.mark.parametrize("value", [0.0, 10.0, 12.0])
def test_a_contact_that_never_pays_has_no_break_even(value: float) -> None:
    """If even a certain customer brings less than the cost, there is none."""
    assert Business(contact_cost=3, offer_cost=10, success_rate=0.4).break_even(value) is None


def test_value_round_trips_as_plain_data() -> None:
    """Plain data read back as the same business."""
    business = Business(value=25, capacity=7, currency="KRW")
    assert Business.model_validate(business.model_dump(mode="json", exclude_defaults=True)) == business


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"column": "fee", "amount": 3}, "either a column or an amount"),
        ({"amount": -1}, "greater than or equal to 0"),
        ({"column": "fee", "margin": 1.5}, "less than or equal to 1"),
        ({"colum": "fee"}, "Extra inputs"),
        (float("nan"), "finite"),
        (True, "dictionary"),
    ],
)
def test_mistakes_in_the_value_are_explained(value: object, said: str) -> None:
    """A wrong value is refused with a sentence about it."""
    with pytest.raises(ValidationError, match=said):
        Business(value=value)


def test_a_value_without_amount_or_column_is_an_error() -> None:
    """A margin alone is for predicted amounts; the error says what to write."""
    business = Business(value={"margin": 0.3})
    assert not business.known
    with pytest.raises(DataError, match=r"business\.value"):
        business.customer_values(table(fee=[1.0]))


def test_a_misspelled_column_is_named_with_the_nearest() -> None:
    """The error names the column that was probably meant."""
    with pytest.raises(DataError, match="Did you mean 'fee'"):
        Business(value="fees").customer_values(table(fee=[1.0]))


@pytest.mark.parametrize("name", ["plan", "id"])
def test_a_column_without_numbers_is_refused(name: str) -> None:
    """Text cannot be a value; the error names the column and its kind."""
    with pytest.raises(DataError, match=name):
        Business(value=name).customer_values(table(**{name: ["a", "b"]}))
