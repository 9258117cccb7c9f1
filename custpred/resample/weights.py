"""Every class weighs the same."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, ClassVar

from custpred.resample.base import Resample

if TYPE_CHECKING:
    import numpy as np


class Weights(Resample):
    """Weighs rows so that every class counts the same; no row is lost or repeated.

    References
    ----------
    King & Zeng (2001), Logistic Regression in Rare Events Data, Political Analysis 9(2), equation 8: a row of a class
    weighs the class's wanted share by its true share.

    Examples
    --------
    >>> import numpy as np
    >>> Weights().weights(np.repeat([0, 1], [8, 2]))[[0, -1]].tolist()
    [0.625, 2.5]
    """

    changes_rows: ClassVar[bool] = False

    def weights(self, y: np.ndarray) -> np.ndarray | None:
        """Return the number of rows by the number of classes times the class's rows; mean 1, shape (n_rows,)."""
        import numpy as np

        from custpred.resample._drawn import counts

        counts(y)
        _, places, found = np.unique(y, return_inverse=True, return_counts=True)
        balanced: np.ndarray = (len(y) / (len(found) * found))[places] if len(y) else np.ones(0)
        return balanced
