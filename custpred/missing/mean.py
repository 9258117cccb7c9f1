"""Missing values become the column's mean."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, ClassVar

from custpred.missing.base import Missing

if TYPE_CHECKING:
    import pandas as pd

    from custpred.step import State


class Mean(Missing):
    """Fills numbers with the column's mean; sensitive to skew and outliers.

    >>> import pandas as pd
    >>> X = pd.DataFrame({"income": [1.0, 2.0, 9.0, None]})
    >>> spec = Mean()
    >>> spec.apply(X, spec.learn(X, None, None, 0))["income"].tolist()
    [1.0, 2.0, 9.0, 4.0]
    """

    words: ClassVar[dict[str, str]] = Missing.words | {"number": "mean"}

    def fills(self, X: pd.DataFrame, names: list[str], seed: int) -> State:
        """Learn the replacement of each column."""
        import numpy as np

        from custpred.missing._values import Rules, learn_values

        return learn_values(X, names, Rules(np.mean))
