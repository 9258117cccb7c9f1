"""Synthetic rows of small classes, between neighbours."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from custpred.resample._balancing import Balancing
from custpred.spec import Range

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from custpred.resample._drawn import Drawn


class Smote(Balancing):
    """Makes synthetic rows of small classes between a row and a neighbour of its class.

    With numbers and categories it uses SMOTE-NC, with only categories SMOTE-N.  Neighbours are
    found on scaled numbers.  A class of one row is repeated instead.

    References
    ----------
    Chawla, Bowyer, Hall & Kegelmeyer (2002), SMOTE: Synthetic Minority Over-sampling Technique,
    JAIR 16, sections 4.2 and 6.1 (SMOTE-NC), 6.2 (SMOTE-N).
    """

    neighbours: Annotated[
        int,
        Field(ge=1, le=100, description="Neighbours to choose from; fewer if the class is smaller."),
        Range(2, 15),
    ] = 5

    def needs(self) -> frozenset[str]:
        """Return the requirement: no missing values."""
        return frozenset({"filled"})

    def draw(self, X: pd.DataFrame, y: np.ndarray, seed: int) -> Drawn:
        """Return all rows unchanged, followed by synthetic ones."""
        from custpred.resample._synthetic import Order, synthesise

        return synthesise(X, y, Order("smote", self.ratio, self.neighbours, seed))
