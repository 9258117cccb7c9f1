"""Missing numbers become the prediction of a regression on the other numbers."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from custpred.missing.base import Missing
from custpred.spec import Range

if TYPE_CHECKING:
    import pandas as pd

    from custpred.columns.batch import ColumnBatch
    from custpred.step import State


class Regression(Missing):
    """Fills numbers with predictions of a ridge regression on the others, in rounds.

    For related columns.  Categories get their most frequent level; a column without missing values
    in training gets its mean.  Predictions are clipped to the training range, and deterministic.

    References
    ----------
    van Buuren & Groothuis-Oudshoorn (2011), mice: Multivariate Imputation by Chained Equations in
    R, J. of Statistical Software 45(3), section 2.3, predictions of ``norm.predict``.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> X = pd.DataFrame({"income": np.arange(50.0), "spend": 2 * np.arange(50.0)})
    >>> X.loc[20, "spend"] = np.nan
    >>> round(float(Regression().apply(X, Regression().learn(X, None, None, 0))["spend"][20]), 1)
    40.0
    """

    words: ClassVar[dict[str, str]] = Missing.words | {"number": "regression on the other numbers"}

    rounds: Annotated[int, Field(ge=1, le=50, description="Number of rounds over the columns."), Range(1, 10)] = 5
    penalty: Annotated[
        float, Field(gt=0, description="Ridge: share added to the predictors' variance."), Range(1e-5, 1.0, log=True)
    ] = 1e-3

    def fills(self, X: pd.DataFrame, names: list[str], seed: int) -> State:
        """Learn the initial means and the coefficients of each round."""
        import numpy as np

        from custpred.missing import _chained
        from custpred.missing._values import Rules, learn_values

        fill = learn_values(X, names, Rules(np.mean))
        return fill | _chained.learn(X, list(fill["number"]), _chained.Chain(self.rounds, self.penalty, seed))

    def filled(self, batch: ColumnBatch, fill: State) -> dict[str, object]:
        """Return the columns with filled missing values."""
        from custpred.missing import _chained

        return super().filled(batch, fill) | _chained.fill(batch, fill)
