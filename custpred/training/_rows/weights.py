"""Weights of training rows, combined with the weights of resampling."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from custpred.errors import NotApplicable

if TYPE_CHECKING:
    from pathlib import Path

    from custpred.storage.plain import JSON
    from custpred.task import Predictions

FILE = "weight.npy"


def row_weights(data: Path) -> np.ndarray | None:
    """Return the weight of each training row; None: equal weights."""
    path = data / FILE
    return np.load(path) if path.exists() else None


def of_rows(weight: np.ndarray | None, rows: np.ndarray, balanced: np.ndarray | None = None) -> np.ndarray | None:
    """Return weights of rows times those of resampling, mean 1, as penalties are relative."""
    if weight is None:
        return balanced
    both = weight[rows] if balanced is None else weight[rows] * balanced
    return np.asarray(both / both.mean())


def of_prepared(
    weight: np.ndarray | None, fit: np.ndarray, positions: np.ndarray, balanced: np.ndarray | None
) -> np.ndarray | None:
    """Return the weights of prepared rows, whose positions in the rows ``fit`` are ``positions``.

    Raises
    ------
    NotApplicable
        If rows have weights and some of the prepared ones are synthetic, which have none.
    """
    if weight is None:
        return balanced
    if (positions < 0).any():
        raise NotApplicable("Synthetic rows have no weight: use resample: over, under or weights with 'weight'.")
    return of_rows(weight, fit[positions], balanced)


def weight_option(predictions: Predictions) -> JSON:
    """Return the weights as an option; empty if equal: plugins need not support weights."""
    return {} if predictions.weight is None else {"weight": predictions.weight}
