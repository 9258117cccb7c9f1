"""Fit a straight line through raw scores by maximum likelihood."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.optimize import minimize

RIDGE = 1e-6
"""Keeps the shifts finite where a class is separated perfectly."""


def platt(raw: np.ndarray, truth: np.ndarray, weight: np.ndarray | None = None) -> tuple[float, float]:
    """Return slope and shift of ``sigmoid(slope z + shift)``, fitted to Platt's smoothed targets."""
    known = (truth == 1).astype(float)
    positives = float(known.sum() if weight is None else weight @ known / weight.mean())
    negatives = len(truth) - positives
    target = np.where(truth == 1, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    design = np.column_stack([raw, np.ones_like(raw)])

    def loss(line: np.ndarray) -> tuple[float, np.ndarray]:
        score = design @ line
        error = 0.5 + 0.5 * np.tanh(0.5 * score) - target
        mean = np.average(np.logaddexp(0.0, score) - target * score, weights=weight)
        value = mean + 0.5 * RIDGE * (line[0] - 1.0) ** 2
        if weight is not None:
            error *= weight / weight.mean()
        return float(value), design.T @ error / len(raw) + RIDGE * np.array([line[0] - 1.0, 0.0])

    slope, shift = _minimum(loss, np.array([1.0, 0.0]))
    return float(slope), float(shift)


def scaled(raw: np.ndarray, truth: np.ndarray, weight: np.ndarray | None = None) -> tuple[float, list[float]]:
    """Return slope and one shift per class of ``softmax(slope z + shift)``; the shifts sum to 0."""
    rows, classes = raw.shape
    score_of_truth = raw[np.arange(rows), truth.astype(int)]
    counts = np.bincount(truth.astype(int), weight, classes) / (rows if weight is None else weight.sum())

    def mean(values: np.ndarray) -> Any:
        return np.average(values, axis=0, weights=weight)

    def loss(line: np.ndarray) -> tuple[float, np.ndarray]:
        score = line[0] * raw + line[1:]
        top = score.max(axis=1, keepdims=True)
        odds = np.exp(score - top)
        total = odds.sum(axis=1, keepdims=True)
        chance = odds / total
        pull = RIDGE * (line - np.eye(1, classes + 1)[0])
        value = mean(top[:, 0] + np.log(total[:, 0])) - line[0] * mean(score_of_truth) - counts @ line[1:]
        slope = mean((chance * raw).sum(axis=1) - score_of_truth)
        return float(value + 0.5 * pull @ pull / RIDGE), np.r_[slope, mean(chance) - counts] + pull

    line = _minimum(loss, np.eye(1, classes + 1)[0])
    return float(line[0]), [float(shift) for shift in line[1:] - line[1:].mean()]


def _minimum(loss: object, start: np.ndarray) -> np.ndarray:
    found: np.ndarray = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 200}).x
    return found
