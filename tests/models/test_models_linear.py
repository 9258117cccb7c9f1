"""Logistic and linear regression."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge

from custpred.models.linear import Linear
from custpred.models.logistic import Logistic
from custpred.task import Fit, Rows, Task

THREE = Fit(Task("multiclass", "y", ("a", "b", "c")))
BINARY = Fit(Task("binary", "y", ("0", "1")))
VALUE = Fit(Task("regression", "y"))


def test_logistic_equals_scikit_learn(numbers: Callable[..., Rows]) -> None:
    """Raw scores equal those of a logistic regression fitted directly on the scaled columns."""
    rows = numbers()
    model = Logistic(transform="none", C=0.5)
    scaled = (rows.X - rows.X.mean()) / rows.X.std(ddof=0)
    expected = LogisticRegression(C=0.5, tol=1e-8).fit(scaled.to_numpy(float), rows.y)
    found = model.raw(model.train(rows, None, BINARY), rows.X, BINARY)
    np.testing.assert_allclose(found, expected.decision_function(scaled.to_numpy(float)), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("penalty", ["l1", "elasticnet"])
def test_l1_drops_the_column_of_noise(numbers: Callable[..., Rows], penalty: str) -> None:
    """A strong absolute penalty gives noise no weight, and keeps the strongest column."""
    fitted = Logistic(C=0.02, penalty=penalty).train(numbers(), None, BINARY)
    assert fitted.weights[3, 0] == 0
    assert fitted.weights[0, 0] > 0.05


@pytest.mark.parametrize("seen", [[0, 1], [1, 2], [2]])
def test_classes_that_training_lacks_get_a_small_share(numbers: Callable[..., Rows], seen: list[int]) -> None:
    """A fold without some classes predicts all of them, the absent ones with less than 5 %."""
    rows = numbers(300, 3)
    kept = np.isin(rows.y, seen)
    model = Logistic()
    fitted = model.train(Rows(rows.X[kept], rows.y[kept]), None, THREE)
    shares = np.exp(model.raw(fitted, rows.X, THREE))
    assert shares.shape == (300, 3)
    assert shares[:, [k for k in range(3) if k not in seen]].max() < 0.05


def test_linear_equals_ridge(numbers: Callable[..., Rows]) -> None:
    """Values equal those of a ridge regression fitted directly on scaled columns and target."""
    rows = numbers(300, 0)
    model = Linear(alpha=0.1)
    scaled, spread = ((rows.X - rows.X.mean()) / rows.X.std(ddof=0)).to_numpy(float), rows.y.std()
    expected = Ridge(alpha=0.1 * 300).fit(scaled, (rows.y - rows.y.mean()) / spread)
    found = model.raw(model.train(rows, None, VALUE), rows.X, VALUE)
    np.testing.assert_allclose(found, expected.predict(scaled) * spread + rows.y.mean(), rtol=1e-6)


@pytest.mark.parametrize("target", ["plain", "log", "auto"])
def test_the_mean_prediction_is_right(numbers: Callable[..., Rows], target: str) -> None:
    """The mean prediction is within 5 % of the mean spend, even if the logarithm is learned."""
    rows = numbers(2000, 0)
    spend = np.exp(rows.y / 4)
    model = Linear(target=target)
    found = model.raw(model.train(Rows(rows.X, spend), None, VALUE), rows.X, VALUE)
    assert found.mean() == pytest.approx(spend.mean(), rel=0.05)


def test_the_log_fits_multiplicative_spend_better(numbers: Callable[..., Rows]) -> None:
    """On multiplicative spend the log has a smaller error than the plain value."""
    rows = numbers(2000, 0)
    spend = Rows(rows.X, np.exp(rows.y / 2))
    errors = {}
    for target in ("plain", "auto"):
        model = Linear(target=target)
        errors[target] = np.mean((model.raw(model.train(spend, None, VALUE), rows.X, VALUE) - spend.y) ** 2)
    assert errors["auto"] < 0.7 * errors["plain"]
