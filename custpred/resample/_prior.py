"""Prior correction: from class shares of resampled or weighted rows to the true ones."""

from __future__ import annotations

import numpy as np


def shares(y: np.ndarray, classes: int, weight: np.ndarray | None = None) -> np.ndarray:
    """Return each class's share of the rows, or of their weight, shape (n_classes,)."""
    found = np.bincount(np.asarray(y, dtype=np.int64), weights=weight, minlength=classes)
    part: np.ndarray = found / found.sum()
    return part


def correction(true_shares: np.ndarray, trained_shares: np.ndarray) -> np.ndarray:
    """Return the offset for raw scores that corrects probabilities to the true class shares.

    By Bayes' rule, resampling multiplies the odds of a class by its trained share over its true
    share; subtracting the logarithm of this factor undoes it.

    Parameters
    ----------
    true_shares : ndarray of shape (n_classes,)
        Shares before resampling, in the order of the class codes.
    trained_shares : ndarray of shape (n_classes,)
        Shares of the rows, or of the row weights, that the model was trained on.

    Returns
    -------
    ndarray
        Two classes: (1,), to be added to the logit of class 1.  More: (n_classes,), to be added to
        log-probabilities, which must then be normalised again.  A class without rows gets 0.

    Raises
    ------
    ValueError
        If a class that has rows was not trained on.

    References
    ----------
    Saerens et al. (2002), Adjusting the Outputs of a Classifier to New a Priori Probabilities,
    Neural Computation 14(1), eq. 2.4; Elkan (2001), Cost-Sensitive Learning, IJCAI, theorem 2.

    >>> correction(np.array([0.9, 0.1]), np.array([0.5, 0.5])).round(3)
    array([-2.197])
    """
    true, trained = np.asarray(true_shares, dtype=float), np.asarray(trained_shares, dtype=float)
    if ((true > 0) & (trained <= 0)).any():
        raise ValueError("Expected training rows of every class, but resampling left none of one class.")
    held = true > 0
    shift: np.ndarray = np.log(np.where(held, true, 1.0)) - np.log(np.where(held, trained, 1.0))
    return shift[1:] - shift[:1] if len(shift) == 2 else shift
