"""An LSTM computed by hand, as in course notes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import custpred as cp
from custpred.errors import DataError
from custpred.models._networks.recurrent_cells import unrolled

WORDS = np.eye(3)
"""저는, 아침에, 책을: one-hot, and no state before the first."""


def test_the_worked_example() -> None:
    """f1 = s(0.1) = 0.52: 52 % is kept; i1 = s(0.2) = 0.55: 55 % of the candidate is written."""
    weights = {"forget": ([0.5, 0.5], [0.1, 0.2, 0.3]), "input": ([0.5, 0.5], [0.2, 0.3, 0.4])}
    found = cp.gates(WORDS[0], weights, hidden=[0, 0], cell=[0])
    assert {name: values.shape for name, values in found.items()} == {"forget": (1, 1), "input": (1, 1)}
    assert f"{found['forget'][0, 0]:.2f}" == "0.52"
    assert f"{found['input'][0, 0]:.2f}" == "0.55"


def test_all_gates_give_the_states_of_every_step() -> None:
    """With four gates it equals the cell of the trained networks at every step."""
    draw = np.random.default_rng(0)
    own = {
        name: (draw.normal(size=(2, 2)), draw.normal(size=(2, 3)))
        for name in ("input", "forget", "candidate", "output")
    }
    bias = {name: draw.normal(size=2) for name in own}
    kernel, recurrent = (np.hstack([own[name][place].T for name in own]) for place in (1, 0))
    wanted = unrolled(
        "lstm", WORDS[None], np.ones((1, 3), bool), [kernel, recurrent, np.concatenate(list(bias.values()))]
    )
    found = cp.gates(WORDS, own, bias=bias)
    assert set(found) == set(wanted)
    for name, values in wanted.items():
        np.testing.assert_allclose(found[name], values[0], atol=1e-12)


@pytest.mark.parametrize(
    ("inputs", "weights", "more", "words"),
    [
        (WORDS, {"forget": ([0.5], [1, 1, 1])}, {}, "3 steps need all four gates, but 1 were passed"),
        (WORDS[0], {"reset": ([0.5], [1, 1, 1])}, {}, "got 'reset'"),
        (WORDS[0], {"forget": ([0.5], [1, 1])}, {}, "do not match an input with 3 channels"),
        (WORDS[0], {"forget": ([0.5], [1, 1, 1]), "input": ([1, 2], [1, 1, 1])}, {}, "weights of the same shape"),
        (WORDS[0], {"forget": ([0.5, 0.5], [1, 1, 1])}, {"hidden": [0.0]}, "expected 2 numbers"),
        (WORDS[0], {"forget": ([0.5], [1, 1, 1])}, {"bias": {"forgot": 1.0}}, "got a bias of 'forgot'"),
        (WORDS[0], {"forget": ([0.5], [1, 1, 1])}, {"bias": {"forget": [1.0, 2.0]}}, "a number or 1 numbers"),
        (WORDS[0], dict.fromkeys(("forget", "input", "candidate", "output"), ([1, 2], [1, 1, 1])), {}, "expect 2"),
    ],
)
def test_weights_that_do_not_fit_are_named(inputs: Any, weights: Any, more: Any, words: str) -> None:
    """The coded error has the expected and the given shape."""
    with pytest.raises(DataError, match="CP2433") as caught:
        cp.gates(inputs, weights, **more)
    assert words in str(caught.value)
