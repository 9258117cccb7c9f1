"""Forests of several folds, walked together for a few rows.

A level of one forest takes NumPy as long as a level of eight: with few rows, calls cost more than
the comparisons.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from custpred.models._forests.tree_arrays import FEW, Trees
from custpred.models._frame import dense

if TYPE_CHECKING:
    import pandas as pd

    from custpred.columns.batch import PlainMatrix
    from custpred.models._forests.growing import Fitted, TreeMean
    from custpred.task import Fit


@dataclass(frozen=True)
class JointForests:
    """Scores all folds of a member that share their prepared rows."""

    model: TreeMean
    fitted: tuple[Fitted, ...]

    def __call__(self, X: pd.DataFrame | PlainMatrix, fit: Fit) -> list[np.ndarray]:
        """Return the raw scores of each fold, the same as those of ``raw``."""
        values = dense(X)
        if not 0 < len(values) <= FEW:
            return [self.model.raw(each, X, fit) for each in self.fitted]
        counts = [len(each.trees.roots) for each in self.fitted]
        leaves = np.split(self._trees.leaves(values), np.cumsum(counts)[:-1])
        means = [each.sum(axis=0, dtype=float) / len(each) for each in leaves]
        return [self.model.of_mean(each, mean, fit) for each, mean in zip(self.fitted, means, strict=True)]

    @cached_property
    def _trees(self) -> Trees:
        return Trees.joined([each.trees for each in self.fitted])
