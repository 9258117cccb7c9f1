"""The scikit-learn interface of all models: one estimator that calls a model's pure functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils import ClassifierTags, RegressorTags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from custpred.models._scores import probabilities
from custpred.task import Fit, Rows, Task

if TYPE_CHECKING:
    from sklearn.utils import Tags

    from custpred.models.base import Model
    from custpred.storage.plain import JSON


def _classifies(estimator: Estimator) -> bool:
    return bool(estimator.__sklearn_tags__().estimator_type == "classifier")


class Estimator(BaseEstimator):
    """A model as a scikit-learn estimator.

    Parameters
    ----------
    spec
        The model's options.
    task
        Determines classification or regression; None: inferred from the model, or from y.  If ``y``
        holds the codes 0..k-1 of the task's labels, all its classes are predicted, seen or not.
    seed
        Seed of all random numbers.

    Notes
    -----
    Frames may have float columns and ``category`` columns of integer codes, if the model accepts
    them; arrays have numbers.  Fits use one thread and have no time limit.
    """

    def __init__(self, spec: Model | None = None, task: Task | None = None, seed: int = 0) -> None:
        self.spec, self.task, self.seed = spec, task, seed

    def fit(self, X: object, y: object, sample_weight: object = None) -> Self:
        """Fit to rows; ``y`` holds labels or values, shape (n_rows,)."""
        frame, y = self._checked(X, y)
        self.task_, truth = self._coded(y)
        weight = None if sample_weight is None else _check_sample_weight(sample_weight, frame, ensure_non_negative=True)
        if weight is not None:
            frame, truth, weight = frame[weight > 0], truth[weight > 0], weight[weight > 0]
        self.fitted_ = self._spec.train(Rows(frame, truth, weight), None, self._fit)
        return self

    def predict(self, X: object) -> np.ndarray:
        """Return labels or values, shape (n_rows,)."""
        raw = self._raw(X)
        if self.task_.kind == "regression":
            return raw
        chosen: np.ndarray = self.classes_[np.argmax(probabilities(raw), axis=1)]
        return chosen

    @available_if(_classifies)  # type: ignore[untyped-decorator]
    def predict_proba(self, X: object) -> np.ndarray:
        """Return probabilities that sum to 1, shape (n_rows, n_classes)."""
        return probabilities(self._raw(X))

    @available_if(_classifies)  # type: ignore[untyped-decorator]
    def decision_function(self, X: object) -> np.ndarray:
        """Return raw scores: logits (n_rows,), or log-probabilities (n_rows, n_classes)."""
        return self._raw(X)

    def score(self, X: object, y: object, sample_weight: object = None) -> float:
        """Return the accuracy, or R squared for regression."""
        from sklearn.metrics import accuracy_score, r2_score

        measure = accuracy_score if _classifies(self) else r2_score
        return float(measure(y, self.predict(X), sample_weight=sample_weight))

    @property
    def _spec(self) -> Model:
        if self.spec is None:
            raise ValueError("Estimator needs a model as spec, got None: Estimator(spec=Logistic()).")
        return self.spec

    @property
    def _fit(self) -> Fit:
        return Fit(self.task_, int(self.seed))

    def _kind(self) -> str | None:
        """Return the kind of task, None if it is unknown before ``fit``."""
        if hasattr(self, "task_"):
            return self.task_.kind
        if self.task is not None or self.spec is None:
            return self.task.kind if self.task else None
        if "regression" not in self._spec.tasks:
            return "binary"
        return "regression" if self._spec.tasks == {"regression"} else None

    def _checked(self, X: object, y: Any) -> tuple[pd.DataFrame, np.ndarray]:
        if y is None:
            raise ValueError("This estimator requires y to be passed, but the target y is None.")
        if isinstance(X, pd.DataFrame):
            validate_data(self, X, skip_check_array=True)
            return X, np.ravel(y)
        values, y = validate_data(self, X, y, **self._door(), y_numeric=self._kind() == "regression")
        return self._framed(values), y

    def _door(self) -> JSON:
        gaps: bool | str = "allow-nan" if "missing" in self._spec.accepts else True
        return {"dtype": np.float64, "ensure_all_finite": gaps}

    @staticmethod
    def _framed(values: np.ndarray) -> pd.DataFrame:
        return pd.DataFrame(values.astype(np.float32), columns=[f"f{i + 1:06d}" for i in range(values.shape[1])])

    def _coded(self, y: np.ndarray) -> tuple[Task, np.ndarray]:
        """Return the task inferred from ``y``, and class codes or values; sets ``classes_``."""
        kind = self._kind() or ("regression" if type_of_target(y).startswith("continuous") else "binary")
        if kind == "regression":
            return Task("regression", "y"), np.asarray(y, dtype=float)
        check_classification_targets(y)
        seen, truth = np.unique(y, return_inverse=True)
        labels = self.task.classes if self.task else 0
        if seen.dtype.kind in "iu" and len(seen) > 1 and seen[0] >= 0 and seen[-1] < labels:
            seen, truth = np.arange(labels), np.asarray(y)
        self.classes_ = seen
        names = tuple(str(each) for each in seen)
        names = names if len(names) > 1 else (*names, f"not {names[0]}")
        return Task("binary" if len(names) == 2 else "multiclass", "y", names), truth

    def _raw(self, X: object) -> np.ndarray:
        check_is_fitted(self, "fitted_")
        if isinstance(X, pd.DataFrame):
            validate_data(self, X, reset=False, skip_check_array=True)
        else:
            X = self._framed(validate_data(self, X, reset=False, **self._door()))
        return self._spec.raw(self.fitted_, X, self._fit)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        kind = self._kind()
        if kind == "regression":
            tags.estimator_type, tags.regressor_tags = "regressor", RegressorTags()
        elif kind is not None:
            tags.estimator_type, tags.classifier_tags = "classifier", ClassifierTags()
        tags.target_tags.required = True
        tags.input_tags.allow_nan = self.spec is not None and "missing" in self.spec.accepts
        return tags
