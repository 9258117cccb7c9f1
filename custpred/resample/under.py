"""Rows of large classes are dropped."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING

from custpred.resample._balancing import Balancing

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from custpred.resample._drawn import Drawn


class UnderSampling(Balancing):
    """Drops random rows of large classes until the smallest has ``ratio`` times their rows.

    >>> import numpy as np
    >>> import pandas as pd
    >>> y = np.repeat([0, 1], [90, 10])
    >>> frame = pd.DataFrame({"income": np.arange(100.0)})
    >>> X, fewer = UnderSampling(ratio=0.5).resample(frame, y, 0)
    >>> np.bincount(fewer).tolist()
    [20, 10]
    """

    def draw(self, X: pd.DataFrame, y: np.ndarray, seed: int) -> Drawn:
        """Return the rows that stay, in their original order."""
        from custpred.resample._drawn import lowered
        from custpred.resample._repeat import thin

        return thin(X, y, lowered(y, self.ratio), seed)
