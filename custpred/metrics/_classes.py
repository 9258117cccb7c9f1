"""Indicators by row and class, for metrics that compare the most likely class with the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from custpred.task import Predictions


def most_likely(predictions: Predictions) -> np.ndarray:
    """Return the code of the most likely class, shape (n_customers,); the lowest code of a tie."""
    predicted: np.ndarray = predictions.predicted
    if predicted.shape[1] == 2:
        return np.asarray(predicted[:, 1] > predicted[:, 0], dtype=np.intp)
    return np.asarray(predicted.argmax(axis=1))


def indicators(codes: np.ndarray, classes: int) -> np.ndarray:
    """Return 0/1 columns, one per class, shape (n_customers, n_classes)."""
    return np.asarray(codes[:, None] == np.arange(classes), dtype=np.float64)


def probability_of_truth(predictions: Predictions) -> np.ndarray:
    """Return the probability of the true class for each row, shape (n_customers,)."""
    if predictions.predicted.shape[1] == 2:
        return np.where(predictions.truth == 1, predictions.predicted[:, 1], predictions.predicted[:, 0])
    return predictions.predicted[np.arange(len(predictions)), predictions.truth.astype(np.intp)]


def mean_of_defined(values: np.ndarray) -> np.ndarray:
    """Return the mean over the last axis, ignoring nan; nan if all are nan."""
    there = ~np.isnan(values)
    total = np.where(there, values, 0.0).sum(axis=-1)
    mean: np.ndarray = np.divide(total, there.sum(axis=-1))
    return mean
