"""The scikit-learn interface for a whole run: ``CustomerClassifier`` and ``CustomerRegressor``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, check_X_y

from custpred.api import fit
from custpred.columns.transformer import FrameEstimator
from custpred.inference.scored import decided
from custpred.source._reading.native import is_table, to_pandas
from custpred.source._typing.convert import convert
from custpred.table import Column

if TYPE_CHECKING:
    from custpred.results.result import Result

TARGET = "target of the fit"
"""Name of the target column if ``y`` has none; no user's column is called so."""


class _Customer(FrameEstimator):
    """What both estimators share; keyword names equal the recipe's keys."""

    _task = ""

    def __init__(
        self, budget: object = "60s", models: Any = "auto", metrics: object = "auto", options: Any = None, seed: int = 7
    ) -> None:
        self.budget, self.models, self.metrics, self.options, self.seed = budget, models, metrics, options, seed

    def _learn(self, X: object, y: np.ndarray, name: str, sample_weight: object = None, **types: str) -> Result:
        frame = self._frame(X, reset=True)
        if len(frame) < 2:
            raise ValueError(f"Expected customers to learn from and others to test on, got n_samples = {len(frame)}.")
        name = TARGET if name in frame.columns else name
        frame[name] = y
        keys = {"budget": self.budget, "models": self.models, "metrics": self.metrics, "seed": self.seed}
        keys |= self.options or {}
        if types:
            own = dict(keys.get("customers") or {})
            keys["customers"] = {**own, "types": {**own.get("types", {}), name: types["target"]}}
        target = {"column": name, "task": self._task_of(y)}
        if sample_weight is not None:
            keys["sample_weight"] = _check_sample_weight(sample_weight, frame)
        return fit(frame, target=target, verbose=0, **keys)

    def _task_of(self, y: np.ndarray) -> str:
        return self._task

    def _frame(self, X: object, *, reset: bool) -> pd.DataFrame:
        """Return ``X`` as a new frame: tables of any library keep their names."""
        return super()._frame(to_pandas(X) if is_table(X) else X, reset=reset).copy(deep=False)


class CustomerClassifier(ClassifierMixin, _Customer):
    """Predict which class a customer belongs to; ``result_`` holds the report and all the rest.

    Parameters
    ----------
    budget, models, metrics, seed
        As in a recipe.
    options
        Any other recipe keys, such as ``{"missing": "median", "engine": "inline"}``.

    Examples
    --------
    >>> CustomerClassifier(budget="60s").fit(X, y).predict_proba(X)  # doctest: +SKIP
    """

    def fit(self, X: object, y: object, sample_weight: object = None) -> Self:
        """Fit to customers and their classes, which ``sample_weight`` weights."""
        X = to_pandas(X) if is_table(X) else X
        truth = _target(X, y)
        check_classification_targets(truth)
        self.classes_, codes = np.unique(truth, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError("Expected at least 2 classes in y, got 1 class.")
        names = _class_names(self.classes_)
        y_named = truth if names else np.array([f"{code:06d}" for code in codes], dtype=object)
        self.result_ = self._learn(X, y_named, _name(y), sample_weight, target="category")
        labels = self.result_.predictor.task.labels
        names = names or [f"{code:06d}" for code in range(len(self.classes_))]
        self._columns = [labels.index(each) for each in names]
        return self

    def _task_of(self, y: np.ndarray) -> str:
        return "binary" if len(self.classes_) == 2 else "multiclass"

    def predict_proba(self, X: object) -> np.ndarray:
        """Return probabilities, shape (n_customers, n_classes), in the order of ``classes_``."""
        check_is_fitted(self, "result_")
        shares = self.result_.predict_proba(self._frame(X, reset=False))
        predicted: np.ndarray = shares.to_numpy()[:, self._columns]
        return predicted

    def predict(self, X: object) -> np.ndarray:
        """Return each customer's predicted class: the most likely, or that of the policy."""
        check_is_fitted(self, "result_")
        new, model = self._frame(X, reset=False), self.result_.predictor
        rows, _ = model.conform(new)
        code = decided(model, new, rows, model.predict(rows))[0].code
        chosen: np.ndarray = self.classes_[np.argsort(self._columns)[code]]
        return chosen


class CustomerRegressor(RegressorMixin, _Customer):
    """Predict a number, such as next quarter's spend; parameters as ``CustomerClassifier``.

    >>> CustomerRegressor(budget="60s").get_params()["budget"]
    '60s'
    """

    _task = "regression"

    def fit(self, X: object, y: object, sample_weight: object = None) -> Self:
        """Fit to customers and their values, which ``sample_weight`` weights."""
        X = to_pandas(X) if is_table(X) else X
        self.result_ = self._learn(X, _target(X, y, numeric=True), _name(y), sample_weight)
        return self

    def predict(self, X: object) -> np.ndarray:
        """Return the expected value of each customer."""
        check_is_fitted(self, "result_")
        predicted: np.ndarray = self.result_.predict(self._frame(X, reset=False)).to_numpy()
        return predicted


def _target(X: object, y: object, *, numeric: bool = False) -> np.ndarray:
    """Return ``y`` as a validated array with one label for each row."""
    rows = np.zeros((len(X), 1)) if isinstance(X, pd.DataFrame) else X
    _, truth = check_X_y(rows, y, dtype=None, ensure_all_finite="allow-nan", y_numeric=numeric)
    checked: np.ndarray = truth
    return checked


def _name(y: object) -> str:
    """Return the name that ``y`` brings along, such as a Series has."""
    name = getattr(y, "name", None)
    return name if isinstance(name, str) and name.strip() else TARGET


def _class_names(classes: np.ndarray) -> list[str] | None:
    """Return each class's text as stored in a table; None if two collide or one is missing."""
    values, _ = convert(pd.Series(classes), Column(TARGET, "category"), (), None)
    codes = values.cat.codes.to_numpy()
    if (codes < 0).any() or len(np.unique(codes)) < len(classes):
        return None
    return [str(each) for each in values.cat.categories[codes]]
