"""Recurrent cells with Keras' weights, step by step: for scoring and for showing gates.

Kernel columns are groups of ``units``: i, f, c, o (LSTM), z, r, h (GRU).  ``s``: logistic function.

- SimpleRNN: ``h' = tanh(x K + h R + b)``.
- LSTM: ``i, f, o = s(x K + h R + b)``, ``g = tanh(...)``, ``c' = f c + i g``, ``h' = o tanh(c')``.
- GRU: ``z, r = s(x K + h R + b)``, ``h' = z h + (1 - z) n`` with
  ``n = tanh(x K + r (h R + d) + b)`` where the reset comes after the product (two biases, b and d),
  or ``n = tanh(x K + (r h) R + b)`` where it comes before.

Textbooks and Cho et al. often write ``h' = (1 - z) h + z n``: the same with z as 1 - z.

References
----------
Elman (1990), Cognitive Science 14, 179-211.  Hochreiter & Schmidhuber (1997), Neural Computation
9(8); the forget gate is of Gers, Schmidhuber & Cummins (2000), Neural Computation 12(10).  Cho et
al. (2014), arXiv:1406.1078, equations 5 to 8 (reset before); the form after the product is cuDNN's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

State: TypeAlias = tuple[np.ndarray, ...]
"""The hidden state (n, units); for an LSTM also the cell state."""
Trace: TypeAlias = dict[str, np.ndarray]
"""Gates and states of each step by name, shape (n, steps, units)."""


GATES = {
    "lstm": ("forget", "input", "output", "candidate", "cell", "hidden"),
    "gru": ("reset", "update", "candidate", "hidden"),
    "rnn": ("hidden",),
}
"""Gates and states of each kind of cell, in the order of computation."""


def logistic(values: np.ndarray) -> np.ndarray:
    """Return 1 / (1 + exp(-x)), computed by tanh, which does not overflow."""
    return np.asarray(0.5 * np.tanh(0.5 * values) + 0.5)


def simple(inside: np.ndarray, state: State, weights: Sequence[np.ndarray]) -> tuple[State, Trace]:
    """Return the next state of a simple cell; ``inside`` is ``x K + b``, shape (n, units)."""
    hidden = np.tanh(inside + state[0] @ weights[1])
    return (hidden,), {"hidden": hidden}


def lstm(inside: np.ndarray, state: State, weights: Sequence[np.ndarray]) -> tuple[State, Trace]:
    """Return the next state of an LSTM and its gates; ``inside``: ``x K + b``, (n, 4 units)."""
    before, cell = state
    into, forget, candidate, out = np.split(inside + before @ weights[1], 4, axis=1)
    into, forget, out, candidate = logistic(into), logistic(forget), logistic(out), np.tanh(candidate)
    cell = forget * cell + into * candidate
    hidden = out * np.tanh(cell)
    gates = {"forget": forget, "input": into, "output": out, "candidate": candidate, "cell": cell, "hidden": hidden}
    return (hidden, cell), gates


def gru(inside: np.ndarray, state: State, weights: Sequence[np.ndarray]) -> tuple[State, Trace]:
    """Return the next state of a GRU and its gates; ``inside``: ``x K + b``, (n, 3 units)."""
    before, recurrent, bias = state[0], weights[1], weights[2]
    units = before.shape[1]
    after = bias.ndim == 2  # the second row belongs to the recurrent product
    inner = before @ (recurrent if after else recurrent[:, : 2 * units])
    inner = inner + bias[1] if after else inner
    update = logistic(inside[:, :units] + inner[:, :units])
    reset = logistic(inside[:, units : 2 * units] + inner[:, units : 2 * units])
    past = reset * inner[:, 2 * units :] if after else (reset * before) @ recurrent[:, 2 * units :]
    candidate = np.tanh(inside[:, 2 * units :] + past)
    hidden = update * before + (1 - update) * candidate
    return (hidden,), {"reset": reset, "update": update, "candidate": candidate, "hidden": hidden}


CELLS: dict[str, tuple[Callable[..., tuple[State, Trace]], int]] = {
    "rnn": (simple, 1),
    "gru": (gru, 1),
    "lstm": (lstm, 2),
}
"""The equations of each kind, and the number of arrays in its state."""


def unrolled(cell: str, x: np.ndarray, mask: np.ndarray, weights: Sequence[np.ndarray]) -> Trace:
    """Return the gates and states at each step; at padded steps the state does not change.

    Parameters
    ----------
    cell
        ``rnn``, ``gru`` or ``lstm``.
    x : ndarray of shape (n, steps, channels)
    mask : ndarray of shape (n, steps)
    weights
        Kernel, recurrent kernel and bias, in Keras' order.
    """
    kept: dict[str, list[np.ndarray]] = {}
    for gates in _steps(cell, x, mask, weights):
        for name, values in gates.items():
            kept.setdefault(name, []).append(values)
    return {name: np.stack(values, axis=1) for name, values in kept.items()}


def states(cell: str, x: np.ndarray, mask: np.ndarray, weights: Sequence[np.ndarray]) -> np.ndarray:
    """Return only the hidden states, shape (n, steps, units)."""
    found = np.empty((*x.shape[:2], weights[1].shape[0]), dtype=x.dtype)
    for step, gates in enumerate(_steps(cell, x, mask, weights)):
        found[:, step] = gates["hidden"]
    return found


def _steps(cell: str, x: np.ndarray, mask: np.ndarray, weights: Sequence[np.ndarray]) -> Iterator[Trace]:
    equations, arrays = CELLS[cell]
    bias = weights[2] if weights[2].ndim == 1 else weights[2][0]
    inside = x @ weights[0] + bias
    state: State = (np.zeros((len(x), weights[1].shape[0]), dtype=x.dtype),) * arrays
    for step in range(x.shape[1]):
        new, gates = equations(inside[:, step], state, weights)
        there = mask[:, step, None]
        if not there.all():
            new = tuple(np.where(there, now, old) for now, old in zip(new, state, strict=True))
            gates |= dict(zip(("hidden", "cell"), new, strict=False))
        state = new
        yield gates
