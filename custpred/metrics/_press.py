"""Press many binary answers into a few thousand cells of nearly equal scores, to bootstrap them in milliseconds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.task import Predictions


def press(answers: Sequence[Predictions]) -> tuple[list[Predictions], np.ndarray]:
    """Return one answer a cell for each of the given ones, weighted by its mean row weight, and the rows in each cell.

    A cell holds rows of one outcome whose scores fall between the same two of 2,000 quantiles (300 for two answers
    at once), so that the spread of a rank metric stays as it was.
    """
    levels = 2000 if len(answers) == 1 else 300
    cell = (answers[0].truth == 1).astype(np.intp)
    for answer in answers:
        cell = cell * levels + _level(answer.positive, levels)
    rows = np.bincount(cell)
    there = np.flatnonzero(rows)
    rows = rows[there]
    weight = answers[0].weight
    mean_weight = np.ones(len(rows)) if weight is None else np.bincount(cell, weight)[there] / rows
    truth = np.bincount(cell, answers[0].truth == 1)[there] / rows
    pressed = []
    for answer in answers:
        chance = np.bincount(cell, answer.positive)[there] / rows
        both = np.stack([1.0 - chance, chance], axis=1)
        pressed.append(replace(answer, truth=truth.astype(np.intp), answer=both, weight=mean_weight))
    return pressed, rows


def _level(score: np.ndarray, levels: int) -> np.ndarray:
    step = max(1, len(score) // 50_000)
    edges = np.quantile(score[::step], np.arange(1, levels) / levels)
    return np.searchsorted(edges, score, side="right")
