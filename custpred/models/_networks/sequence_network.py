"""A network over sequences: its layers, and its forward pass in NumPy, which needs no TensorFlow.

A customer's history is a matrix of steps by channels.  Codes, such as an item, are replaced by
learned vectors (embeddings).  Recurrent layers read the steps from the oldest to the newest and
keep a state; convolutional layers detect short patterns anywhere.  The states are pooled over the
steps, joined with a dense layer of the static columns, and followed by a dense layer and the
scores.  Keras trains the same network (``keras_layers.py``); scoring in NumPy makes a saved model
independent of TensorFlow and fast for one customer.  Equations and papers: ``recurrent_cells.py``.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from custpred.models._networks.recurrent_cells import states
from custpred.models._threads import limited

if TYPE_CHECKING:
    from custpred.models._networks.channels import ScaledSequences

Weights: TypeAlias = dict[str, list[np.ndarray]]
"""Arrays of each layer by name, in Keras' order."""
Pooling: TypeAlias = Literal["last", "mean", "max", "attention", "together"]

ROWS = 1024
FAR, SMALL = 1e4, 1e-3


@dataclass(frozen=True)
class Net:
    """The architecture of a network.

    Parameters
    ----------
    cell
        ``rnn``, ``gru``, ``lstm`` or ``cnn``.
    numbers, static
        Numbers of numeric channels and of static columns.
    sizes, widths
        Number of codes and embedding size of each coded channel.
    kernel
        Number of steps that a convolution spans.
    static_width, head
        Units of the dense layers of the static columns, and before the scores; 0 for none.
    norm
        ``batch``, ``layer`` or an empty string.
    """

    cell: str
    units: int
    layers: int
    bidirectional: bool
    pooling: Pooling
    kernel: int
    numbers: int
    static: int
    sizes: tuple[int, ...]
    widths: tuple[int, ...]
    static_width: int
    head: int
    norm: Literal["batch", "layer", ""]
    outputs: int

    @property
    def sides(self) -> tuple[str, ...]:
        """Return the suffixes of layer names, one for each direction."""
        return ("", "_back") if self.bidirectional else ("",)


def forward(net: Net, weights: Weights, scaled: ScaledSequences, threads: int = 1) -> np.ndarray:
    """Return scores, (n, outputs); rows of similar length are scored together."""
    scores = np.empty((len(scaled), net.outputs))

    def score(batch: tuple[np.ndarray, ScaledSequences]) -> None:
        rows, part = batch
        scores[rows] = finish(net, weights, pooled(net, weights, part), part.static)

    every = batches(scaled)
    if threads == 1 or len(every) == 1:
        for batch in every:
            score(batch)
    else:  # batches in parallel, because a single step is too small for several threads
        with limited(1), ThreadPoolExecutor(threads) as pool:
            list(pool.map(score, every))
    return scores


def batches(scaled: ScaledSequences) -> list[tuple[np.ndarray, ScaledSequences]]:
    """Yield row positions with their rows, cut to the longest of them."""
    lengths = scaled.lengths
    order = np.argsort(lengths, kind="stable")
    parts = [order[first : first + ROWS] for first in range(0, len(order), ROWS)]
    return [(rows, scaled.take(rows, int(lengths[rows[-1]]))) for rows in parts]


def embedded(net: Net, weights: Weights, scaled: ScaledSequences) -> np.ndarray:
    """Return the input of the first layer, shape (n, steps, embeddings and numbers)."""
    vectors = [weights[f"embed{i}"][0][scaled.codes[:, :, i]] for i in range(len(net.sizes))]
    return np.concatenate([*vectors, scaled.numbers], axis=2)


def pooled(net: Net, weights: Weights, scaled: ScaledSequences) -> np.ndarray:
    """Return the pooled sequence, shape (n, poolings times units)."""
    x, mask, last = embedded(net, weights, scaled), scaled.mask, []
    for layer in range(net.layers):
        if net.cell == "cnn":
            x = _convolved(x * mask[:, :, None], weights[f"cell{layer}"])
            continue
        there = states(net.cell, x, mask, weights[f"cell{layer}"])
        if net.bidirectional:
            back = states(net.cell, x[:, ::-1], mask[:, ::-1], weights[f"cell{layer}_back"])
            last, x = [there[:, -1], back[:, -1]], np.concatenate([there, back[:, ::-1]], axis=2)
        else:
            last, x = [there[:, -1]], there
    return _pooling(net, weights, x, mask, last)


def _convolved(x: np.ndarray, weights: list[np.ndarray]) -> np.ndarray:
    """Return the ReLU of a convolution with zero padding at both ends."""
    kernel, bias = weights
    width, steps = len(kernel), x.shape[1]
    padded = np.pad(x, ((0, 0), ((width - 1) // 2, width // 2), (0, 0)))
    seen = sum(padded[:, place : place + steps] @ kernel[place] for place in range(width))
    return np.asarray(np.maximum(seen + bias, 0))


def _pooling(net: Net, weights: Weights, x: np.ndarray, mask: np.ndarray, last: list[np.ndarray]) -> np.ndarray:
    there = mask[:, :, None].astype(x.dtype)
    parts = []
    if net.pooling in {"last", "together"}:
        parts += last
    if net.pooling in {"mean", "together"}:
        parts.append((x * there).sum(axis=1) / np.maximum(there.sum(axis=1), 1))
    if net.pooling == "max":
        parts.append((x * there - FAR * (1 - there)).max(axis=1) * there.max(axis=1))
    if net.pooling in {"attention", "together"}:
        parts.append(_attended(x, there, weights["attend"]))
    return np.concatenate(parts, axis=1)


def _attended(x: np.ndarray, there: np.ndarray, weights: list[np.ndarray]) -> np.ndarray:
    score = x @ weights[0] - FAR * (1 - there)
    odds = np.exp(score - score.max(axis=1, keepdims=True))
    return np.asarray((x * there * (odds / odds.sum(axis=1, keepdims=True))).sum(axis=1))


def finish(net: Net, weights: Weights, sequence: np.ndarray, static: np.ndarray) -> np.ndarray:
    """Return scores from a pooled sequence and the static columns, shape (n, outputs)."""
    hidden = np.maximum(static @ weights["static"][0] + weights["static"][1], 0) if net.static else static
    return head(net, weights, sequence, hidden)


def head(net: Net, weights: Weights, sequence: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    """Return scores of a pooled sequence and the static columns' dense layer, (n, outputs)."""
    joined = np.concatenate([sequence, hidden], axis=1)
    joined = _normed(net, joined, weights["norm"]) if net.norm else joined
    if net.head:
        joined = np.maximum(joined @ weights["head"][0] + weights["head"][1], 0)
    return np.asarray(joined @ weights["out"][0] + weights["out"][1])


def _normed(net: Net, values: np.ndarray, weights: list[np.ndarray]) -> np.ndarray:
    """Return values after batch normalisation (of training) or layer normalisation (of the row)."""
    if net.norm == "batch":
        gain, shift, mean, variance = weights
    else:
        gain, shift = weights
        mean, variance = values.mean(axis=1, keepdims=True), values.var(axis=1, keepdims=True)
    return np.asarray((values - mean) / np.sqrt(variance + SMALL) * gain + shift)
