"""Bring probabilities that were learned on resampled or weighted rows back to the true shares of the classes."""

from __future__ import annotations

import numpy as np


def shares(y: np.ndarray, classes: int, weight: np.ndarray | None = None) -> np.ndarray:
    """Return each class's share of the rows, or of their weight, shape (n_classes,)."""
    found = np.bincount(np.asarray(y, dtype=np.int64), weights=weight, minlength=classes)
    part: np.ndarray = found / found.sum()
    return part


def correction(true_shares: np.ndarray, trained_shares: np.ndarray) -> np.ndarray:
    """Return what to add to raw scores, so that probabilities hold for the true shares of the classes.

    By Bayes' rule, resampling multiplies the odds of a class by its trained share over its true share; the logarithm
    takes that back.

    Parameters
    ----------
    true_shares : ndarray of shape (n_classes,)
        Shares before resampling, in the order of the class codes.
    trained_shares : ndarray of shape (n_classes,)
        Shares of the rows, or of the row weights, that the model was trained on.

    Returns
    -------
    ndarray
        Two classes: shape (1,), to be added to the logit of class 1.  More: shape (n_classes,), to be added to the
        log-probabilities, which then no longer sum to 1 until they are normalised.  A class without rows gets 0.

    Raises
    ------
    ValueError
        If a class that has rows was not trained on.

    References
    ----------
    Saerens, Latinne & Decaestecker (2002), Adjusting the Outputs of a Classifier to New a Priori Probabilities, Neural
    Computation 14(1), equation 2.4; Elkan (2001), The Foundations of Cost-Sensitive Learning, IJCAI, theorem 2.

    >>> correction(np.array([0.9, 0.1]), np.array([0.5, 0.5])).round(3)
    array([-2.197])
    """
    true, trained = np.asarray(true_shares, dtype=float), np.asarray(trained_shares, dtype=float)
    if ((true > 0) & (trained <= 0)).any():
        raise ValueError("Wanted rows of every class in training, but one that occurs had none left.")
    held = true > 0
    shift: np.ndarray = np.log(np.where(held, true, 1.0)) - np.log(np.where(held, trained, 1.0))
    return shift[1:] - shift[:1] if len(shift) == 2 else shift
