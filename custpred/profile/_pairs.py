"""How strongly columns are associated, on one scale from 0 to 1 for every pair of kinds."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from custpred.profile._signal import midranks, spearman

if TYPE_CHECKING:
    from custpred.profile._survey import Survey

_LEVELS = 50


def pairs(found: Survey, names: list[str]) -> list[tuple[str, str, float]]:
    """Return all pairs of the named columns with their strength, strongest first.

    Two ordered columns: absolute Spearman correlation.  A category and an ordered column: the
    correlation ratio of ranks.  Two categories: corrected Cramer's V (Bergsma 2013, eq. 5).
    """
    rows, chance = found.sample
    rows = rows[:chance]
    ordered = [name for name in names if name not in found.levels]
    listed = [name for name in names if name in found.levels]
    if len(rows) < 3:
        return []
    ranks = {name: midranks(found.values(name, rows)) for name in ordered}
    codes = {name: _common(found.codes(name)[:chance]) for name in listed}
    each = [(one, other, _strength(one, other, ranks, codes)) for one, other in combinations(names, 2)]
    return sorted(each, key=lambda pair: -pair[2])


def _strength(one: str, other: str, ranks: dict[str, np.ndarray], codes: dict[str, np.ndarray]) -> float:
    if one in ranks and other in ranks:
        return spearman(ranks[one], ranks[other])
    if one in codes and other in codes:
        return _cramer(codes[one], codes[other])
    return _ratio(codes[one], ranks[other]) if one in codes else _ratio(codes[other], ranks[one])


def _common(codes: np.ndarray) -> np.ndarray:
    """Return codes of the 50 most common levels; all others share one code."""
    counts = np.bincount(codes)
    rank = np.empty(len(counts), dtype=np.intp)
    rank[np.argsort(-counts, kind="stable")] = np.arange(len(counts))
    return np.asarray(np.minimum(rank[codes], _LEVELS))


def _ratio(codes: np.ndarray, rank: np.ndarray) -> float:
    """Return the correlation ratio, corrected for the number of levels (Kelley 1935)."""
    size = np.maximum(np.bincount(codes), 1)
    rank = rank - rank.mean()
    total = float((rank * rank).sum())
    between = float((np.bincount(codes, rank) ** 2 / size).sum())
    free = len(codes) - len(size)
    if total <= 0 or free <= 0:
        return 0.0
    return float(np.sqrt(max(0.0, 1.0 - (1.0 - between / total) * (len(codes) - 1) / free)))


def _cramer(one: np.ndarray, other: np.ndarray) -> float:
    rows, width = len(one), int(other.max()) + 1
    table = np.bincount(one * width + other, minlength=(int(one.max()) + 1) * width).reshape(-1, width).astype(float)
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    first, second = table.shape
    if min(first, second) < 2:
        return 0.0
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / rows
    phi = max(0.0, float(((table - expected) ** 2 / expected).sum()) / rows - (first - 1) * (second - 1) / (rows - 1))
    first_fair = first - (first - 1) ** 2 / (rows - 1)
    second_fair = second - (second - 1) ** 2 / (rows - 1)
    return float(min(1.0, np.sqrt(phi / max(min(first_fair, second_fair) - 1, 1e-12))))
