"""Every class gets the same total weight."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, ClassVar

from custpred.resample.base import Resample

if TYPE_CHECKING:
    import numpy as np


class Weights(Resample):
    """Weights rows so that every class has the same total weight; no row is dropped or repeated.

    References
    ----------
    King & Zeng (2001), Logistic Regression in Rare Events Data, Political Analysis 9(2), equation
    8: the weight of a row is the target share of its class divided by the true share.

    Examples
    --------
    >>> import numpy as np
    >>> Weights().weights(np.repeat([0, 1], [8, 2]))[[0, -1]].tolist()
    [0.625, 2.5]
    """

    synonyms = ("class_weight", "balanced")
    changes_rows: ClassVar[bool] = False

    def weights(self, y: np.ndarray) -> np.ndarray | None:
        """Return n_rows / (n_classes * rows of the class) for each row; mean 1, shape (n_rows,)."""
        import numpy as np

        from custpred.resample._drawn import counts

        counts(y)
        _, places, found = np.unique(y, return_inverse=True, return_counts=True)
        balanced: np.ndarray = (len(y) / (len(found) * found))[places] if len(y) else np.ones(0)
        return balanced
