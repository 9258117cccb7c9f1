"""Rows of small classes are repeated."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING

from custpred.resample._balancing import Balancing

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from custpred.resample._drawn import Drawn


class OverSampling(Balancing):
    """Repeats random rows of small classes, up to ``ratio`` times the largest class's rows.

    >>> import numpy as np
    >>> import pandas as pd
    >>> y = np.repeat([0, 1], [90, 10])
    >>> X, more = OverSampling(ratio=1.0).resample(pd.DataFrame({"income": np.arange(100.0)}), y, 0)
    >>> np.bincount(more).tolist()
    [90, 90]
    """

    def draw(self, X: pd.DataFrame, y: np.ndarray, seed: int) -> Drawn:
        """Return all rows, followed by repeated ones."""
        from custpred.resample._drawn import raised
        from custpred.resample._repeat import repeat

        return repeat(X, y, raised(y, self.ratio), seed)
