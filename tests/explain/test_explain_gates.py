"""The inside of a recurrent network, in numbers and in words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from custpred.errors import NotApplicable
from custpred.explain.gates import events, gates, present
from custpred.models._networks.channels import Channels
from custpred.models._networks.sequence_model import Fitted
from custpred.models._networks.sequence_network import Net, pooled

BLOCKS = {"lstm": 4, "gru": 3, "rnn": 1, "cnn": 1}


def network(cell: str = "lstm") -> tuple[Fitted, pd.DataFrame]:
    """Return a network with random weights, and two prepared rows; the second has one step."""
    X = pd.DataFrame({"f000001@-0": [2.0, 5.0], "f000001@-1": [1.0, np.nan], "f000002#@-0": [2.0, 1.0]})
    X["f000002#@-1"] = [3.0, 0.0]
    net = Net(cell, 3, 1, False, "last", 1, 1, 0, (4,), (2,), 1, 0, "", 1)
    draw, blocks = np.random.default_rng(0), BLOCKS[cell]
    shapes = [(3, 3 * blocks), (3, 3 * blocks), (2, 9) if cell == "gru" else (3 * blocks,)]
    weights = {"embed0": [draw.normal(size=(4, 2))], "cell0": [draw.normal(size=shape) for shape in shapes]}
    return Fitted(Channels.learn(X, None), net, weights, None, {}), X


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("lstm", ["forget", "input", "output", "candidate", "cell", "hidden"]),
        ("gru", ["reset", "update", "candidate", "hidden"]),
        ("rnn", ["hidden"]),
    ],
)
def test_gates_lead_to_the_final_state(cell: str, names: list[str]) -> None:
    """Every gate is between 0 and 1 at each step; the last state is the scored one."""
    fitted, X = network(cell)
    found = gates(fitted, X)
    assert list(found) == names
    assert all(each.shape == (2, 2, 3) for each in found.values())
    for name in {"forget", "input", "output", "reset", "update"} & set(names):
        assert found[name].min() > 0
        assert found[name].max() < 1
    last = pooled(fitted.net, fitted.weights, fitted.channels.apply(X))
    np.testing.assert_allclose(found["hidden"][:, -1], last, atol=1e-6)


def test_padding_leaves_the_state_at_zero() -> None:
    """The customer with one step has no older one, and its state before it is 0."""
    fitted, X = network()
    assert present(fitted, X).tolist() == [[True, True], [False, True]]
    assert not gates(fitted, X)["hidden"][1, 0].any()


def test_steps_are_described() -> None:
    """Codes are shown by their meaning, numbers unchanged, padding is empty."""
    fitted, X = network()
    human, words = {"f000001": "amount", "f000002#": "shop#"}, {"shop#": ["bakery", "butcher"]}
    assert events(fitted, X, human, words) == ["1 butcher", "2 bakery"]
    assert events(fitted, X.iloc[1:], human, words) == ["", "5 (rare)"]


def test_a_convolution_has_no_gates() -> None:
    """The error names the models with gates."""
    fitted, X = network("cnn")
    with pytest.raises(NotApplicable, match="lstm and gru"):
        gates(fitted, X)
