"""The scikit-learn interface of steps: one transformer that calls their pure functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from custpred.columns.fitted_step import FittedStep, fit_step

if TYPE_CHECKING:
    from sklearn.utils import Tags

    from custpred.step import State
    from custpred.task import Task


class FrameEstimator(BaseEstimator):
    """Base of estimators that take frames or arrays, both with missing values."""

    def _frame(self, X: object, *, reset: bool) -> pd.DataFrame:
        """Return ``X`` as a frame; arrays are validated and get columns named x0, x1, ..."""
        if isinstance(X, pd.DataFrame):
            validate_data(self, X, reset=reset, skip_check_array=True)
            return X
        array = validate_data(self, X, reset=reset, dtype="numeric", ensure_all_finite="allow-nan")
        return pd.DataFrame(np.asarray(array, dtype=float), columns=[f"x{i}" for i in range(array.shape[1])])

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


class StepEstimator(FrameEstimator):
    """Base of transformers and samplers: parameters, and class codes of labels."""

    def __init__(self, spec: Any = None, task: Task | None = None, seed: int = 0) -> None:
        self.spec, self.task, self.seed = spec, task, seed

    def _truth(self, y: object, rows: int) -> np.ndarray | None:
        if y is None:
            return None
        truth = np.ravel(check_array(y, ensure_2d=False, dtype=None))
        if len(truth) != rows:
            raise ValueError(f"X has {rows} rows, but y has {len(truth)}.")
        return np.unique(truth, return_inverse=True)[1] if truth.dtype.kind in "OUSb" else truth


class Transformer(TransformerMixin, StepEstimator):
    """A step for scikit-learn's pipelines; ``fitted_``: the step, ``state_``: what it learned.

    >>> import pandas as pd
    >>> from custpred.missing.base import Missing
    >>> step = Missing.parse("mean").build().fit(pd.DataFrame({"income": [1.0, 3.0]}))
    >>> step.transform(pd.DataFrame({"income": [None, 5.0]}, dtype=float))["income"].tolist()
    [2.0, 5.0]
    """

    def fit(self, X: object, y: object = None) -> Self:
        """Learn from training rows."""
        self.fit_transform(X, y)
        return self

    def fit_transform(self, X: object, y: object = None) -> object:
        """Fit on training rows and return them transformed."""
        frame = self._frame(X, reset=True)
        self.fitted_, out = fit_step(self.spec, frame, self._truth(y, len(frame)), self.task, self.seed)
        return self._like(X, out)

    def transform(self, X: object) -> object:
        """Return new rows transformed."""
        check_is_fitted(self, "fitted_")
        return self._like(X, self.fitted_.transform(self._frame(X, reset=False)))

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Return the names of the output columns of ``transform``."""
        check_is_fitted(self, "fitted_")
        return np.asarray(self.fitted_.names_out, dtype=object)

    @property
    def state_(self) -> State:
        """Return what the step learned: JSON values and arrays."""
        fitted: FittedStep = self.fitted_
        return fitted.state

    def lineage(self) -> dict[str, tuple[str, ...]]:
        """Return, for every output column, the input columns that it was made from."""
        made: dict[str, tuple[str, ...]] = self.fitted_.lineage()
        return made

    @staticmethod
    def _like(X: object, out: pd.DataFrame) -> object:
        return out if isinstance(X, pd.DataFrame) else out.to_numpy(dtype=float)
