"""The contract of models: pure functions ``train``, ``raw``, ``contributions``, ``pack``, ...

A model holds options only.  The fitted state is a separate object, which ``pack`` turns into arrays
and JSON values and ``unpack`` rebuilds without running code: saved models need no pickle.  Raw
scores are additive (logits, log-probabilities or values): blends average them, calibration maps
them to probabilities, and contributions add up to them.  ``_traits.py`` holds optional members.
"""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, Any

from custpred.models._traits import ModelTraits

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from custpred.models._estimator import Estimator
    from custpred.storage.plain import State
    from custpred.task import Fit, Rows, Task


class Model(ModelTraits):
    """A learner.

    Raw scores: binary, the logit (n,); multi-class, log-probabilities (n, k); values (n,).

    >>> import numpy as np
    >>> import pandas as pd
    >>> from custpred.task import Fit, Rows, Task
    >>> model = Model.parse({"kind": "logistic", "C": 0.5})
    >>> fit = Fit(Task("binary", "left", ("no", "yes")))
    >>> rows = Rows(pd.DataFrame({"f": [0.0, 1, 2, 3]}), np.array([0, 0, 1, 1]))
    >>> fitted = model.train(rows, None, fit)
    >>> model.raw(fitted, pd.DataFrame({"f": [0.0, 3.0]}), fit).round(1).tolist()
    [-0.8, 0.8]
    """

    def train(self, rows: Rows, valid: Rows | None, fit: Fit) -> object:
        """Fit the model and return the fitted object, which the other functions take."""
        raise NotImplementedError

    def raw(self, fitted: Any, X: pd.DataFrame, fit: Fit) -> np.ndarray:
        """Return raw scores of new rows."""
        raise NotImplementedError

    def contributions(self, fitted: Any, X: pd.DataFrame, fit: Fit) -> np.ndarray | None:
        """Return contributions to ``raw``, (n, p + 1[, k]), last the start; None if unavailable."""
        return None

    @classmethod
    def has_attributions(cls) -> bool:
        """Return whether it defines ``contributions``; else its score is part of the start."""
        return cls.contributions is not Model.contributions

    def pack(self, fitted: Any) -> State:
        """Return the fitted object as JSON values, arrays, and the library's own ``bytes``."""
        raise NotImplementedError

    def unpack(self, packed: State, fit: Fit) -> object:
        """Rebuild the fitted object from the data of ``pack``, without running code from it."""
        raise NotImplementedError

    def build(self, task: Task, seed: int = 0) -> Estimator:
        """Return an unfitted scikit-learn estimator that calls these functions."""
        from custpred.models._estimator import Estimator

        return Estimator(spec=self, task=task, seed=seed)
