"""The contract of models: pure functions ``train``, ``raw``, ``contributions``, ``pack`` and ``unpack``.

A model holds options only.  The fitted state is a separate object, which ``pack`` turns into arrays and
JSON values and ``unpack`` rebuilds without running code, so that saved models need no pickle.  Raw scores
are additive numbers (logits, log-probabilities or values): blends average them, calibration maps them to
probabilities, and contributions add up to them.  ``_traits.py`` holds the optional members.
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

    Raw scores: binary, the logit (n,); multi-class, log-probabilities (n, k); regression, values (n,).

    >>> import numpy as np
    >>> import pandas as pd
    >>> from custpred.task import Fit, Rows, Task
    >>> model, fit = Model.parse({"kind": "logistic", "C": 0.5}), Fit(Task("binary", "left", ("no", "yes")))
    >>> fitted = model.train(Rows(pd.DataFrame({"f": [0.0, 1, 2, 3]}), np.array([0, 0, 1, 1])), None, fit)
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
        """Return additive contributions to ``raw``, (n, p + 1[, k]), last the start value; None if not available."""
        return None

    @classmethod
    def has_attributions(cls) -> bool:
        """Return whether it defines ``contributions``; otherwise its whole score is included in the start."""
        return cls.contributions is not Model.contributions

    def pack(self, fitted: Any) -> State:
        """Return the fitted object as plain data: JSON values, arrays, and ``bytes`` in the library's own format."""
        raise NotImplementedError

    def unpack(self, packed: State, fit: Fit) -> object:
        """Rebuild the fitted object from the data of ``pack``, without running code from it."""
        raise NotImplementedError

    def build(self, task: Task, seed: int = 0) -> Estimator:
        """Return an unfitted scikit-learn estimator that calls these functions."""
        from custpred.models._estimator import Estimator

        return Estimator(spec=self, task=task, seed=seed)
