"""Calibration for ``auto``: the simplest with a cross-fitted log loss within noise of the best."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from custpred.calibrate._fit import losses
from custpred.calibrate.base import Calibrate
from custpred.columns.sampling import stratified

if TYPE_CHECKING:
    from custpred.task import Task

FOLDS = 5
MOST_ROWS, CELLS = 100_000, 1_000_000
"""Maximum rows, and maximum probabilities (rows times classes), of the comparison."""
ENOUGH = {"none": 0, "sigmoid": 50, "isotonic": 2000}
"""Minimum number of rows for each kind, simplest kind first."""
CONSTANT = 10
"""Maximum number of distinct raw scores of a model that is a constant in each fold."""


@dataclass(frozen=True)
class Choice:
    """The chosen calibration and the reason."""

    calibrate: Calibrate
    reason: str


def unchanged(reason: str) -> Choice:
    """Return the choice of no calibration, with its reason."""
    return Choice(Calibrate.nothing(), reason)


def explained(
    raw: np.ndarray, truth: np.ndarray, task: Task, seed: int = 0, weight: np.ndarray | None = None
) -> Choice:
    """Return the simplest of none, sigmoid and isotonic within noise of the best log loss, and why.

    Parameters
    ----------
    raw
        Out-of-fold raw scores of the blend, shape (n,) or (n, k).
    truth : ndarray of shape (n,)
        Class codes or values.
    weight : ndarray of shape (n,), optional
        Weight of each row.
    """
    if task.kind == "regression":
        bound = "" if task.floor is None else "; no training value is below 0, so predictions below 0 become 0"
        return unchanged(f"values need no calibration{bound}")
    generator = np.random.default_rng(seed)
    most = min(MOST_ROWS, max(ENOUGH["isotonic"], CELLS // task.classes))
    if len(truth) > most:
        rows = np.sort(generator.choice(len(truth), most, replace=False))
        raw, truth, weight = raw[rows], truth[rows], None if weight is None else weight[rows]
    if len(np.unique(raw if raw.ndim == 1 else raw[:, 0])) <= CONSTANT:
        return unchanged("a constant in each fold needs no calibration")
    folds = stratified(truth, FOLDS, generator)
    kinds = [kind for kind, least in ENOUGH.items() if len(truth) >= least]
    scaled = None if weight is None else weight / weight.mean()
    tried = {kind: _cross_fitted(Calibrate.find(kind)(), (raw, truth, scaled), task, folds) for kind in kinds}
    kind = _simplest(tried)
    shown = ", ".join(f"{each} {loss.mean():.4f}" for each, loss in tried.items())
    return Choice(Calibrate.find(kind)(), f"simplest within noise by cross-fitted log loss ({shown})")


def _simplest(tried: dict[str, np.ndarray]) -> str:
    """Return the chosen kind: a more complex one must gain more than one standard error."""
    kinds = list(tried)
    taken = kinds[0]
    for kind in kinds[1:]:
        won = tried[taken] - tried[kind]
        if won.mean() > won.std(ddof=1) / np.sqrt(len(won)):
            taken = kind
    return taken


def _cross_fitted(
    calibrate: Calibrate, rows: tuple[np.ndarray, np.ndarray, np.ndarray | None], task: Task, folds: np.ndarray
) -> np.ndarray:
    """Return each row's weighted log loss under a map fitted on the other folds, shape (n,)."""
    loss = losses(cross_fitted(calibrate, rows, task, folds), rows[1])
    return loss if rows[2] is None else loss * rows[2]


def cross_fitted(
    calibrate: Calibrate, rows: tuple[np.ndarray, np.ndarray, np.ndarray | None], task: Task, folds: np.ndarray
) -> np.ndarray:
    """Return probabilities (n, k) of cross-fitted maps; ``rows`` is (raw, truth, weight)."""
    raw, truth, weight = rows
    made = np.empty((len(truth), task.classes))
    for fold in range(FOLDS):
        held = folds == fold
        if held.any():
            option = {} if weight is None else {"weight": weight[~held]}
            made[held] = calibrate.apply(raw[held], calibrate.learn(raw[~held], truth[~held], task, **option), task)
    return made
