"""Training in Keras: loss, gradient clipping, batches by length, early stopping, time limit.

Gradients over many steps can explode, so their norm is clipped.  Rows of similar length are put
into the same batch to reduce padding.  Training stops when the validation loss has not improved for
some epochs, and the weights of the best epoch are kept.

References
----------
Pascanu, Mikolov and Bengio (2013), On the difficulty of training recurrent neural networks, ICML.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from custpred.models._networks.keras_layers import build
from custpred.models._networks.tensorflow import load, seeded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from tensorflow import Tensor

    from custpred.models._networks.channels import ScaledSequences
    from custpred.models._networks.sequence_network import Net, Weights
    from custpred.storage.plain import JSON

FEW_STEPS, ROUND = 16, 8
"""Sequences up to the first length are not cut; longer ones are cut to a multiple of the second."""


@dataclass(frozen=True)
class TrainingConfig:
    """Training options; ``classes`` 0: regression; ``end``: clock time of the limit, or None.

    ``clip``: Keras' rule (``clipnorm``, ``clipvalue``, ``global_clipnorm``) and limit, or None.
    """

    classes: int
    learning_rate: float
    batch: int
    epochs: int
    patience: int
    dropout: float
    l2: float
    clip: tuple[str, float] | None
    seed: int
    threads: int
    end: float | None

    @property
    def over(self) -> bool:
        """Return whether time is up."""
        return self.end is not None and time.monotonic() >= self.end


@dataclass(frozen=True)
class TrainingRows:
    """Rows with their class codes or scaled values, and weights of mean 1."""

    scaled: ScaledSequences
    y: np.ndarray
    weight: np.ndarray


def grow(
    net: Net, training: TrainingRows, held: TrainingRows | None, start: np.ndarray, config: TrainingConfig
) -> tuple[Weights, JSON]:
    """Return trained weights, the best on ``held`` or the last, and the training history.

    Parameters
    ----------
    start : ndarray of shape (outputs,)
        Scores of the mean customer: the initial bias of the last layer.
    """
    tensorflow, keras = load(config.threads)
    with seeded(keras, config.seed):
        try:
            return _taught(Trainer(net, config, start, tensorflow, keras), training, held)
        finally:
            keras.backend.clear_session()  # collects garbage too


def _taught(trainer: Trainer, training: TrainingRows, held: TrainingRows | None) -> tuple[Weights, JSON]:
    history = trainer.learn(training, held)
    return trainer.weights(), history


class Trainer:
    """A Keras model, its compiled step, and the loop around it."""

    def __init__(
        self, net: Net, config: TrainingConfig, start: np.ndarray, tensorflow: ModuleType, keras: ModuleType
    ) -> None:
        self.net, self.config, self.tf, self.keras = net, config, tensorflow, keras
        self.model = build(net, keras, config.dropout, config.l2)
        out = self.model.get_layer("out")
        out.set_weights([0.1 * out.get_weights()[0], start])  # saves epochs
        self.optimizer = keras.optimizers.Adam(config.learning_rate)
        self.optimizer.build(self.model.trainable_variables)
        self.rng = np.random.default_rng([config.seed, 23])

    def weights(self) -> Weights:
        """Return the arrays of the layers, by layer name."""
        return {layer.name: layer.get_weights() for layer in self.model.layers if layer.get_weights()}

    def learn(self, training: TrainingRows, held: TrainingRows | None) -> JSON:
        """Train until the validation loss stops improving or time is up, and keep the best weights.

        The learning rate is halved after each epoch without a better loss.
        """
        self.compile(training.scaled)
        flow = [self._flow(training.scaled)]
        best, kept, waited, epochs = math.inf, None, 0, []
        for _ in range(self.config.epochs):
            epoch = self.epoch(training)
            epochs.append(epoch)
            if held is not None:
                epoch["valid"] = self._loss_of(held)
                waited += 1
                if epoch["valid"] < best:
                    best, kept, waited = epoch["valid"], self.model.get_weights(), 0
                else:
                    self.optimizer.learning_rate.assign(self.optimizer.learning_rate / 2)
            if self.config.over or waited >= self.config.patience:
                break
        if kept is not None:
            self.model.set_weights(kept)
        flow.append(self._flow(training.scaled))
        clip = self.config.clip
        return {
            "parameters": int(self.model.count_params()),
            "epochs": epochs,
            "flow": None if flow[0] is None else dict(zip(("start", "end"), flow, strict=True)),
            "clip": list(clip) if clip else None,
        }

    def epoch(self, training: TrainingRows) -> dict[str, float]:
        """Train one epoch; return mean loss, duration in seconds, and norms of the gradients."""
        began, found, rows = time.monotonic(), [], 0
        for part in self._batches(training.scaled):
            scaled = training.scaled.take(part, self._cut(training.scaled, part))
            measures = self._step(_inputs(scaled), training.y[part], training.weight[part])
            found.append([float(each) for each in measures])
            rows += len(part)
            if self.config.over:
                break
        loss, norm, clipped = np.array(found).T
        return {
            "train": float(loss.mean()),
            "seconds": (time.monotonic() - began) * len(training.y) / rows,
            "share": rows / len(training.y),
            "norm": float(norm.mean()),
            "largest": float(norm.max()),
            "clipped": float(clipped.mean()),
            "share_clipped": float((clipped < norm * (1 - 1e-5)).mean()),
        }

    def _batches(self, scaled: ScaledSequences) -> Iterator[np.ndarray]:
        """Yield batches of similar length at random; padding to the longest takes 3 x as long."""
        size = max(1, min(self.config.batch, len(scaled) // 8))
        order = self.rng.permutation(len(scaled))
        if scaled.mask.shape[1] > FEW_STEPS:
            lengths = scaled.lengths[order] * self.rng.uniform(0.95, 1.05, len(order))
            order = order[np.argsort(lengths, kind="stable")]
        starts = np.arange(0, len(order), size)
        for first in self.rng.permutation(starts):
            yield np.sort(order[first : first + size])

    def _cut(self, scaled: ScaledSequences, rows: np.ndarray) -> int:
        """Return the number of newest steps that a batch needs."""
        steps: int = scaled.mask.shape[1]
        if steps <= FEW_STEPS:
            return steps
        longest = int(scaled.lengths[rows].max())
        return min(steps, ROUND * math.ceil(longest / ROUND))

    def _loss_of(self, held: TrainingRows) -> float:
        """Return the mean loss on held-out rows, without the penalty."""
        losses = np.empty(len(held.y))
        order = np.argsort(held.scaled.lengths, kind="stable")
        for part in (order[first : first + 1024] for first in range(0, len(order), 1024)):
            scaled = held.scaled.take(part, self._cut(held.scaled, part))
            losses[part] = self._each(_inputs(scaled), held.y[part]).numpy()
        return float(np.average(losses, weights=held.weight))

    def compile(self, scaled: ScaledSequences) -> None:
        """Trace one training and one evaluation step, for any number of rows and steps."""
        tf, model, config = self.tf, self.model, self.config
        steps = scaled.mask.shape[1] if scaled.mask.shape[1] <= FEW_STEPS else None
        shapes = [(steps, self.net.numbers), (steps, len(self.net.sizes)), (steps,), (self.net.static,)]
        types = [tf.float32, tf.int32, tf.bool, tf.float32]
        ins = [tf.TensorSpec((None, *shape), kind) for shape, kind in zip(shapes, types, strict=True)]
        truth = tf.TensorSpec((None,), tf.int32 if config.classes else tf.float32)
        variables = model.trainable_variables

        def each(inputs: Tensor, y: Tensor, training: bool = False) -> object:
            return _losses(tf, model(inputs, training=training), y, config.classes)

        def step(inputs: Tensor, y: Tensor, weight: Tensor) -> object:
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(weight * each(inputs, y, training=True))
                whole = tf.add_n([loss, *model.losses])
            gradients = tape.gradient(whole, variables)
            norm = tf.linalg.global_norm(gradients)
            kept, held = _clipped(tf, gradients, norm, config.clip)
            self.optimizer.apply(kept, variables)
            return loss, norm, held

        self._step = tf.function(step, input_signature=[ins, truth, tf.TensorSpec((None,), tf.float32)])
        self._each = tf.function(each, input_signature=[ins, truth])

    def _flow(self, scaled: ScaledSequences) -> list[float] | None:
        """Return the sensitivity of the first layer's last state to each step, oldest first.

        It is the mean norm of the gradient of the state's sum by a step's input.  If it vanishes
        for old steps, nothing is learned from them (Bengio et al. 1994; Pascanu et al. 2013).
        """
        if self.net.cell == "cnn":
            return None
        tf, longest = self.tf, np.argsort(-scaled.lengths, kind="stable")[:64]
        part = scaled.take(np.sort(longest))
        inside = self.keras.Model(self.model.inputs, self.model.get_layer("inputs").output)(_inputs(part))
        with tf.GradientTape() as tape:
            tape.watch(inside)
            states = self.model.get_layer("cell0")(inside, mask=tf.constant(part.mask))
            end = tf.reduce_sum(states[:, -1] if len(states.shape) == 3 else states)
        lengths = np.linalg.norm(tape.gradient(end, inside).numpy(), axis=2)
        counts = np.maximum(part.mask.sum(axis=0), 1)
        return [float(each) for each in (lengths * part.mask).sum(axis=0) / counts]


def _inputs(scaled: ScaledSequences) -> list[np.ndarray]:
    return [scaled.numbers, scaled.codes, scaled.mask, scaled.static]


def _losses(tf: ModuleType, scores: Tensor, y: Tensor, classes: int) -> object:
    """Return the log loss, or half the squared error, of each row."""
    if classes > 2:
        return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=scores)
    if classes:
        return tf.nn.sigmoid_cross_entropy_with_logits(labels=tf.cast(y, tf.float32), logits=scores[:, 0])
    return 0.5 * tf.square(scores[:, 0] - y)


def _clipped(
    tf: ModuleType, gradients: list[Tensor], norm: Tensor, clip: tuple[str, float] | None
) -> tuple[list[Tensor], Tensor]:
    """Return gradients clipped by norm, value or global norm, and the resulting norm."""
    if clip is None:
        return gradients, norm
    rule, limit = clip
    if rule == "global_clipnorm":
        return list(tf.clip_by_global_norm(gradients, limit, use_norm=norm)[0]), tf.minimum(norm, limit)
    hold = tf.clip_by_norm if rule == "clipnorm" else lambda each, most: tf.clip_by_value(each, -most, most)
    kept = [hold(each, limit) for each in gradients]
    return kept, tf.linalg.global_norm(kept)
