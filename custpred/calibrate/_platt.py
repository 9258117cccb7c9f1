"""Platt scaling: a linear function of the raw score, fitted by maximum likelihood."""

from __future__ import annotations

import numpy as np

RIDGE = 1e-6
"""Penalty on the distance from slope 1, shifts 0: finite solutions for separable classes."""
_STEPS, _HALVINGS, _TOLERANCE = 100, 30, 1e-9


def platt(raw: np.ndarray, truth: np.ndarray, weight: np.ndarray | None) -> tuple[float, float]:
    """Return slope and shift of ``sigmoid(slope z + shift)``, fitted to Platt's smoothed targets.

    Newton's method with a backtracking line search (Lin, Lin and Weng 2007).
    """
    weights = np.ones(len(raw)) if weight is None else weight / weight.mean()
    positives = float(weights @ (truth == 1))
    target = np.where(truth == 1, (positives + 1) / (positives + 2), 1 / (len(truth) - positives + 2))
    design = np.column_stack([raw, np.ones_like(raw)])
    line = np.array([min(1.0, 10.0 / max(float(np.abs(raw).max()), 1e-9)), 0.0])  # saturated scores have no slope

    def loss(line: np.ndarray) -> float:
        score = design @ line
        return float(
            weights @ (np.logaddexp(0.0, score) - target * score) / len(raw) + RIDGE / 2 * (line[0] - 1.0) ** 2
        )

    for _ in range(_STEPS):
        chance = 0.5 + 0.5 * np.tanh(0.5 * (design @ line))
        gradient = design.T @ (weights * (chance - target)) / len(raw) + RIDGE * np.array([line[0] - 1.0, 0.0])
        if np.abs(gradient).max() <= _TOLERANCE:
            break
        bend = weights * chance * (1.0 - chance) / len(raw)
        step = np.linalg.solve((design.T * bend) @ design + np.diag([RIDGE, 1e-12]), gradient)
        now = loss(line)
        sizes = (0.5**halved for halved in range(_HALVINGS))
        size = next((size for size in sizes if loss(line - size * step) < now - 1e-4 * size * gradient @ step), None)
        if size is None:
            break  # no step reduces the loss by more than rounding error
        line = line - size * step
    return float(line[0]), float(line[1])
