"""Shared by calibrations: log loss, identity map, and the rule that a map must not be worse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from custpred.calibrate.base import Calibrate
    from custpred.storage.plain import State
    from custpred.task import Task


def losses(predicted: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return the log loss of each row, shape (n,), from probabilities of shape (n, k)."""
    chosen = predicted[np.arange(len(truth)), truth.astype(int)]
    return np.asarray(-np.log(np.clip(chosen, 1e-15, 1.0)))


def identity(reason: str = "") -> State:
    """Return the state of the identity map."""
    return {"map": "identity", "reason": reason}


def checked(
    calibrate: Calibrate,
    state: State,
    raw: np.ndarray,
    truth: np.ndarray,
    task: Task,
    weight: np.ndarray | None = None,
) -> State:
    """Return the state, or the identity's with the reason if the map increases the log loss."""
    before = np.average(losses(task.inverse_link(raw), truth), weights=weight)
    after = np.average(losses(calibrate.apply(raw, state, task), truth), weights=weight)
    if np.isfinite(after) and after <= before:
        return state
    return identity(f"the map would change the log loss from {before:.4f} to {after:.4f}")


def idle(raw: np.ndarray, truth: np.ndarray, task: Task) -> State | None:
    """Return the identity's state with the reason if no map can be fitted, None otherwise."""
    if task.kind == "regression":
        return identity("values need no calibration")
    if len(np.unique(truth)) < task.classes:
        return identity("a class has no customers in the rows to calibrate on")
    if not np.isfinite(raw).all():
        return identity("a raw score is not finite")
    return None
