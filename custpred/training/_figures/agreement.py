"""How far two models agree on the same rows."""

from __future__ import annotations

import math

import numpy as np

from custpred.profile._signal import midranks


def agreement(one: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """Return the rank correlation of two models' predictions, and their mean absolute difference.

    Parameters
    ----------
    one, other : ndarray of shape (n,) or (n, n_classes)
        Values, or probabilities: their mean correlation over classes, and the total variation.

    Returns
    -------
    tuple of float
        Correlation and difference; the correlation is nan if predictions are constant.

    Examples
    --------
    >>> import numpy as np
    >>> agreement(np.array([1.0, 2, 4]), np.array([1.0, 3, 5]))
    (1.0, 0.6666666666666666)
    """
    apart = np.abs(one - other)
    difference = float(apart.mean() if one.ndim == 1 else apart.sum(axis=1).mean() / 2)
    pairs = zip(np.atleast_2d(one.T), np.atleast_2d(other.T), strict=True)
    found = [_correlation(midranks(first), midranks(second)) for first, second in pairs]
    known = [each for each in found if not math.isnan(each)]
    return (sum(known) / len(known) if known else math.nan), difference


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Return Pearson's correlation; nan if one array is constant."""
    one, other = one - one.mean(), other - other.mean()
    scale = math.sqrt((one @ one) * (other @ other))
    return float(one @ other) / scale if scale > 0 else math.nan
