"""Leaks: planted ones are found, clean tables raise no alarm."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from custpred.profile._after import names_target, suggests_later_event
from custpred.profile._survey import survey
from custpred.profile.leakage import Leakage
from custpred.source.base import Source
from custpred.table import Table
from custpred.target.base import Target
from custpred.task import Task

Customers = Callable[..., tuple[Table, np.ndarray, Task]]
Plant = Callable[..., Table]
Leak = Callable[[np.ndarray, np.random.Generator], tuple[str, object, str]]


def _where(mask: np.ndarray, values: object) -> np.ndarray:
    return np.where(mask, values, np.nan)


def _levels(values: np.ndarray) -> pd.Categorical:
    return pd.Categorical([str(value) for value in values])


LEAKS: dict[str, Leak] = {
    "copy": lambda y, r: ("flag", y.astype(float), "code"),
    "turned copy": lambda y, r: ("active", 1.0 - y, "code"),
    "copy as text": lambda y, r: ("label", _levels(np.where(y == 1, "Y", "N")), "category"),
    "copy with 1 % of slips": lambda y, r: ("state", np.where(r.random(len(y)) < 0.01, 1 - y, y).astype(float), "code"),
    "copy with 4 % of slips": lambda y, r: ("mark", np.where(r.random(len(y)) < 0.04, 1 - y, y).astype(float), "code"),
    "noisy number": lambda y, r: ("index", y + r.normal(0, 0.15, len(y)), "number"),
    "scaled and shifted": lambda y, r: ("points", 700 - 300 * y + r.normal(0, 40, len(y)), "number"),
    "codes of reasons": lambda y, r: ("reason", _levels(np.where(y == 1, r.integers(0, 6, len(y)), 9)), "category"),
    "many codes": lambda y, r: ("branch", _levels(y * 40 + r.integers(0, 40, len(y))), "category"),
    "cancel date": lambda y, r: ("cancel_date", _days(y == 1, r), "date"),
    "cancel date of some": lambda y, r: ("cancelled_on", _days((y == 1) & (r.random(len(y)) < 0.6), r), "date"),
    "filled for those who stay": lambda y, r: ("renewal", _where(y == 0, r.normal(size=len(y))), "number"),
    "refund": lambda y, r: ("refund_amount", np.where(y == 1, r.gamma(2.0, 20.0, len(y)), 0.0), "number"),
    "refund of some": lambda y, r: ("money_back", np.where((y == 1) & (r.random(len(y)) < 0.5), 9.5, 0.0), "number"),
    "closed": lambda y, r: ("is_closed", np.where(r.random(len(y)) < 0.15, 0, y).astype(float), "code"),
    "status": lambda y, r: (
        "account_status",
        _levels(np.where(y == 1, "gone", r.choice(["a", "b"], len(y)))),
        "category",
    ),
    "named after the target": lambda y, r: ("bought_score", y + r.normal(0, 2.0, len(y)), "number"),
    "next month": lambda y, r: ("next_month_orders", r.poisson(1 + 2 * y).astype(float), "code"),
    "duration of the call": lambda y, r: ("call_duration", r.gamma(2.0, 60 + 160 * y), "number"),
    "all that came after": lambda y, r: ("events", np.round(r.normal(10 + 30 * y, 3)), "number"),
}


def _days(mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    days = np.datetime64("2024-01-01", "s") + rng.integers(0, 90, len(mask)).astype("timedelta64[D]")
    return np.where(mask, days, np.datetime64("NaT"))


def _suspects(table: Table, truth: np.ndarray, task: Task, *severities: str) -> set[str | None]:
    found = Leakage().check(table, truth, task).findings
    return {finding.column for finding in found if finding.severity in severities}


@pytest.mark.parametrize("leak", LEAKS)
def test_planted_leaks_are_named(leak: str, customers: Customers, plant: Plant) -> None:
    """Each of twenty planted leaks is named, and nothing else."""
    table, truth, task = customers()
    name, values, kind = LEAKS[leak](truth, np.random.default_rng(1))
    assert _suspects(plant(table, name, values, kind), truth, task, "alarm", "warning") == {name}


@pytest.mark.parametrize(
    "leak", ["copy", "turned copy", "copy as text", "cancel date", "reason", "all that came after"]
)
def test_near_certain_leaks_are_alarms(leak: str, customers: Customers, plant: Plant) -> None:
    """A column that reveals the outcome is an alarm, not only a warning."""
    table, truth, task = customers()
    name, values, kind = LEAKS["codes of reasons" if leak == "reason" else leak](truth, np.random.default_rng(1))
    assert _suspects(plant(table, name, values, kind), truth, task, "alarm") == {name}


def test_all_leaks_at_once_are_named(customers: Customers, plant: Plant) -> None:
    """At least 19 of the twenty leaks are found in one table."""
    table, truth, task = customers()
    for leak in LEAKS.values():
        table = plant(table, *leak(truth, np.random.default_rng(1)))
    named = _suspects(table, truth, task, "alarm", "warning")
    planted = {leak(truth, np.random.default_rng(1))[0] for leak in LEAKS.values()}
    assert len(named & planted) >= 19
    assert named <= planted


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
def test_clean_tables_raise_nothing(kind: str, customers: Customers) -> None:
    """Of 20 clean tables per task none raises an alarm, and at most one a warning."""
    raised = [
        finding.severity
        for seed in range(20)
        for finding in Leakage().check(*customers(kind, rows=(200, 1_000, 3_000)[seed % 3], seed=seed)).findings
    ]
    assert "alarm" not in raised
    assert len(raised) <= 1


def test_leaks_of_a_rare_outcome_are_found(customers: Customers, plant: Plant) -> None:
    """With 0.2 % positives in 60,000 rows, a late leak is still an alarm."""
    table, _, task = customers(rows=60_000)
    truth = (np.random.default_rng(0).random(60_000) < 0.002).astype(int)
    leak = truth * 4 + np.random.default_rng(1).normal(0, 0.5, 60_000)
    assert _suspects(plant(table, "level", leak), truth, task, "alarm") == {"level"}


@pytest.mark.parametrize(
    ("name", "leak"),
    [
        ("same", lambda y, r: y * 1.0),
        ("scaled", lambda y, r: 3 - 2 * y),
        ("logarithm", lambda y, r: np.log(y - y.min() + 1)),
        ("nearly", lambda y, r: y + r.normal(0, 0.02 * y.std(), len(y))),
    ],
)
def test_leaks_of_values_are_alarms(name: str, leak: object, customers: Customers, plant: Plant) -> None:
    """A column that ranks customers as the spend does is an alarm at any scale."""
    table, truth, task = customers("regression")
    values = leak(truth, np.random.default_rng(0))  # type: ignore[operator]
    assert _suspects(plant(table, name, values), truth, task, "alarm") == {name}


def test_leaks_of_one_class_of_several(customers: Customers, plant: Plant) -> None:
    """A column that is filled for only one of three classes is found."""
    table, truth, task = customers("multiclass")
    leak = np.where(truth == 2, 1.0, np.nan)
    leak[np.flatnonzero(truth == 2)[::2]] = 2.0
    assert "bonus" in _suspects(plant(table, "bonus", leak), truth, task, "alarm", "warning")
    copy = pd.Categorical.from_codes(truth, ["a", "b", "c"])
    findings = Leakage().check(plant(table, "grade", copy, "category"), truth, task).findings
    assert [finding.code for finding in findings] == ["P192"]


def test_order_of_rows_and_ids(customers: Customers) -> None:
    """Rows sorted by the outcome, and ids related to it, are warnings; random ids are not."""
    table, truth, task = customers()
    assert Leakage().check(table, truth, task).facts["ids"]["customer"] < 0.1
    order = np.argsort(truth, kind="stable")
    found = Leakage().check(table.take(order), truth[order], task)
    assert [finding.code for finding in found.findings] == ["P197"]
    frame = table.frame.assign(customer=[f"C{place:05d}" for place in np.argsort(order)])
    given = Table(frame, table.columns, key="customer")
    assert [finding.code for finding in Leakage().check(given, truth, task).findings] == ["P196"]


def test_text_ids_are_sorted_alphabetically(customers: Customers) -> None:
    """Ids without numbers are ordered as words."""
    table, truth, task = customers()
    words = np.array(["".join(chr(97 + int(digit)) for digit in f"{place:05d}") for place in range(len(truth))])
    given = np.empty(len(truth), dtype=object)
    given[np.argsort(truth, kind="stable")] = words
    found = Leakage().check(Table(table.frame.assign(customer=given), table.columns, key="customer"), truth, task)
    assert found.facts["ids"]["customer"] > 0.9


def test_names_about_the_past_are_no_hint() -> None:
    """Earlier cancellations are history; parts of words are ignored."""
    assert all(
        map(suggests_later_event, ["cancel_date", "RefundTotal", "account.status", "isClosed", "days_until_exit"])
    )
    harmless = [
        "previous_cancellations",
        "poutcome",
        "ExitRates",
        "post_code",
        "last_refund",
        "reservations",
        "closeness",
    ]
    assert not any(map(suggests_later_event, harmless))
    assert names_target("Churn Label", "churn")
    assert not names_target("yearly", "y")


def test_a_hint_alone_is_not_enough(customers: Customers, plant: Plant) -> None:
    """A column named 'refund' that is unrelated to the target is not suspected."""
    table, truth, task = customers()
    noise = np.random.default_rng(5).normal(size=len(truth))
    assert not Leakage().check(plant(table, "refund", noise), truth, task).findings


def test_without_a_target_there_is_nothing_to_leak(customers: Customers) -> None:
    """Without a target the check gives that reason."""
    table, _, _ = customers()
    assert Leakage().check(table).facts["reason"]


def test_the_survey_is_shared_and_freed(customers: Customers) -> None:
    """Checks of a table share one survey while it is referenced; then it is freed."""
    table, truth, task = customers(rows=100)
    held = survey(table, truth, task)
    assert survey(table, truth, task) is held
    assert survey(table, None, None) is not held


def _real(path: Path, target: str, **options: object) -> tuple[Table, np.ndarray, Task]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = Source.parse({"kind": "csv", "path": str(path), **options}).read(target=target)
    labelled = Target.parse({"kind": "column", "column": target}).label(table)
    return labelled.table, labelled.truth, labelled.task


@pytest.mark.real
def test_known_leaks_of_real_tables(real: Callable[[str], Path]) -> None:
    """Hotel bookings: reservation_status is an alarm; bank marketing: duration a warning."""
    hotel = _real(real("hotel_bookings/hotel_bookings.csv.gz"), "is_canceled")
    assert _suspects(*hotel, "alarm") == {"reservation_status"}
    assert "reservation_status_date" in _suspects(*hotel, "warning")
    bank = _real(real("bank_marketing/bank-additional-full.csv"), "y")
    assert "duration" in _suspects(*bank, "warning", "alarm")
    assert not _suspects(*bank, "alarm")


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("telco_churn/Telco-Customer-Churn.csv", "Churn"),
        ("credit_default/UCI_Credit_Card.csv", "default.payment.next.month"),
        ("customer_segmentation/Train_aBjfeNk.csv", "Segmentation"),
        ("insurance_charges/insurance.csv", "charges"),
        ("ibm_clv/WA_Fn-UseC_-Marketing-Customer-Value-Analysis.csv", "Customer Lifetime Value"),
        ("ibm_clv/WA_Fn-UseC_-Marketing-Customer-Value-Analysis.csv", "Response"),
    ],
)
def test_clean_real_tables_raise_nothing(name: str, target: str, real: Callable[[str], Path]) -> None:
    """Real tables without a known leak raise neither alarm nor warning."""
    assert not Leakage().check(*_real(real(name), target)).findings


@pytest.mark.parametrize(("sample", "target"), [("telecom", "churn"), ("shop", "buys_again"), ("shop", "segment")])
def test_honest_samples_raise_nothing(sample: str, target: str) -> None:
    """The package's own customers, with strong but honest columns, raise no warning."""
    for seed in range(4):
        source = Source.parse({"kind": "sample", "sample": sample, "seed": seed, "rows": 800})
        labelled = Target.parse({"kind": "column", "column": target}).label(source.read(target=target))
        assert not Leakage().check(labelled.table, labelled.truth, labelled.task).findings
