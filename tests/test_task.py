"""Tasks and predictions."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from custpred.task import Predictions, Task

BINARY = Task("binary", "left", ("no", "yes"))
SEVERAL = Task("multiclass", "segment", ("a", "b", "c"))
VALUE = Task("regression", "spend")


def test_a_task_knows_its_classes() -> None:
    """The positive label is the second; a regression has no class."""
    assert (BINARY.classes, SEVERAL.classes, VALUE.classes) == (2, 3, 0)
    assert BINARY.positive == "yes"


@settings(max_examples=50, derandomize=True, deadline=None)
@given(raw=arrays(float, 5, elements=st.floats(-800, 800)))
def test_logits_become_probabilities(raw: np.ndarray) -> None:
    """Probabilities are in 0 to 1, sum to 1 and keep the logits' order, without overflow."""
    answer = BINARY.inverse_link(raw)
    np.testing.assert_allclose(answer.sum(axis=1), 1)
    assert (answer >= 0).all()
    assert (np.diff(answer[np.argsort(raw), 1]) >= 0).all()


@settings(max_examples=50, derandomize=True, deadline=None)
@given(raw=arrays(float, (4, 3), elements=st.floats(-700, 700)))
def test_class_scores_become_probabilities(raw: np.ndarray) -> None:
    """They sum to 1, and adding a constant to all scores changes nothing."""
    answer = SEVERAL.inverse_link(raw)
    np.testing.assert_allclose(answer.sum(axis=1), 1)
    np.testing.assert_allclose(SEVERAL.inverse_link(raw + 5), answer, atol=1e-12)


def test_a_logit_of_zero_is_one_half() -> None:
    """By hand: logit 0 is 1/2, logit log 3 is 3/4; values are unchanged."""
    np.testing.assert_allclose(BINARY.inverse_link(np.array([0.0, np.log(3)]))[:, 1], [0.5, 0.75])
    assert VALUE.inverse_link(np.array([3.0])).tolist() == [3.0]


def test_predictions_take_rows_with_their_weights() -> None:
    """Rows may be repeated; weights go with them."""
    given = Predictions(BINARY, np.array([0, 1]), np.array([[0.9, 0.1], [0.2, 0.8]]), np.array([1.0, 2.0]))
    taken = given.take(np.array([1, 1, 0]))
    assert taken.positive.tolist() == [0.8, 0.8, 0.1]
    assert taken.weight is not None
    assert taken.weight.tolist() == [2.0, 2.0, 1.0]
    assert len(taken) == 3
    assert given.take(np.array([False, True])).truth.tolist() == [1]


def test_amounts_are_never_predicted_below_zero() -> None:
    """If no training value is below 0, predictions are not; with one refund they may be."""
    bounded = VALUE.bounded(np.array([0.0, 3.0]))
    assert bounded.inverse_link(np.array([-2.0, 0.0, 5.0])).tolist() == [0.0, 0.0, 5.0]
    assert bounded.inverse_link(np.array([-2.0], dtype=np.float32)).dtype == np.float32
    assert VALUE.bounded(np.array([-0.01, 3.0])).inverse_link(np.array([-2.0])).tolist() == [-2.0]
    assert BINARY.bounded(np.array([0, 1])) == BINARY
