"""The scikit-learn and imbalanced-learn interface for every kind of resampling."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sklearn.utils.multiclass import check_classification_targets

from custpred.columns.sampler import RowSampler

if TYPE_CHECKING:
    from sklearn.utils import Tags

    from custpred.resample.base import Resample


class Sampler(RowSampler):
    """Resamples in ``fit_resample`` only; at predict time imbalanced-learn's ``Pipeline`` skips it.

    ``notes_`` holds findings, ``sample_indices_`` original positions, or None for synthetic rows.
    """

    def __init__(self, spec: Resample | None = None, seed: int = 0) -> None:
        self.spec, self.seed = spec, seed

    def fit_resample(self, X: object, y: object) -> tuple[object, object]:
        """Return resampled rows and their targets, of the same types as the input."""
        frame = self._frame(X, reset=True)
        target = self._target(y, len(frame))
        check_classification_targets(target)
        classes, codes = np.unique(target, return_inverse=True)
        drawn = self.spec.draw(frame, codes, self.seed)
        self.notes_, self.sample_indices_ = drawn.notes, drawn.indices
        rows = drawn.X if isinstance(X, pd.DataFrame) else drawn.X.to_numpy(dtype=float)
        return rows, classes[drawn.y]

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = self.spec is None or "filled" not in self.spec.needs()
        return tags
