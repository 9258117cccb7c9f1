"""Logistic regression by Newton's method: scikit-learn's weights."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from custpred.models._newton import two_classes


def _rows(rows: int, columns: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    values = draw.normal(size=(rows, columns))
    return values, (2 * values[:, 0] - 1 + draw.normal(size=rows) > 0).astype(int)


@pytest.mark.parametrize(("rows", "columns", "C"), [(400, 5, 0.3), (5000, 40, 3.0), (60, 50, 0.001)])
@pytest.mark.parametrize("weighted", [False, True])
def test_weights_are_those_of_scikit_learn(rows: int, columns: int, C: float, weighted: bool) -> None:
    """The optimum is the same, with row weights and with more rows than one block."""
    values, y = _rows(rows, columns, 1)
    weight = np.random.default_rng(2).uniform(0.2, 3, rows) if weighted else None
    ours = two_classes(values, y, weight, C)
    theirs = LogisticRegression(C=C, solver="newton-cholesky", tol=1e-8).fit(values, y, sample_weight=weight)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-4)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, atol=1e-4)


def test_separable_classes_have_finite_weights() -> None:
    """If a line separates the classes, the penalty keeps the weights finite."""
    values = np.array([[-2.0], [-1.0], [1.0], [2.0]])
    found = two_classes(values, np.array([0, 0, 1, 1]), None, 1e6)
    assert np.isfinite(found.coef_).all()
    assert found.coef_[0, 0] > 5


def test_a_constant_column_and_a_copy_are_shrunk() -> None:
    """Constant and duplicate columns leave a solvable problem."""
    values, y = _rows(300, 2, 3)
    wide = np.column_stack([values, values[:, 0], np.ones(300)])
    found = two_classes(wide, y, None, 1.0)
    assert found.coef_[0, 0] == pytest.approx(found.coef_[0, 2], abs=1e-6)


def test_no_time_gives_the_weights_so_far() -> None:
    """The clock is checked after each step."""
    values, y = _rows(300, 3, 4)
    hurried, whole = two_classes(values, y, None, 1.0, seconds=-1.0), two_classes(values, y, None, 1.0)
    assert (np.sign(hurried.coef_) == np.sign(whole.coef_)).all()
    assert not np.allclose(hurried.coef_, whole.coef_)


def test_more_columns_than_rows() -> None:
    """A wide table has scikit-learn's weights too."""
    draw = np.random.default_rng(4)
    values, y, weight = draw.normal(size=(60, 150)), draw.integers(0, 2, 60), draw.random(60) + 0.5
    reference = LogisticRegression(C=0.3, tol=1e-10, max_iter=10_000).fit(values, y, sample_weight=weight)
    found = two_classes(values, y, weight, 0.3)
    np.testing.assert_allclose(found.coef_, reference.coef_, atol=1e-5)
    np.testing.assert_allclose(found.intercept_, reference.intercept_, atol=1e-5)


@pytest.mark.parametrize("weighted", [False, True])
def test_many_rows_start_from_some_of_them(weighted: bool) -> None:
    """The start and the Hessian of every n-th row lead to the weights of all rows."""
    values, y = _rows(60_000, 12, 5)
    weight = np.random.default_rng(6).uniform(0.2, 3, len(y)) if weighted else None
    reference = LogisticRegression(C=0.01, solver="newton-cholesky", tol=1e-8).fit(values, y, sample_weight=weight)
    found = two_classes(values, y, weight, 0.01)
    np.testing.assert_allclose(found.coef_, reference.coef_, atol=1e-5)


def test_sorted_labels_have_the_same_weights() -> None:
    """If every n-th row has one label only, the weights are still those of all rows."""
    values, y = _rows(60_000, 4, 7)
    place = np.empty(len(y), dtype=int)
    place[np.argsort(np.arange(len(y)) % 8 != 0, kind="stable")] = np.argsort(y, kind="stable")
    found, usual = two_classes(values[place], y[place], None, 1.0), two_classes(values, y, None, 1.0)
    assert len(np.unique(y[place][::8])) == 1
    np.testing.assert_allclose(found.coef_, usual.coef_, atol=1e-5)
