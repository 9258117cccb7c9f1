"""The most similar customers with known outcomes.

Distance: Gower (1971), Biometrics 27:857, each column weighted by its importance to the model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custpred.columns.sequence import is_step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from custpred.results.record import Record

COUNT = 20
LEAST = 0.05
"""Weight of a column without importance, relative to the largest, to break ties."""


def weights(record: Record, columns: list[str]) -> dict[str, float]:
    """Return column weights by importance; equal weights if it was not measured."""
    measure = record.measures.get("importance")
    found = {row["column"]: max(float(row["importance"] or 0.0), 0.0) for row in measure.rows} if measure else {}
    most = max(found.values(), default=0.0) or 1.0
    return {name: max(found.get(name, 0.0) / most, LEAST) for name in columns if not is_step(name)}


def nearest(
    history: pd.DataFrame, row: pd.DataFrame, weight: Mapping[str, float], count: int = COUNT, skip: object = None
) -> np.ndarray:
    """Return the positions of the most similar rows, the most similar first.

    Parameters
    ----------
    history
        Conforming rows.
    row
        One conforming row.
    weight
        Weights of the compared columns; of texts, only missingness is compared.
    skip : ndarray of bool, shape (n_history,), optional
        Excluded rows, such as the customer's own.

    Examples
    --------
    >>> known = pd.DataFrame({"age": [20.0, 40.0, 60.0]})
    >>> nearest(known, pd.DataFrame({"age": [57.0]}), {"age": 1.0}, count=2).tolist()
    [2, 1]
    """
    total = np.zeros(len(history))
    for name, share in weight.items():
        if name in history.columns:
            total += share * _apart(history[name], row[name])
    if skip is not None:
        total = np.where(np.asarray(skip, dtype=bool), np.inf, total)
    order = np.argsort(total, kind="stable")[:count]
    return np.asarray(order[np.isfinite(total[order])])


def _apart(column: pd.Series, own: pd.Series) -> np.ndarray:
    """Return the distance in one column, 0 to 1; it is 1 between a value and a missing value."""
    gaps, gap = column.isna().to_numpy(), bool(own.isna().iloc[0])
    if isinstance(column.dtype, pd.CategoricalDtype) or column.dtype == object:
        if column.dtype == object:
            return np.where(gaps != gap, 1.0, 0.0)
        far = (column.astype(object) != own.astype(object).iloc[0]).to_numpy(dtype=float)
    else:
        values = column.to_numpy(dtype="datetime64[s]" if column.dtype.kind == "M" else float).astype(float)
        mine = float(own.to_numpy(dtype="datetime64[s]" if column.dtype.kind == "M" else float).astype(float)[0])
        low, high = np.quantile(values[~gaps], [0.05, 0.95]) if not gaps.all() else (0.0, 1.0)
        far = np.clip(np.abs(values - mine) / ((high - low) or 1.0), 0.0, 1.0)
    return np.where(gaps | gap, np.where(gaps & gap, 0.0, 1.0), far)
