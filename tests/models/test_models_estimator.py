"""The scikit-learn estimator of a model."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from sklearn.base import is_classifier, is_regressor
from sklearn.model_selection import cross_val_score

from custpred.models._estimator import Estimator
from custpred.models.forest import Forest
from custpred.models.linear import Linear
from custpred.models.logistic import Logistic
from custpred.task import Rows, Task


def test_labels_keep_their_type(numbers: Callable[..., Rows]) -> None:
    """Text labels are predicted as text, in the order of ``classes_``."""
    rows = numbers()
    labels = np.array(["stays", "leaves"])[rows.y]
    model = Logistic().build(None).fit(rows.X, labels)
    assert model.classes_.tolist() == ["leaves", "stays"]
    assert np.mean(model.predict(rows.X) == labels) > 0.75
    chosen = model.classes_[model.predict_proba(rows.X).argmax(axis=1)]
    assert (chosen == model.predict(rows.X)).all()


def test_all_classes_of_the_task_have_probabilities(numbers: Callable[..., Rows]) -> None:
    """Codes of a task with three labels give three probabilities, even if one class is not in y."""
    rows = numbers()
    model = Logistic().build(Task("multiclass", "y", ("a", "b", "c"))).fit(rows.X, rows.y)
    assert model.predict_proba(rows.X).shape == (300, 3)


@pytest.mark.parametrize(
    ("spec", "task", "classifies"),
    [(Logistic(), None, True), (Linear(), None, False), (Forest(), Task("regression", "y"), False)],
)
def test_the_estimator_type_is_known_before_fitting(spec: Logistic, task: Task | None, classifies: bool) -> None:
    """A classifier has probabilities and a regressor has none."""
    model = spec.build(task)
    assert (is_classifier(model), is_regressor(model)) == (classifies, not classifies)
    assert hasattr(model, "predict_proba") is classifies


def test_without_a_task_y_decides(numbers: Callable[..., Rows]) -> None:
    """A model of both types predicts values for continuous y, labels for integers."""
    value, label = numbers(200, 0), numbers(200, 2)
    forest = Forest(trees=5)
    assert is_regressor(forest.build(None).fit(value.X, value.y))
    assert is_classifier(forest.build(None).fit(label.X, label.y))


def test_estimators_work_in_cross_validation(numbers: Callable[..., Rows]) -> None:
    """scikit-learn's cross-validation scores it, on frames and on arrays alike."""
    rows = numbers()
    model = Logistic().build(None)
    on_frame = cross_val_score(model, rows.X, rows.y, cv=3, scoring="roc_auc")
    on_array = cross_val_score(model, rows.X.to_numpy(), rows.y, cv=3, scoring="roc_auc")
    np.testing.assert_allclose(on_frame, on_array)
    assert on_frame.min() > 0.8


def test_without_options_the_error_says_what_to_do(numbers: Callable[..., Rows]) -> None:
    """An estimator without a spec is an error with a remedy."""
    rows = numbers()
    with pytest.raises(ValueError, match="got None: Estimator"):
        Estimator().fit(rows.X, rows.y)
