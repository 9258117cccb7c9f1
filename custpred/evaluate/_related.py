"""Which columns to shuffle first, and which together: their relations to prediction and each other.

Each column is replaced by the mean prediction in its level or bin, E[prediction | column].  Columns
are ordered by the share of variance that this explains, adjusted for the number of levels (the
adjusted correlation ratio).  Columns with correlated replacements are shuffled together, as
shuffling one of them shows little (Fisher, Rudin and Dominici 2019, JMLR 20:177).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

BINS = 20
MIN_CORRELATION = 0.9
"""Minimum absolute correlation of two columns that are shuffled together."""
MAX_COLUMNS = 200
"""Maximum number of columns that are compared with each other, the most related first."""


def shuffle_groups(frame: pd.DataFrame, columns: Sequence[str], predicted: np.ndarray) -> list[list[str]]:
    """Return groups of columns to be shuffled together, the most related to predictions first.

    Parameters
    ----------
    frame
        Customers, one row each.
    columns
        Names to group, without repeats.
    predicted : ndarray of shape (n,) or (n, n_classes)
        Predictions of the same customers.

    Examples
    --------
    >>> months = [1, 2, 3, 4]
    >>> frame = pd.DataFrame({"noise": [1, 2, 1, 2], "months": months, "days": [30, 60, 90, 120]})
    >>> shuffle_groups(frame, ["noise", "months", "days"], np.array([0.1, 0.2, 0.3, 0.4]))
    [['months', 'days'], ['noise']]
    """
    target = _centred(predicted) if len(frame) else np.zeros(0)
    if not target.any():
        return [[name] for name in columns]
    means, related = {}, {}
    for name in columns:
        means[name], related[name] = _explained(frame[name], target)
    ordered = sorted(columns, key=lambda name: -related[name])
    return _joined(ordered, means)


def _centred(predicted: np.ndarray) -> np.ndarray:
    """Return one centred prediction per customer, shape (n,): of the class with most variance."""
    numbers = predicted.reshape(len(predicted), -1).astype(float)
    widest: np.ndarray = numbers[:, int(np.argmax(numbers.std(axis=0)))]
    return np.asarray(widest - widest.mean())


def _explained(values: pd.Series, target: np.ndarray) -> tuple[np.ndarray, float]:
    """Return E[prediction | column] minus its mean, (n,), and the adjusted correlation ratio."""
    codes, levels = _binned(values)
    rows = len(target)
    if levels >= rows:
        return target, 1.0 if _is_text(values) else 0.0
    counts = np.bincount(codes, minlength=levels)
    means = np.bincount(codes, weights=target, minlength=levels) / np.maximum(counts, 1)
    explained: np.ndarray = means[codes]
    share = float((explained**2).sum() / (target**2).sum())
    return explained, 1.0 - (1.0 - share) * (rows - 1) / max(rows - levels, 1)


def _binned(values: pd.Series) -> tuple[np.ndarray, int]:
    """Return each value's code (quantile bins for numbers and dates) and the number of codes."""
    if _is_text(values):
        codes, levels = pd.factorize(values, use_na_sentinel=False)
        return codes, len(levels)
    known = values.notna().to_numpy()
    distinct, ranks = np.unique(values.to_numpy()[known], return_inverse=True)
    if len(distinct) > BINS:
        edges = np.unique(np.quantile(ranks, np.linspace(0, 1, BINS + 1)))
        ranks = np.maximum(np.searchsorted(edges, ranks), 1)
    codes = np.zeros(len(values), dtype=np.intp)
    codes[known] = ranks + 1  # 0 is missing
    used, codes = np.unique(codes, return_inverse=True)
    return codes, len(used)


def _is_text(values: pd.Series) -> bool:
    return not pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_datetime64_any_dtype(values)


def _joined(ordered: Sequence[str], means: dict[str, np.ndarray]) -> list[list[str]]:
    """Return the groups: each column joins the first column with which it is correlated."""
    near, rest = list(ordered[:MAX_COLUMNS]), list(ordered[MAX_COLUMNS:])
    norms = {name: float(np.sqrt((means[name] ** 2).sum())) for name in near}
    groups: list[list[str]] = []
    for name in near:
        alike = next((group for group in groups if _alike(group[0], name, means, norms)), None)
        if alike is None:
            groups.append([name])
        else:
            alike.append(name)
    return [*groups, *([name] for name in rest)]


def _alike(one: str, other: str, means: dict[str, np.ndarray], norms: dict[str, float]) -> bool:
    scale = norms[one] * norms[other]
    return scale > 0 and abs(float(means[one] @ means[other])) >= MIN_CORRELATION * scale
