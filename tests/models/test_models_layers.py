"""Our forward pass and cells equal those of Keras."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from custpred.lazy import installed
from custpred.models._networks.channels import ScaledSequences
from custpred.models._networks.recurrent_cells import unrolled
from custpred.models._networks.sequence_network import Net, finish, pooled

pytestmark = pytest.mark.skipif(not installed("tensorflow"), reason="TensorFlow is not installed")
ROWS, STEPS, UNITS = 6, 7, 5
SHAPE: dict[str, Any] = {
    "units": UNITS, "layers": 1, "bidirectional": False, "pooling": "last", "kernel": 1, "numbers": 2, "static": 3,
    "sizes": (9,), "widths": (4,), "static_width": 3, "head": 4, "norm": "", "outputs": 1,
}  # fmt: skip


def keras() -> Any:
    """Return Keras, loaded as in training."""
    from custpred.models._networks.tensorflow import load

    return load(1)[1]


def scaled(masked: bool = True) -> ScaledSequences:
    """Return rows with padding, one with a missing step inside, and one without any step."""
    draw = np.random.default_rng(0)
    mask = np.ones((ROWS, STEPS), bool)
    if masked:
        mask[1, :3], mask[2, 4], mask[3, :] = False, False, False
    numbers = draw.normal(size=(ROWS, STEPS, 2)).astype(np.float32) * mask[:, :, None]
    codes = (draw.integers(1, 9, (ROWS, STEPS, 1)) * mask[:, :, None]).astype(np.int32)
    return ScaledSequences(numbers, codes, mask, draw.normal(size=(ROWS, 3)).astype(np.float32))


@pytest.mark.parametrize(
    "options",
    [
        {"cell": "lstm", "pooling": "together", "norm": "batch"},
        {"cell": "lstm", "layers": 2, "bidirectional": True, "pooling": "last"},
        {"cell": "gru", "bidirectional": True, "pooling": "together", "norm": "layer", "outputs": 3},
        {"cell": "rnn", "layers": 2, "pooling": "max", "head": 0, "static": 0},
        {"cell": "cnn", "kernel": 4, "layers": 2, "pooling": "max"},
        {"cell": "cnn", "kernel": 3, "pooling": "attention", "numbers": 0},
        {"cell": "gru", "pooling": "mean", "sizes": (), "widths": ()},
    ],
    ids=lambda each: "-".join(f"{key}_{value}" for key, value in each.items()),
)
def test_scores_equal_those_of_keras(options: dict[str, Any]) -> None:
    """NumPy and Keras give the same scores to 1e-5, padding and empty rows included."""
    from custpred.models._networks.keras_layers import build

    net = Net(**{**SHAPE, **options})
    model = build(net, keras())
    draw = np.random.default_rng(1)
    for layer in model.layers:
        drawn = [draw.normal(0, 0.4, each.shape).astype(np.float32) for each in layer.get_weights()]
        layer.set_weights([np.abs(each) + 0.5 if i == 3 else each for i, each in enumerate(drawn)])  # variances
    weights = {layer.name: layer.get_weights() for layer in model.layers if layer.get_weights()}
    part = scaled()
    part = ScaledSequences(
        part.numbers[:, :, : net.numbers], part.codes[:, :, : len(net.sizes)], part.mask, part.static[:, : net.static]
    )
    expected = np.asarray(model([part.numbers, part.codes, part.mask, part.static], training=False))
    own = finish(net, weights, pooled(net, weights, part), part.static)
    np.testing.assert_allclose(own, expected, atol=1e-5)
    assert own.shape == (ROWS, net.outputs)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize(
    ("cell", "options"),
    [("lstm", {}), ("gru", {"reset_after": True}), ("gru", {"reset_after": False}), ("rnn", {})],
    ids=["lstm", "gru-after", "gru-before", "rnn"],
)
def test_states_equal_those_of_the_layer(cell: str, options: dict[str, Any], masked: bool) -> None:
    """Hidden states at every step, and the last cell, equal Keras's to 1e-5."""
    layers = keras().layers
    kind = {"lstm": layers.LSTM, "gru": layers.GRU, "rnn": layers.SimpleRNN}[cell]
    layer = kind(UNITS, return_sequences=True, return_state=True, **options)
    part = scaled(masked)
    layer.build(part.numbers.shape)
    draw = np.random.default_rng(2)
    layer.set_weights([draw.normal(0, 0.7, each.shape) for each in layer.get_weights()])
    hidden, *ends = layer(part.numbers, mask=part.mask)
    own = unrolled(cell, part.numbers, part.mask, layer.get_weights())
    there = part.mask if masked else np.ones_like(part.mask)
    np.testing.assert_allclose(own["hidden"][there], np.asarray(hidden)[there], atol=1e-5)
    np.testing.assert_allclose(own["hidden"][:, -1], np.asarray(ends[0]), atol=1e-5)
    if cell == "lstm":
        np.testing.assert_allclose(own["cell"][:, -1], np.asarray(ends[1]), atol=1e-5)
        assert set(own) == {"forget", "input", "output", "candidate", "cell", "hidden"}
