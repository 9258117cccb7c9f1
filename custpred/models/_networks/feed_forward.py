"""A feed-forward network in NumPy: SiLU layers, dropout, AdamW, early stopping, gradients.

For a few thousand rows, a network with one or two layers trains in seconds without a deep learning
library, and its errors differ from those of trees, which helps a blend.  Contributions are
gradients by the inputs, averaged along the path from the mean customer (integrated gradients).

References
----------
He et al. (2015), arXiv:1502.01852 (initial weights); Loshchilov & Hutter (2019), arXiv:1711.05101
(AdamW); Elfwing et al. (2018), arXiv:1702.03118 (SiLU); Sundararajan et al. (2017) (gradients).
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from scipy.special import expit, softmax

from custpred.models._threads import limited, shared

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Weights: TypeAlias = list[np.ndarray]
"""Matrix and bias of each layer, alternating: (in, out), (out,), ..."""

_ROWS = 2048
"""Number of rows that pass through all layers together: each layer's values stay in the cache."""


@dataclass(frozen=True)
class ScaledRows:
    """Scaled rows: values (n, p), class codes or values (n,), weights or None."""

    values: np.ndarray
    y: np.ndarray
    weight: np.ndarray | None


@dataclass(frozen=True)
class TrainingConfig:
    """Training options of one network; ``classes`` 0: regression; ``seconds`` None: no limit."""

    classes: int
    sizes: tuple[int, ...]
    dropout: float
    learning_rate: float
    weight_decay: float
    batch: int
    epochs: int
    patience: int
    seed: int
    seconds: float | None


def grow(scaled: ScaledRows, held: Sequence[ScaledRows], config: TrainingConfig) -> list[Weights]:
    """Return the best weights on ``held``, then on each of its parts; the last without ``held``.

    The learning rate follows a cosine over all epochs, or over the time limit if that is shorter,
    so that a short training also ends with small steps.
    """
    rng = np.random.default_rng([config.seed, 17])
    weights = _first(scaled, config, rng)
    adam = _Adam(weights, config)
    size = max(1, min(config.batch, len(scaled.y) // 8))
    began, best = time.monotonic(), _Best(weights, held, config.classes)
    with limited(1):  # the matrices are too small for a second thread
        for epoch in range(config.epochs):
            over = _pass(weights, adam, scaled, (epoch, began, size), rng)
            if best.waited(weights) >= config.patience or over:
                break
    return best.kept


def _pass(
    weights: Weights, adam: _Adam, scaled: ScaledRows, place: tuple[int, float, int], rng: np.random.Generator
) -> bool:
    """Train one epoch and return whether time is up; ``place``: epoch, start time, batch size."""
    config, (epoch, began, size) = adam.config, place
    order = rng.permutation(len(scaled.y))
    for first in range(0, len(order), size):
        past = (time.monotonic() - began) / config.seconds if config.seconds else 0.0
        done = max((epoch + first / len(order)) / config.epochs, past)
        if done >= 1:
            return True
        adam.step(weights, _gradient(weights, scaled, order[first : first + size], config, rng), done)
    return False


def forward(weights: Weights, values: np.ndarray, threads: int = 1) -> np.ndarray:
    """Return scores, shape (n, outputs); blocks of rows are computed on several threads."""
    return _blockwise(lambda rows: _passed(weights, rows), values, threads)


def _blockwise(function: Callable[[np.ndarray], np.ndarray], values: np.ndarray, threads: int) -> np.ndarray:
    """Return a function's results on blocks of rows.

    A matrix product of a block is too small for the threads of a linear algebra library, which took
    three times as long.
    """
    if len(values) <= _ROWS:
        return function(values)
    with limited(1):
        return np.concatenate(shared(lambda rows: function(values[rows]), len(values), threads, _ROWS))


def _passed(weights: Weights, values: np.ndarray) -> np.ndarray:
    """Return the scores of a block of rows, small enough for each layer to stay in the cache."""
    for matrix, bias in zip(weights[:-2:2], weights[1:-2:2], strict=True):
        z = values @ matrix
        z += bias
        gate = np.negative(z)
        with np.errstate(over="ignore"):  # for larger values the gate is 0, as it should be
            np.exp(gate, out=gate)
        gate += 1
        values = np.divide(z, gate, out=z)
    scores: np.ndarray = values @ weights[-2] + weights[-1]
    return scores


def integrated(weights: Weights, values: np.ndarray, threads: int = 1, nodes: int = 12) -> np.ndarray:
    """Return contributions (n, p + 1, outputs) relative to the mean customer, which is all 0.

    Gradients are integrated along the straight line by Gauss-Legendre quadrature; the remaining
    error is distributed in proportion to the size of the contributions, so that they add up.
    """
    ends, lengths = np.polynomial.legendre.leggauss(nodes)
    steps = list(zip((ends + 1) / 2, lengths / 2, strict=True))
    return _blockwise(lambda rows: _integrated(weights, rows, steps), values, threads)


def _integrated(weights: Weights, values: np.ndarray, steps: Sequence[tuple[float, float]]) -> np.ndarray:
    """Return the contributions of a block of rows; ``steps``: places on the line, their weights."""
    start = forward(weights, np.zeros((1, values.shape[1]), values.dtype))[0].astype(float)
    scores = forward(weights, values).astype(float)
    parts = np.zeros((len(values), values.shape[1] + 1, len(start)))
    for k in range(len(start)):
        slope = sum(length * _input_gradient(weights, values * place, k) for place, length in steps)
        own = slope * values.astype(float)
        missed = scores[:, k] - start[k] - own.sum(axis=1)
        share = np.abs(own) + 1e-12
        parts[:, :-1, k] = own + share * (missed / share.sum(axis=1))[:, None]
    parts[:, -1] = start
    return parts


def _first(scaled: ScaledRows, config: TrainingConfig, rng: np.random.Generator) -> Weights:
    """Return He-initialised weights; the last bias starts at the training shares."""
    sizes = (scaled.values.shape[1], *config.sizes)
    weights: Weights = []
    for before, after in pairwise(sizes):
        weights += [rng.normal(0, math.sqrt(2 / max(before, 1)), (before, after)), np.zeros(after)]
    weights[-2] *= 0.1
    if config.classes:
        counts = np.bincount(scaled.y, weights=scaled.weight, minlength=config.classes) + 0.5
        logs = np.log(counts / counts.sum())
        weights[-1] = logs[1:] - logs[:1] if config.classes == 2 else logs
    return [each.astype(np.float32) for each in weights]


def _silu(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the SiLU of z, z times its sigmoid, and its derivative."""
    gate = expit(z)
    active = z * gate
    return active, gate + active * (1 - gate)


def _error(scores: np.ndarray, y: np.ndarray, classes: int) -> np.ndarray:
    """Return the derivative of the loss with respect to the scores, shape (n, outputs)."""
    if classes > 2:
        shares: np.ndarray = softmax(scores, axis=1)
        shares[np.arange(len(y)), y] -= 1
        return shares
    error: np.ndarray = (expit(scores) if classes else scores) - y[:, None].astype(scores.dtype)
    return error


def _loss(scores: np.ndarray, scaled: ScaledRows, classes: int) -> float:
    """Return the mean log loss, or half the mean squared error."""
    scores = scores.astype(float)
    if classes > 2:
        each = np.logaddexp.reduce(scores, axis=1) - scores[np.arange(len(scores)), scaled.y]
    elif classes:
        each = np.logaddexp(0, scores[:, 0]) - scaled.y * scores[:, 0]
    else:
        each = 0.5 * (scores[:, 0] - scaled.y) ** 2
    return float(np.average(each, weights=scaled.weight))


def _gradient(
    weights: Weights, scaled: ScaledRows, picked: np.ndarray, config: TrainingConfig, rng: np.random.Generator
) -> Weights:
    """Return the gradient of the loss on a batch, with dropout after each hidden layer."""
    inputs, slopes = [scaled.values[picked]], []
    for matrix, bias in zip(weights[:-2:2], weights[1:-2:2], strict=True):
        active, slope = _silu(inputs[-1] @ matrix + bias)
        mask = (rng.random(active.shape, np.float32) >= config.dropout) / np.float32(1 - config.dropout)
        inputs.append(active * mask)
        slopes.append(slope * mask)
    error = _error(inputs[-1] @ weights[-2] + weights[-1], scaled.y[picked], config.classes)
    if scaled.weight is not None:
        error *= (scaled.weight[picked] / scaled.weight.mean()).astype(np.float32)[:, None]
    error /= len(picked)
    gradient: Weights = []
    for layer in reversed(range(len(inputs))):
        gradient = [inputs[layer].T @ error, error.sum(axis=0), *gradient]
        if layer:
            error = (error @ weights[2 * layer].T) * slopes[layer - 1]
    return gradient


def _input_gradient(weights: Weights, values: np.ndarray, output: int) -> np.ndarray:
    """Return the gradient of one output with respect to the inputs, shape (n, p)."""
    slopes = []
    for matrix, bias in zip(weights[:-2:2], weights[1:-2:2], strict=True):
        values, slope = _silu(values @ matrix + bias)
        slopes.append(slope)
    error = np.broadcast_to(weights[-2][:, output], (len(values), len(weights[-2])))
    for layer in reversed(range(len(slopes))):
        error = (error * slopes[layer]) @ weights[2 * layer].T
    return error.astype(float)


class _Best:
    """The best weights on all held-out rows and on each of their parts, or else the last."""

    def __init__(self, weights: Weights, held: Sequence[ScaledRows], classes: int) -> None:
        self._held, self._classes, self._epochs = held, classes, 0
        count = len(held) + (len(held) > 1)
        self._losses, self.kept = [math.inf] * count, [weights] * max(1, count)

    def waited(self, weights: Weights) -> int:
        """Evaluate the weights after an epoch; return the epochs without improvement."""
        found = [_loss(forward(weights, each.values), each, self._classes) for each in self._held]
        losses = [sum(found) / len(found), *found] if len(found) > 1 else found
        copy = [each.copy() for each in weights] if losses else []
        self._epochs += 1
        for place, loss in enumerate(losses):
            if loss < self._losses[place]:
                self._losses[place], self.kept[place] = loss, copy
                self._epochs = self._epochs if place else 0
        return self._epochs if losses else 0


class _Adam:
    """AdamW with weight decay on matrices only and gradients clipped to norm 1."""

    def __init__(self, weights: Weights, config: TrainingConfig) -> None:
        self.first = [np.zeros_like(each) for each in weights]
        self.second = [np.zeros_like(each) for each in weights]
        self.config, self.steps = config, 0

    def step(self, weights: Weights, gradient: Weights, done: float) -> None:
        """Update the weights in place; ``done`` is the completed share of the training."""
        self.steps += 1
        rate = self.config.learning_rate * (0.5 + 0.5 * math.cos(math.pi * done))
        length = math.sqrt(sum(float(np.vdot(each, each)) for each in gradient))
        shrink = min(1.0, 1.0 / max(length, 1e-12))
        ahead = math.sqrt(1 - 0.999**self.steps) / (1 - 0.9**self.steps)
        for each, slope, first, second in zip(weights, gradient, self.first, self.second, strict=True):
            first += 0.1 * (slope * shrink - first)
            second += 0.001 * ((slope * shrink) ** 2 - second)
            if each.ndim == 2:
                each *= 1 - rate * self.config.weight_decay
            each -= rate * ahead * first / (np.sqrt(second) + 1e-8)
