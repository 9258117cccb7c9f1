"""Missing values in numbers become the mean of the most similar customers."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from custpred.missing.base import Missing
from custpred.spec import Range

if TYPE_CHECKING:
    import pandas as pd

    from custpred.columns.batch import ColumnBatch
    from custpred.step import State


class NearestNeighbours(Missing):
    """Fills numbers with the mean of the nearest customers by their other numbers; slower.

    Categories get their most frequent level.  Distances are Euclidean over the standardised numbers
    that both customers have, scaled up for the missing ones.

    References
    ----------
    Troyanskaya et al. (2001), Missing value estimation methods for DNA microarrays, Bioinformatics
    17(6), KNNimpute.  The distance is that of scikit-learn's ``KNNImputer``.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> X = pd.DataFrame({"income": np.arange(50.0), "spend": 2 * np.arange(50.0)})
    >>> X.loc[20, "spend"] = np.nan
    >>> spec = NearestNeighbours(neighbours=4)
    >>> float(spec.apply(X, spec.learn(X, None, None, 0))["spend"][20])
    40.0
    """

    words: ClassVar[dict[str, str]] = Missing.words | {"number": "mean of the nearest customers"}
    keeps_rows: ClassVar[bool] = True

    neighbours: Annotated[
        int, Field(ge=1, le=64, description="Number of nearest customers to average."), Range(2, 30)
    ] = 5
    donors: Annotated[
        int, Field(ge=10, le=5000, description="Maximum of training customers to compare with, sampled.")
    ] = 2000

    def fills(self, X: pd.DataFrame, names: list[str], seed: int) -> State:
        """Learn means for numbers without neighbours, and store the customers to compare with."""
        import numpy as np

        from custpred.missing import _neighbours
        from custpred.missing._values import Rules, learn_values

        fill = learn_values(X, names, Rules(np.mean))
        return fill | _neighbours.learn(X, fill, self.donors, seed)

    def filled(self, batch: ColumnBatch, fill: State) -> dict[str, object]:
        """Return the columns with filled missing values."""
        from custpred.missing import _neighbours

        return super().filled(batch, fill) | _neighbours.fill(batch, fill, self.neighbours)
