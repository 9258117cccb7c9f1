"""Importance of columns for the distance between customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.models._threads import limited

if TYPE_CHECKING:
    import numpy as np

    from custpred.task import Fit

_TREES = 50


def importances(values: np.ndarray, truth: np.ndarray, weight: np.ndarray, fit: Fit) -> np.ndarray:
    """Return how much each column reduces impurity in a few random trees, (p,), sum 1 or 0.

    Trees, unlike measures of single columns, also find columns that matter only together.
    """
    from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

    kind = ExtraTreesRegressor if fit.task.kind == "regression" else ExtraTreesClassifier
    leaf = max(5, len(truth) // 1000)
    trees = kind(_TREES, min_samples_leaf=leaf, max_features=0.5, random_state=fit.seed, n_jobs=fit.threads)
    with limited(fit.threads):
        found: np.ndarray = trees.fit(values, truth, sample_weight=weight).feature_importances_
    return found
