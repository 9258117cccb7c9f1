"""Real public data are read with the right shape and kinds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from custpred.source.base import Source
from custpred.table import Table
from custpred.target.base import Target

WORDS = "age workclass fnlwgt education education_num marital occupation relationship race sex gain loss hours country"
ADULT = [*WORDS.split(), "income"]
Real = Callable[[str], Path]

CASES: dict[str, tuple[str, dict[str, Any], str, tuple[int, int], dict[str, str]]] = {
    "telco": (
        "telco_churn/Telco-Customer-Churn.csv",
        {"key": "customerID"},
        "Churn",
        (7043, 21),
        {"customerID": "id", "TotalCharges": "number", "SeniorCitizen": "code", "Contract": "category"},
    ),
    "bank": (
        "bank_marketing/bank-additional-full.csv",
        {},
        "y",
        (41188, 21),
        {"job": "category", "euribor3m": "number", "duration": "number"},
    ),
    "adult": (
        "adult/adult-train.csv",
        {"names": ADULT, "missing": ["?"]},
        "income",
        (32561, 15),
        {"fnlwgt": "number", "workclass": "category", "education_num": "code"},
    ),
    "german": (
        "german_credit/german.data",
        {"header": "none"},
        "column_21",
        (1000, 21),
        {"column_1": "category", "column_5": "number", "column_8": "code"},
    ),
    "credit": (
        "credit_default/UCI_Credit_Card.csv",
        {},
        "default.payment.next.month",
        (30000, 25),
        {"ID": "id", "LIMIT_BAL": "number", "PAY_0": "code", "BILL_AMT1": "number"},
    ),
    "shoppers": (
        "online_shoppers/online_shoppers_intention.csv",
        {},
        "Revenue",
        (12330, 18),
        {"Weekend": "category", "Month": "category", "Region": "code", "PageValues": "number"},
    ),
    "hotel": (
        "hotel_bookings/hotel_bookings.csv.gz",
        {},
        "is_canceled",
        (119390, 32),
        {"agent": "number", "company": "number", "children": "code", "reservation_status_date": "date"},
    ),
    "segmentation": (
        "customer_segmentation/Train_aBjfeNk.csv",
        {},
        "Segmentation",
        (8068, 11),
        {"ID": "id", "Work_Experience": "code", "Profession": "category"},
    ),
    "insurance": (
        "insurance_charges/insurance.csv",
        {},
        "charges",
        (1338, 7),
        {"charges": "number", "children": "code", "bmi": "number"},
    ),
    "clv": (
        "ibm_clv/WA_Fn-UseC_-Marketing-Customer-Value-Analysis.csv",
        {},
        "Customer Lifetime Value",
        (9134, 24),
        {"Customer": "id", "Effective To Date": "date", "Income": "number", "Policy": "category"},
    ),
}


def read(real: Real, case: str) -> Table:
    path, options, target, *_ = CASES[case]
    source = Source.parse({"path": str(real(path)), **options})
    table = source.read(target=target)
    assert source.header() == table.names
    return table


@pytest.mark.real
@pytest.mark.parametrize("case", CASES)
def test_real_shape_and_kinds(real: Real, case: str) -> None:
    """Each table has its published number of rows and columns, and the expected kinds."""
    table, (*_, shape, kinds) = read(real, case), CASES[case]
    assert table.frame.shape == shape
    assert {name: table.column(name).kind for name in kinds} == kinds


LABELS: dict[str, tuple[tuple[str, ...], float]] = {
    "telco": (("No", "Yes"), 0.2654),
    "bank": (("no", "yes"), 0.1127),
    "adult": (("<=50K", ">50K"), 0.2408),
    "german": (("1", "2"), 0.3),
    "credit": (("0", "1"), 0.2212),
    "shoppers": (("False", "True"), 0.1547),
    "hotel": (("0", "1"), 0.3704),
    "segmentation": (("A", "B", "C", "D"), 2268 / 8068),
    "insurance": ((), 13270.42),
    "clv": ((), 8004.94),
}


@pytest.mark.real
@pytest.mark.parametrize("case", [name for name in LABELS if name not in {"hotel"}])
def test_real_targets_are_labelled(real: Real, case: str) -> None:
    """Each target has its published labels, and the share of the last (or the mean) is right."""
    positive = {"german": {"positive": 2}}.get(case, {})
    labelled = Target.parse({"column": CASES[case][2], **positive}).label(read(real, case))
    labels, share = LABELS[case]
    assert labelled.task.labels == labels
    mean = labelled.truth.mean() if not labels else (labelled.truth == len(labels) - 1).mean()
    assert mean == pytest.approx(share, rel=5e-4)


@pytest.mark.real
def test_real_telco_blanks_are_reported(real: Real) -> None:
    """The eleven blank total charges are missing, and the finding names them."""
    table = read(real, "telco")
    found = next(finding for finding in table.findings if finding.code == "D103")
    assert (found.column, found.numbers["rows"]) == ("TotalCharges", 11)


@pytest.mark.real
def test_real_clv_dates_are_month_first(real: Real) -> None:
    """The two-digit American dates lie in January and February 2011."""
    days = read(real, "clv").frame["Effective To Date"]
    assert (str(days.min())[:10], str(days.max())[:10]) == ("2011-01-01", "2011-02-28")


@pytest.mark.real
def test_real_orders_keep_their_ids(real: Real) -> None:
    """Zero-padded ids stay text, eight digits in a column named date are dates."""
    table = Source.parse({"path": str(real("cdnow/CDNOW_master.txt"))}).read()
    assert [column.kind for column in table.columns[:2]] == ["id", "date"]
    assert table.frame["customer_id"][0] == "00001"
    assert len(table) == 69659
    assert table.frame["dollar_value"].sum() == pytest.approx(2500315.63)


@pytest.mark.real
def test_real_reviews_need_quotes_as_text(real: Real) -> None:
    """The Korean reviews are read whole with quotes as text."""
    table = Source.parse({"path": str(real("nsmc/ratings_test.txt")), "quoting": "none"}).read(target="label")
    assert len(table) == 50000
    assert table.column("document").kind == "text"
