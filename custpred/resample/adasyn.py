"""Synthetic rows of small classes, near rows of other classes."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from custpred.resample._balancing import Balancing
from custpred.spec import Range

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from custpred.resample._drawn import Drawn


class Adasyn(Balancing):
    """Makes synthetic rows of small classes as SMOTE does, more near rows of other classes.

    If no row of another class is near, or with categories, it falls back to SMOTE with a note.

    References
    ----------
    He et al. (2008), ADASYN: Adaptive Synthetic Sampling Approach for Imbalanced Learning, IJCNN.
    """

    neighbours: Annotated[
        int, Field(ge=1, le=100, description="Number of neighbours; fewer if the class is smaller."), Range(2, 15)
    ] = 5

    def needs(self) -> frozenset[str]:
        """Return the requirements: no missing values, and only numbers."""
        return frozenset({"filled", "numbers"})

    def draw(self, X: pd.DataFrame, y: np.ndarray, seed: int) -> Drawn:
        """Return all rows unchanged, followed by synthetic ones."""
        from custpred.resample._synthetic import Order, synthesise

        return synthesise(X, y, Order("adasyn", self.ratio, self.neighbours, seed))
