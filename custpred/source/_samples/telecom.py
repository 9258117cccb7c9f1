"""Telecom customers, some of whom leave within the month.

The logit, defined below, has sums, curves and products of the columns.  A missing value has its own
effect, so that the probability is exact given the columns, missing values included.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from custpred.source._samples.made import TODAY, Made, draw, effect, sigmoid, yes_no

_CITIES = {"서울": 30, "부산": 14, "Incheon": 12, "대구": 10, "Daejeon": 9, "Gwangju": 8, "Suwon": 7, "울산": 5}
_RARE = {f"Village {number}": 0.12 for number in range(1, 41)}
_CONTRACTS = {"month-to-month": 0.55, "one year": 0.22, "two years": 0.23}
_INTERNET = {"fiber": 0.44, "dsl": 0.34, "no internet": 0.22}
_PAYMENT = {"card": 0.32, "bank transfer": 0.28, "invoice": 0.18, "app": 0.22}
_ODDS_CITY = {"서울": 0.1, "부산": -0.25, "대구": 0.3, "Gwangju": -0.2, "울산": 0.45}


def make(rows: int, seed: int) -> Made:
    """Make customers and draw ``churn``, about 22 % yes.

    Parameters
    ----------
    rows
        Number of customers.
    seed
        Random seed; the same seed makes the same customers.
    """
    chance = np.random.default_rng([seed, 11])
    shown = _columns(chance, rows)
    probability = sigmoid(_logit(shown))
    shown["churn"] = yes_no(chance, probability)
    return Made(pd.DataFrame(shown), {"churn": probability})


def _columns(chance: np.random.Generator, rows: int) -> dict[str, np.ndarray]:
    contract, internet = draw(chance, _CONTRACTS, rows), draw(chance, _INTERNET, rows)
    days = chance.beta(0.8, 1.4, rows) * effect(contract, {"month-to-month": 1300, "one year": 1900, "two years": 2200})
    tenure = np.floor(days / 30.4)
    monthly = 18 + effect(internet, {"fiber": 52, "dsl": 27, "no internet": 0}) + chance.gamma(3.0, 5.0, rows)
    calls = chance.poisson(chance.gamma(0.7, 1.6, rows))
    return {
        "customer_id": np.array([f"T{n:07d}" for n in chance.permutation(10 * rows)[:rows]], dtype=object),
        "joined": (TODAY - days.astype("timedelta64[D]")).astype("datetime64[us]"),
        "tenure": tenure,
        "age": _with_missing(chance, np.clip(chance.normal(46, 16, rows), 18, 92).round(), 0.06),
        "city": draw(chance, {**_CITIES, **_RARE}, rows),
        "contract": contract,
        "internet": internet,
        "payment": draw(chance, _PAYMENT, rows),
        "paperless": yes_no(chance, np.full(rows, 0.6)),
        "monthly_charges": monthly.round(2),
        "total_charges": np.where(tenure > 0, (tenure * monthly * chance.normal(1, 0.03, rows)).round(2), np.nan),
        "data_gb": _usage(chance, internet),
        "support_calls": calls.astype(float),
        "satisfaction": _with_missing(
            chance, np.clip(np.round(4.1 - 0.5 * calls + chance.normal(0, 0.9, rows)), 1, 5), 0.3
        ),
    }


def _with_missing(chance: np.random.Generator, values: np.ndarray, share: float) -> np.ndarray:
    return np.where(chance.random(len(values)) < share, np.nan, values)


def _usage(chance: np.random.Generator, internet: np.ndarray) -> np.ndarray:
    """Return gigabytes per month: heavy-tailed, a few a hundred times too large (faulty meters)."""
    usage = chance.lognormal(effect(internet, {"fiber": 3.6, "dsl": 2.9, "no internet": 0.3}), 0.8)
    broken = chance.random(len(internet)) < 0.003
    return np.where(broken, usage * 100, usage).round(1)


def _logit(shown: dict[str, np.ndarray]) -> np.ndarray:
    """Return the true logit, shape (n_rows,)."""
    tenure, monthly, calls = shown["tenure"], shown["monthly_charges"], shown["support_calls"]
    fiber, bound = shown["internet"] == "fiber", shown["contract"] != "month-to-month"
    satisfied, use = shown["satisfaction"], np.log1p(np.minimum(shown["data_gb"], 500))
    silent = np.isnan(satisfied)
    young = np.where(np.isnan(shown["age"]), 0.0, np.clip((35 - shown["age"]) / 10, 0, 1.5))
    return np.asarray(
        -0.85
        + effect(shown["contract"], {"one year": -1.0, "two years": -1.9})
        - 0.62 * np.log1p(tenure)
        + 0.022 * (monthly - 60)
        + effect(shown["payment"], {"invoice": 0.55, "app": -0.25})
        + effect(shown["city"], _ODDS_CITY)
        + np.where(silent, 0.75, 0.45 * (3.2 - np.nan_to_num(satisfied, nan=3.2)))
        + 0.3 * young
        # Curves and products that a straight line cannot follow:
        + 0.9 * (use - 3.0) ** 2 / 2.0 * (shown["internet"] != "no internet")
        + 1.5 * (fiber & (monthly > 82) & (tenure < 18))
        + 0.45 * np.minimum(calls, 5) * np.where(bound, 0.1, 1.0)
        - 1.2 * (bound & (tenure > 36))
    )
