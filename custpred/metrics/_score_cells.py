"""Bin many binary predictions into cells of nearly equal scores, to bootstrap them quickly."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.task import Predictions


def press(predictions: Sequence[Predictions]) -> tuple[list[Predictions], np.ndarray]:
    """Return a row per cell for each prediction, with its weight, and the cells' numbers of rows.

    A cell holds rows of one outcome with scores between the same two of 2,000 quantiles (300 for
    two predictions together), fine enough to preserve the variance of a rank metric.  With weights,
    a cell counts as its effective number of rows (Kish 1965), whose total varies as that of its
    rows does.
    """
    levels = 2000 if len(predictions) == 1 else 300
    cell = (predictions[0].truth == 1).astype(np.intp)
    for each in predictions:
        cell = cell * levels + _level(each.positive, levels)
    rows = np.bincount(cell)
    there = np.flatnonzero(rows)
    rows = rows[there]
    weight = predictions[0].weight
    each_weight, sizes = np.ones(len(rows)), rows.astype(float)
    if weight is not None:
        total, squares = (np.maximum(np.bincount(cell, of)[there], 1e-300) for of in (weight, weight**2))
        each_weight, sizes = squares / total, total**2 / squares
    truth = np.bincount(cell, predictions[0].truth == 1)[there] / rows
    pressed = []
    for each in predictions:
        chance = np.bincount(cell, each.positive)[there] / rows
        both = np.stack([1.0 - chance, chance], axis=1)
        pressed.append(replace(each, truth=truth.astype(np.intp), predicted=both, weight=each_weight))
    return pressed, sizes


def _level(score: np.ndarray, levels: int) -> np.ndarray:
    step = max(1, len(score) // 50_000)
    edges = np.quantile(score[::step], np.arange(1, levels) / levels)
    return np.searchsorted(edges, score, side="right")
