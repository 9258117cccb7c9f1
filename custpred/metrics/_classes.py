"""Counts of hits and misses, per row and class, for the metrics that compare the likeliest class with the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from custpred.task import Predictions


def likeliest(predictions: Predictions) -> np.ndarray:
    """Return the code of the likeliest class, shape (n_customers,); the lower code where two are equal."""
    predicted: np.ndarray = predictions.predicted
    if predicted.shape[1] == 2:
        return np.asarray(predicted[:, 1] > predicted[:, 0], dtype=np.intp)
    return np.asarray(predicted.argmax(axis=1))


def indicators(codes: np.ndarray, classes: int) -> np.ndarray:
    """Return 0/1 columns, one a class, shape (n_customers, n_classes)."""
    return np.asarray(codes[:, None] == np.arange(classes), dtype=np.float64)


def probability_of_truth(predictions: Predictions) -> np.ndarray:
    """Return each row's probability of its true class, shape (n_customers,)."""
    if predictions.predicted.shape[1] == 2:
        return np.where(predictions.truth == 1, predictions.predicted[:, 1], predictions.predicted[:, 0])
    return predictions.predicted[np.arange(len(predictions)), predictions.truth.astype(np.intp)]


def mean_of_defined(values: np.ndarray) -> np.ndarray:
    """Return the mean over the last axis without nan; nan where all are."""
    there = ~np.isnan(values)
    total = np.where(there, values, 0.0).sum(axis=-1)
    mean: np.ndarray = np.divide(total, there.sum(axis=-1))
    return mean
