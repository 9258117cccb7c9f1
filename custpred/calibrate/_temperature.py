"""Temperature scaling with a shift for each class, fitted by maximum likelihood."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize

from custpred.calibrate._platt import RIDGE


def scaled(raw: np.ndarray, truth: np.ndarray, weight: np.ndarray | None = None) -> tuple[float, list[float]]:
    """Return slope and shifts (one per class, sum 0) of ``softmax(slope z + shift)``."""
    rows, classes = raw.shape
    score_of_truth = raw[np.arange(rows), truth.astype(int)]
    counts = np.bincount(truth.astype(int), weight, classes) / (rows if weight is None else weight.sum())

    def mean(values: np.ndarray) -> np.ndarray:
        return np.asarray(np.average(values, axis=0, weights=weight))

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

    start = np.eye(1, classes + 1)[0]
    line: np.ndarray = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 200}).x
    return float(line[0]), [float(shift) for shift in line[1:] - line[1:].mean()]
