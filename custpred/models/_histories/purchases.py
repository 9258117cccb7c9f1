"""Purchase histories from prepared columns, and scores of customers without one.

The models of this folder need a few numbers per customer: repeat purchases, recency, age and mean
amount.  A customer without a history gets the mean label of such customers.  Because the score
depends on few columns, their Shapley values are computed exactly.
"""

from __future__ import annotations

from math import comb
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import logit

from custpred.columns.history import FIRST_TO_LAST, MEAN_AMOUNT, REPEATS, SINCE_FIRST, histories, history_name
from custpred.errors import NotApplicable
from custpred.models._histories import gamma_gamma
from custpred.models._histories.bg_nbd import Histories
from custpred.models._scores import of_probabilities, shares_of
from custpred.text import listed

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from custpred.task import Task

_PARTS = (REPEATS, FIRST_TO_LAST, SINCE_FIRST)
_LEAST = 1e-6
"""Minimum predicted probability: no prediction is certain."""


def table_of(X: pd.DataFrame, requested: str | None, *, amounts: bool) -> str:
    """Return the table of events that the history columns belong to.

    Raises
    ------
    NotApplicable
        If there is no history, or several and none is named.
    """
    needed = {*_PARTS, *([MEAN_AMOUNT] if amounts else [])}
    found = [table for table, parts in histories(X.columns).items() if needed <= parts.keys()]
    if requested is None and len(found) == 1:
        return found[0]
    if requested in found:
        return str(requested)
    if not found:
        wanted = listed([history_name(requested or "<table>", part) for part in sorted(needed)])
        raise NotApplicable(f"No column holds a purchase history ({wanted}). Add the feature rfm.")
    raise NotApplicable(f"There are histories of {listed(found)}: choose one with 'of'.")


def columns_of(table: str, *, amounts: bool) -> list[str]:
    """Return the columns on which the prediction depends."""
    return [history_name(table, part) for part in (*_PARTS, *([MEAN_AMOUNT] if amounts else []))]


def shapley(
    score: Callable[[pd.DataFrame], np.ndarray], X: pd.DataFrame, columns: list[str], typical: np.ndarray
) -> np.ndarray:
    """Return exact Shapley values of a few columns, (n, p + 1); last the typical row's score.

    Each subset is scored once, other columns at typical values: 2^m scores for m columns.

    References
    ----------
    Shapley (1953); Sundararajan and Najmi (2020), The many Shapley values, equation 4.
    """
    size, found = len(columns), {}
    for chosen in range(2**size):
        mixed = X.assign(**{name: typical[i] for i, name in enumerate(columns) if not chosen >> i & 1})
        found[chosen] = score(mixed)
    parts = np.zeros((len(X), X.shape[1] + 1))
    parts[:, -1] = found[0]  # with all columns typical, the score is the same for all rows
    for i, name in enumerate(columns):
        for chosen in (each for each in found if not each >> i & 1):
            weight = 1 / (size * comb(size - 1, chosen.bit_count()))
            parts[:, X.columns.get_loc(name)] += weight * (found[chosen | 1 << i] - found[chosen])
    return parts


def read(X: pd.DataFrame, table: str) -> tuple[np.ndarray, Histories]:
    """Return the mask of customers with a history, (n,), and their consistent histories."""
    x, last, age = (X[history_name(table, part)].to_numpy(dtype=float) for part in _PARTS)
    known = np.isfinite(x) & np.isfinite(last) & np.isfinite(age)
    x = np.maximum(x[known], 0.0)
    last = np.where(x > 0, np.maximum(last[known], 0.0), 0.0)
    return known, Histories(x, last, np.maximum(age[known], last), np.ones(len(x)))


def amounts(X: pd.DataFrame, table: str, seed: int) -> np.ndarray:
    """Return Gamma-Gamma parameters, from customers with repeat purchases of positive amounts.

    Raises
    ------
    NotApplicable
        If there are fewer than ten of them.
    """
    x, mean = _spends(X, table)
    spent = (x > 0) & (mean > 0)
    if spent.sum() < 10:
        raise NotApplicable(f"Only {int(spent.sum())} training customers have repeat amounts; ten are needed.")
    return gamma_gamma.fit(x[spent], mean[spent], seed)


def expected(X: pd.DataFrame, table: str, parameters: np.ndarray) -> np.ndarray:
    """Return the expected amount of the next purchase of each customer, shape (n,)."""
    return gamma_gamma.expected_amount(parameters, *_spends(X, table))


def constant_for(without: np.ndarray, every: np.ndarray, task: Task) -> float:
    """Return the raw score without a history: the mean label of such customers, or of all."""
    y = without if len(without) >= 10 else every
    if task.kind == "regression":
        return float(y.mean())
    return float(of_probabilities(shares_of(y, None, 2)[None], _LEAST)[0])


def logits(chance: np.ndarray) -> np.ndarray:
    """Return the logits of probabilities, clipped off 0 and 1, shape (n,)."""
    raw: np.ndarray = logit(np.clip(chance, _LEAST, 1 - _LEAST))
    return raw


def _spends(X: pd.DataFrame, table: str) -> tuple[np.ndarray, np.ndarray]:
    x, mean = (X[history_name(table, part)].to_numpy(dtype=float) for part in (REPEATS, MEAN_AMOUNT))
    return np.maximum(x, 0.0), mean
