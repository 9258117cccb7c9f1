"""The network of ``sequence_network.py`` as Keras layers, for training only.

Each layer has the weights and equations of its NumPy twin; a test compares their scores.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from custpred.models._networks.sequence_network import FAR, SMALL

if TYPE_CHECKING:
    from types import ModuleType

    from tensorflow import Tensor

    from custpred.models._networks.sequence_network import Net


def build(net: Net, keras: ModuleType, dropout: float = 0.0, l2: float = 0.0) -> Any:
    """Return the network as a Keras model of (numbers, codes, mask, static)."""
    layers, ops = keras.layers, keras.ops
    shrink = keras.regularizers.L2(l2) if l2 else None
    shapes = {"numbers": (None, net.numbers), "codes": (None, len(net.sizes)), "mask": (None,), "static": (net.static,)}
    types = {"codes": "int32", "mask": "bool"}
    ins = {
        name: keras.Input(shape, dtype=types.get(name, "float32"), name=f"in_{name}") for name, shape in shapes.items()
    }
    vectors = [
        layers.Embedding(size, width, name=f"embed{i}")(ins["codes"][:, :, i])
        for i, (size, width) in enumerate(zip(net.sizes, net.widths, strict=True))
    ]
    x = _joined([*vectors, *([ins["numbers"]] if net.numbers else [])], layers, "inputs")
    joined = _sequence(net, keras, x, ins["mask"], shrink)
    if net.static:
        own = layers.Dense(net.static_width, "relu", kernel_regularizer=shrink, name="static")(ins["static"])
        joined = ops.concatenate([joined, own], axis=1)
    if net.norm:
        kind = layers.BatchNormalization if net.norm == "batch" else layers.LayerNormalization
        joined = kind(epsilon=SMALL, name="norm")(joined)
    joined = layers.Dropout(dropout)(joined)
    if net.head:
        joined = layers.Dense(net.head, "relu", kernel_regularizer=shrink, name="head")(joined)
        joined = layers.Dropout(dropout)(joined)
    return keras.Model(list(ins.values()), layers.Dense(net.outputs, name="out")(joined))


def _joined(parts: list[Tensor], layers: ModuleType, name: str) -> object:
    return layers.Concatenate(name=name)(parts) if len(parts) > 1 else layers.Activation("linear", name=name)(parts[0])


def _sequence(net: Net, keras: ModuleType, x: Tensor, mask: Tensor, shrink: object) -> object:
    """Return the pooled sequence; padding is masked in every layer and in the pooling."""
    layers, ops = keras.layers, keras.ops
    there, last = ops.cast(ops.expand_dims(mask, 2), "float32"), []
    kinds = {"rnn": layers.SimpleRNN, "gru": layers.GRU, "lstm": layers.LSTM}
    for i in range(net.layers):
        options = {"kernel_regularizer": shrink, "name": f"cell{i}"}
        if net.cell == "cnn":
            x = layers.Conv1D(net.units, net.kernel, padding="same", activation="relu", **options)(x * there)
            continue
        every = net.pooling != "last" or i < net.layers - 1  # each state takes 10 % of the time
        options |= {"recurrent_regularizer": shrink, "return_sequences": every}
        sides = [kinds[net.cell](net.units, **options)(x, mask=mask)]
        if net.bidirectional:
            options["name"] = f"cell{i}_back"
            sides.append(kinds[net.cell](net.units, go_backwards=True, **options)(x, mask=mask))
        last = [side[:, -1] for side in sides] if every else sides
        turned = [sides[0], *(ops.flip(side, axis=1) for side in sides[1:])] if every else sides
        x = ops.concatenate(turned, axis=-1) if net.bidirectional else sides[0]
    return _pooled(net, keras, x, there, last)


def _pooled(net: Net, keras: ModuleType, x: Tensor, there: Tensor, last: list[Tensor]) -> object:
    ops, parts = keras.ops, list(last) if net.pooling in {"last", "together"} else []
    if net.pooling in {"mean", "together"}:
        parts.append(ops.sum(x * there, axis=1) / ops.maximum(ops.sum(there, axis=1), 1.0))
    if net.pooling == "max":
        parts.append(ops.max(x * there - FAR * (1.0 - there), axis=1) * ops.max(there, axis=1))
    if net.pooling in {"attention", "together"}:
        score = keras.layers.Dense(1, use_bias=False, name="attend")(x) - FAR * (1.0 - there)
        parts.append(ops.sum(x * there * ops.softmax(score, axis=1), axis=1))
    return ops.concatenate(parts, axis=1) if len(parts) > 1 else parts[0]
