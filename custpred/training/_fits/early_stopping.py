"""Fit of a model on prepared rows: which rows stop it, and its checked held-out scores."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from custpred.errors import ModelFault

if TYPE_CHECKING:
    from custpred.models.base import Model
    from custpred.task import Fit, Rows, Task

VALIDATION_SHARE = 0.15
"""Share of training rows used for early stopping by learners that are not ``halved``."""
MIN_VALIDATION_ROWS = 40
"""Minimum validation rows for early stopping; with fewer, learners use a fixed number of rounds."""


def trained(model: Model, rows: Rows, held: Rows, fit: Fit, units: np.ndarray | None = None) -> tuple[Any, Fit]:
    """Train a model; return it, and the fit with halves of customers ``units`` that stop it."""
    half = _half(held, model, fit, units)
    parts = _inner(rows, model, fit) if half is None else (rows, held)
    fit = replace(fit, half=half)
    return model.train(*parts, fit), fit


def _half(held: Rows, model: Model, fit: Fit, units: np.ndarray | None = None) -> np.ndarray | None:
    """Return a mask of half the held-out rows, stratified; None without early stopping."""
    if not model.halved or len(held.y) < MIN_VALIDATION_ROWS:
        return None
    if units is None:
        return drawn(held.y, 2, fit.seed)
    _, first, place = np.unique(units, return_index=True, return_inverse=True)
    half: np.ndarray = drawn(held.y[first], 2, fit.seed)[place]
    return half


def raw_scores(model: Model, fitted: Any, held: Rows, fit: Fit) -> np.ndarray:
    """Return held-out raw scores, halves predicted by the fit stopped on the other half."""
    if fit.half is None:
        return _checked(model.raw(fitted, held.X, fit), len(held.y), fit.task)
    by_half, by_rest = fitted.others
    rest = _checked(model.raw(by_half, held.X.loc[~fit.half], fit), int((~fit.half).sum()), fit.task)
    half = _checked(model.raw(by_rest, held.X.loc[fit.half], fit), int(fit.half.sum()), fit.task)
    raw = np.empty((len(held.y), *rest.shape[1:]))
    raw[~fit.half], raw[fit.half] = rest, half
    return raw


def _checked(raw: object, rows: int, task: Task) -> np.ndarray:
    """Return a model's raw scores after checking them against its contract.

    Raises
    ------
    ModelFault
        If they have a wrong shape, or are not finite numbers.
    """
    wanted = (rows, task.classes) if task.kind == "multiclass" else (rows,)
    try:
        scores = np.asarray(raw, dtype=float)
    except (TypeError, ValueError):
        raise ModelFault(f"The model's predictions are not numbers, but {type(raw).__name__}.") from None
    if scores.shape != wanted:
        raise ModelFault(f"The model's predictions have the shape {scores.shape}, expected {wanted}.")
    if not np.isfinite(scores).all():
        count = int((~np.isfinite(scores)).sum())
        raise ModelFault(f"{count:,} of the model's {scores.size:,} predictions are missing or infinite.")
    return scores


def drawn(y: np.ndarray, step: int, seed: int) -> np.ndarray:
    """Return a mask of every ``step``-th row in the order of ``y``, random among equal labels."""
    random = np.random.default_rng(seed)
    order = np.lexsort((random.random(len(y)), y))
    mask = np.zeros(len(y), dtype=bool)
    mask[order[random.integers(step) :: step]] = True
    return mask


def _inner(rows: Rows, model: Model, fit: Fit) -> tuple[Rows, Rows | None]:
    """Split off validation rows, stratified by class, for models with early stopping."""
    if not model.stops_early or len(rows.y) < MIN_VALIDATION_ROWS:
        return rows, None
    valid = drawn(rows.y, round(1 / VALIDATION_SHARE), fit.seed)
    return rows.take(~valid), rows.take(valid)
