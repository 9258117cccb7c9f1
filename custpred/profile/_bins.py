"""Histograms with the target in each bin, without the value of any single customer."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from custpred.profile._plain import few, number
from custpred.storage.plain import JSON
from custpred.text import plain

if TYPE_CHECKING:
    from custpred.profile._numbers import Numbers
    from custpred.profile._survey import Survey
    from custpred.task import Task

BINS = 20
LEVELS = 12
MIN_CELL = 10

Bin = JSON


def draw(found: Survey, name: str) -> JSON:
    """Return one column's kind and bins, as ``skew`` describes them."""
    kind = found.table.column(name).kind
    truth, task = found.truth, found.task
    if kind == "category":
        bins = _of_levels(found, name)
    elif kind == "code" and found.numbers[name].distinct <= BINS:
        bins = _of_codes(found.values(name), truth, task)
    else:
        values = found.values(name)
        bins = histogram(values, found.numbers[name], truth, task, whole=kind != "date" and is_whole(values))
        bins = [_dated(each) for each in bins] if kind == "date" else bins
    return {"kind": kind, "bins": bins}


def histogram(
    values: np.ndarray, found: Numbers, truth: np.ndarray | None, task: Task | None, *, whole: bool = False
) -> list[Bin]:
    """Return at most 20 bins of equal width between the 1 % and 99 % quantiles, open at the ends.

    Bins of ``whole`` numbers begin at whole numbers; their ``high`` belongs to the next bin.
    """
    low, high = found.quantiles[0], found.quantiles[-1]
    if not found.distinct:
        return []
    if not high > low:
        low, high = found.range if found.range[1] > found.range[0] else (found.range[0], found.range[0] + 1.0)
    most = min(BINS, max(found.distinct, 1))
    edges = _steps(low, high, most) if whole else np.linspace(low, high, most + 1)
    inner = edges[1:-1]
    missing = ~np.isfinite(values)
    codes = np.searchsorted(inner, values, side="right")
    codes[missing] = len(edges) - 1
    names: list[Bin] = [{"low": number(start), "high": number(end)} for start, end in pairwise(edges)]
    names[0]["low"] = names[-1]["high"] = None
    if whole:
        names = [{**name, "whole": True} for name in names]
    return _counted(codes, [*names, {"level": "missing"}], truth, task)


def is_whole(values: np.ndarray) -> bool:
    """Return whether all non-missing numbers are whole."""
    known = values[np.isfinite(values)]
    return bool((known == np.floor(known)).all())


def _steps(low: float, high: float, most: int) -> np.ndarray:
    """Return the edges of bins of whole width that cover all whole numbers from low to high.

    >>> _steps(0.0, 71.0, 20).tolist()[:4], _steps(1.0, 3.0, 3).tolist()
    ([0.0, 4.0, 8.0, 12.0], [1.0, 2.0, 3.0, 4.0])
    """
    first, last = np.floor(low), np.floor(high)
    width = np.ceil((last - first + 1) / most)
    return np.asarray(first + width * np.arange(np.ceil((last - first + 1) / width) + 1))


def _of_codes(values: np.ndarray, truth: np.ndarray | None, task: Task | None) -> list[Bin]:
    missing = np.isnan(values)
    different, place = np.unique(values[~missing], return_inverse=True)
    codes = np.full(len(values), len(different))
    codes[~missing] = place
    return _merged(codes, [f"{value:g}" for value in different], truth, task, in_order=True)


def _of_levels(found: Survey, name: str) -> list[Bin]:
    column = found.table.frame[name]
    codes = column.cat.codes.to_numpy().astype(np.intp)
    labels = [plain(level, 60) for level in column.cat.categories]
    codes[codes < 0] = len(labels)
    return _merged(codes, labels, found.truth, found.task)


def _merged(
    codes: np.ndarray, labels: list[str], truth: np.ndarray | None, task: Task | None, *, in_order: bool = False
) -> list[Bin]:
    """Return the most common levels and 'other'; the last code stands for missing values."""
    counts = np.bincount(codes, minlength=len(labels) + 1)[: len(labels)]
    most = BINS if in_order else LEVELS
    kept = np.argsort(-counts, kind="stable")[:most]
    kept = kept[counts[kept] >= MIN_CELL]
    kept = np.sort(kept) if in_order else kept
    place = np.full(len(labels) + 1, len(kept))
    place[kept] = np.arange(len(kept))
    place[-1] = len(kept) + 1
    names: list[Bin] = [{"level": labels[each]} for each in kept]
    return _counted(place[codes], [*names, {"level": "other"}, {"level": "missing"}], truth, task)


def _counted(codes: np.ndarray, names: list[Bin], truth: np.ndarray | None, task: Task | None) -> list[Bin]:
    """Add rows and target to each bin; empty 'other' and 'missing' are left out."""
    rows = np.bincount(codes, minlength=len(names))
    targets = _targets(codes, rows, truth, task)
    return [
        {**name, "rows": few(int(count), MIN_CELL), "target": target}
        for name, count, target in zip(names, rows, targets, strict=True)
        if count or "level" not in name
    ]


def _targets(codes: np.ndarray, rows: np.ndarray, truth: np.ndarray | None, task: Task | None) -> list[object]:
    if truth is None or task is None:
        return [None] * len(rows)
    size = np.maximum(rows, 1)
    if task.kind == "multiclass":
        cells = np.bincount(codes * task.classes + truth.astype(np.intp), minlength=len(rows) * task.classes)
        shares = cells.reshape(len(rows), task.classes) / size[:, None]
        found = [[number(share, 4) for share in row] for row in shares]
    else:
        weight = (truth == 1).astype(np.float64) if task.kind == "binary" else truth
        found = [number(mean) for mean in np.bincount(codes, weight, minlength=len(rows)) / size]  # type: ignore[misc]
    return [target if count >= MIN_CELL else None for target, count in zip(found, rows, strict=True)]


def _dated(bin_: Bin) -> Bin:
    """Write a bin's edges as days."""
    if "level" in bin_:
        return bin_
    ends = {"from": bin_["low"], "to": bin_["high"]}
    days = {key: None if end is None else str(np.datetime64(int(end), "s"))[:10] for key, end in ends.items()}
    return {**days, "rows": bin_["rows"], "target": bin_["target"]}
