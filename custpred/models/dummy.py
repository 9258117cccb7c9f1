"""``models: dummy``."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, ClassVar

from custpred.models.base import Model
from custpred.task import Suited

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from custpred.sql.rows import SqlMatrix
    from custpred.storage.plain import State
    from custpred.target.base import Target
    from custpred.task import Fit, Rows


class Dummy(Model):
    """The same prediction for everyone, the training shares or mean: what every model has to beat.

    >>> import numpy as np
    >>> import pandas as pd
    >>> from custpred.task import Fit, Rows, Task
    >>> model, fit, X = Dummy(), Fit(Task("regression", "spend")), pd.DataFrame({"f": [0.0, 1.0]})
    >>> model.raw(model.train(Rows(X, np.array([10.0, 30.0])), None, fit), X, fit).tolist()
    [20.0, 20.0]
    """

    accepts: ClassVar[frozenset[str]] = frozenset({"nothing"})
    baseline: ClassVar[bool] = True
    cheap: ClassVar[bool] = True
    everywhere: ClassVar[bool] = True
    immediate: ClassVar[bool] = True

    @classmethod
    def beside(cls, target: Target) -> Suited | None:
        """Return that it is on every leaderboard, as the minimum that any model has to beat."""
        return Suited(place=0)

    def train(self, rows: Rows, valid: Rows | None, fit: Fit) -> np.ndarray:
        """Return the constant raw score, shape () or (k,)."""
        import numpy as np

        from custpred.models._scores import shares_of

        if fit.task.kind == "regression":
            return np.asarray(np.average(rows.y, weights=rows.weight))
        scores: np.ndarray = np.log(shares_of(rows.y, rows.weight, fit.task.classes))
        return np.asarray(scores[1] - scores[0]) if fit.task.kind == "binary" else scores

    def raw(self, fitted: np.ndarray, X: pd.DataFrame, fit: Fit) -> np.ndarray:
        """Return the score, repeated for each row."""
        import numpy as np

        return np.repeat(fitted[None], len(X), axis=0)

    def sql(self, fitted: np.ndarray, X: SqlMatrix, fit: Fit, start: np.ndarray | None = None) -> list[str]:
        """Return the score."""
        return [X.dialect.literal(each) for each in fitted.reshape(-1)]

    def contributions(self, fitted: np.ndarray, X: pd.DataFrame, fit: Fit) -> np.ndarray:
        """Return only the start value: no column contributes."""
        import numpy as np

        parts = np.zeros((len(X), X.shape[1] + 1, *fitted.shape))
        parts[:, -1] = fitted
        return parts

    def pack(self, fitted: np.ndarray) -> State:
        """Return the score."""
        return {"score": fitted}

    def unpack(self, packed: State, fit: Fit) -> np.ndarray:
        """Read the score back."""
        import numpy as np

        return np.asarray(packed["score"], dtype=float)
