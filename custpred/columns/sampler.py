"""The imbalanced-learn interface for steps on training rows: samplers, and a row filter.

Apart from ``custpred.columns.transformer``, so that scoring customers loads no imbalanced-learn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd
from imblearn.base import SamplerMixin
from sklearn.utils.validation import column_or_1d

from custpred.columns.fitted_step import filter_rows
from custpred.columns.transformer import StepEstimator

if TYPE_CHECKING:
    from sklearn.utils import Tags


class RowSampler(SamplerMixin, StepEstimator):
    """Adds or removes training rows; imbalanced-learn's ``Pipeline`` skips it at predict time."""

    _sampling_type = "bypass"

    def fit(self, X: object, y: object = None) -> Self:
        """Learn from training rows; ``fit_resample`` also returns them."""
        self.fit_resample(X, y)
        return self

    def _target(self, y: object, rows: int) -> np.ndarray:
        if y is None:
            raise ValueError(f"{type(self).__name__} requires y to be passed, but the target y is None.")
        target: np.ndarray = column_or_1d(y, warn=True)
        if len(target) != rows:
            raise ValueError(f"X has {rows} rows, but y has {len(target)}.")
        return target

    def _fit_resample(self, X: object, y: object, **params: object) -> tuple[object, object]:
        kept: tuple[object, object] = self.fit_resample(X, y)
        return kept

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.estimator_type, tags.target_tags.required = "sampler", True
        return tags


class RowFilter(RowSampler):
    """A step that removes training rows; ``sample_indices_`` are positions of those that stay.

    >>> import numpy as np
    >>> import pandas as pd
    >>> from custpred.missing.base import Missing
    >>> X = pd.DataFrame({"income": [1.0, None, 5.0], "age": [30.0, None, 50.0]})
    >>> filter = Missing.parse({"kind": "drop", "rows": 0.5, "columns": None}).build()
    >>> kept, y = filter.fit_resample(X, np.array([0, 1, 0]))
    >>> filter.sample_indices_.tolist()
    [0, 2]
    """

    def fit_resample(self, X: object, y: object) -> tuple[object, object]:
        """Return the training rows to keep, and their targets."""
        frame = self._frame(X, reset=True)
        target = self._target(y, len(frame))
        self.state_, mask = filter_rows(self.spec, frame, self._truth(target, len(frame)), self.task, self.seed)
        self.sample_indices_ = np.flatnonzero(mask)
        kept = frame.loc[mask] if isinstance(X, pd.DataFrame) else frame.loc[mask].to_numpy(dtype=float)
        return kept, target[mask]
