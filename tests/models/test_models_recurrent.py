"""The equations of recurrent cells, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from custpred.models._networks.recurrent_cells import logistic, unrolled


def one(values: list[list[float]]) -> np.ndarray:
    """Return one row of steps."""
    return np.array([values], dtype=float)


def test_the_forget_gate_of_the_course_notes() -> None:
    """With h = 0, word (1, 0, 0), weights (.1, .2, .3): 1 / (1 + exp(-.1)) = .525."""
    kernel = np.zeros((3, 4))
    kernel[:, 1] = [0.1, 0.2, 0.3]  # the columns are i, f, c, o
    found = unrolled("lstm", one([[1, 0, 0]]), np.ones((1, 1), bool), [kernel, np.zeros((1, 4)), np.zeros(4)])
    assert found["forget"][0, 0, 0] == pytest.approx(1 / (1 + np.exp(-0.1)))


def test_an_lstm_step_by_hand() -> None:
    """The cell keeps f of the past, takes i of the candidate; the state is o tanh(cell)."""
    kernel, bias = np.array([[1.0, 2.0, 3.0, 4.0]]), np.zeros(4)
    found = unrolled("lstm", one([[0.5], [0.5]]), np.ones((1, 2), bool), [kernel, np.zeros((1, 4)), bias])
    into, forget, candidate, out = 1 / (1 + np.exp(-0.5)), 1 / (1 + np.exp(-1)), np.tanh(1.5), 1 / (1 + np.exp(-2))
    first = into * candidate
    second = forget * first + into * candidate
    np.testing.assert_allclose(found["cell"][0, :, 0], [first, second])
    np.testing.assert_allclose(found["hidden"][0, :, 0], [out * np.tanh(first), out * np.tanh(second)])


def test_a_gru_keeps_z_of_the_past() -> None:
    """In Keras' form z near 1 keeps the state; the course uses 1 - z."""
    kernel = np.array([[0.0, 0.0, 1.0]])
    bias = np.array([2.0, 0.0, 0.0])
    found = unrolled("gru", one([[0.7], [-0.2]]), np.ones((1, 2), bool), [kernel, np.zeros((1, 3)), bias])
    kept = 1 / (1 + np.exp(-2))
    first = (1 - kept) * np.tanh(0.7)
    np.testing.assert_allclose(found["hidden"][0, :, 0], [first, kept * first + (1 - kept) * np.tanh(-0.2)])


def test_padding_keeps_the_state() -> None:
    """At a padded step, the state of the previous step is kept."""
    kernel = np.ones((1, 1))
    mask = np.array([[True, False, True]])
    weights = [kernel, kernel, np.zeros(1)]
    found = unrolled("rnn", one([[0.3], [9.0], [0.1]]), mask, weights)["hidden"][0, :, 0]
    np.testing.assert_allclose(found, [np.tanh(0.3), np.tanh(0.3), np.tanh(0.1 + np.tanh(0.3))])


def test_the_logistic_function_never_overflows() -> None:
    """For large arguments it is 0 or 1 without a warning."""
    np.testing.assert_allclose(logistic(np.array([-1e4, 0.0, 1e4])), [0, 0.5, 1])
