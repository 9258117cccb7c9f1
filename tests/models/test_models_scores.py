"""Raw scores and contributions that add up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import expit, log_softmax, logsumexp, softmax

from custpred.models import _scores
from custpred.models._scores import normalised, of_probabilities, probabilities, shares_of, through, through_product

parts_of_score = arrays(float, (3, 4), elements=st.floats(-5, 5))
parts_of_classes = arrays(float, (3, 4, 3), elements=st.floats(-5, 5))


def test_functions_equal_scipy() -> None:
    """Also for large arguments, for which a plain exponential would overflow."""
    raw = np.random.default_rng(0).normal(size=(50, 4)) * [[1.0, 10.0, 100.0, 1000.0]]
    np.testing.assert_allclose(_scores.expit(raw), expit(raw), rtol=1e-14)
    np.testing.assert_allclose(_scores.softmax(raw), softmax(raw, axis=1), rtol=1e-14)
    np.testing.assert_allclose(_scores.logsumexp(raw), logsumexp(raw, axis=1, keepdims=True), rtol=1e-14)


@given(parts_of_score)
@settings(derandomize=True, max_examples=50, deadline=None)
def test_contributions_through_a_function_add_up(parts: np.ndarray) -> None:
    """Contributions to z become contributions to expit(z), also if z does not change."""
    carried = through(parts, expit, lambda z: expit(z) * (1 - expit(z)))
    np.testing.assert_allclose(carried.sum(axis=1), expit(parts.sum(axis=1)), atol=1e-9)


def test_parts_keep_their_proportions() -> None:
    """Parts 1 and 3 from 0 through the square give 4 and 12, a quarter and the rest of 16."""
    carried = through(np.array([[1.0, 3.0, 0.0]]), np.square, lambda z: 2 * z)
    np.testing.assert_allclose(carried, [[4.0, 12.0, 0.0]])


def test_contributions_that_cancel_use_the_slope() -> None:
    """If they cancel, each is multiplied by the derivative at the start: 2 * 3 for the square."""
    carried = through(np.array([[1.0, -1.0, 3.0]]), np.square, lambda z: 2 * z)
    np.testing.assert_allclose(carried, [[6.0, -6.0, 9.0]])


@given(parts_of_score, parts_of_score)
@settings(derandomize=True, max_examples=50, deadline=None)
def test_parts_of_a_product_add_up(logits: np.ndarray, values: np.ndarray) -> None:
    """Parts of a logit and a value become parts of the product, also for a constant logit."""
    for one in (logits, np.where(np.arange(4) < 3, 0.0, logits)):
        carried = through_product(one, values)
        np.testing.assert_allclose(carried.sum(axis=1), expit(one.sum(axis=1)) * values.sum(axis=1), atol=1e-5)
        np.testing.assert_allclose(carried[:, -1], expit(one[:, -1]) * values[:, -1])


def test_a_constant_factor_gets_no_contribution() -> None:
    """A logit that stays at 0 halves the value's; a constant value gives all to the logit."""
    still, moved = np.array([[0.0, 0.0, 0.0]]), np.array([[1.0, 2.0, 4.0]])
    np.testing.assert_allclose(through_product(still, moved), [[0.5, 1.0, 2.0]])
    carried = through_product(np.array([[1.0, 0.0, 0.0]]), np.array([[0.0, 0.0, 4.0]]))
    np.testing.assert_allclose(carried, [[4 * expit(1.0) - 2, 0.0, 2.0]])


@given(parts_of_classes)
@settings(derandomize=True, max_examples=50, deadline=None)
def test_class_parts_add_up_to_log_probabilities(parts: np.ndarray) -> None:
    """Parts of class scores become parts of log-probabilities, and the start is a distribution."""
    turned = normalised(parts)
    np.testing.assert_allclose(turned.sum(axis=1), log_softmax(parts.sum(axis=1), axis=1), atol=1e-9)
    np.testing.assert_allclose(np.exp(turned[:, -1]).sum(axis=1), 1)


def test_equal_contributions_to_all_classes_are_dropped() -> None:
    """A column that raises every class score by the same amount gets no contribution."""
    parts = np.zeros((1, 3, 3))
    parts[0, 0], parts[0, 1] = 2.0, [1.0, 0.0, -1.0]
    np.testing.assert_allclose(normalised(parts)[0, 0], 0, atol=1e-12)


def test_scores_and_probabilities_are_each_others_inverse() -> None:
    """Probabilities turned into raw scores and back are the same, for two classes and for three."""
    for shares in (np.array([[0.2, 0.8], [0.5, 0.5]]), np.array([[0.2, 0.3, 0.5]])):
        np.testing.assert_allclose(probabilities(of_probabilities(shares, 1e-6)), shares)


@pytest.mark.parametrize(("weight", "shares"), [(None, [0.375, 0.625]), ([3.0, 1.0, 1.0], [3.5 / 6, 2.5 / 6])])
def test_shares_count_half_a_row_more_of_each_class(weight: list[float] | None, shares: list[float]) -> None:
    """Of one 0 and two 1s, (1 + .5) / 4 and (2 + .5) / 4; weighted 3.5 / 6 and 2.5 / 6."""
    given_weight = None if weight is None else np.array(weight)
    np.testing.assert_allclose(shares_of(np.array([0, 1, 1]), given_weight, 2), shares)
