"""Training time of the LSTM relative to a plain Keras loop on the same rows: at most 1.3 times.

    python benchmarks/throughput.py                      # 4,096 rows of 200 steps, LSTM(64)
    python benchmarks/throughput.py --rows 25000 --epochs 3

Both train the same layers on the same codes with Adam and no dropout; all rows have full length, so
sorting by length saves nothing.  CPU seconds of the fastest epoch after the first are compared.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from typing import Any

import numpy as np

from custpred.models._networks.channels import ScaledSequences
from custpred.models._networks.keras_training import Trainer, TrainingConfig, TrainingRows
from custpred.models._networks.sequence_network import Net
from custpred.models._networks.tensorflow import load

WORDS, WIDTH, UNITS, BATCH, LIMIT = 10_000, 128, 64, 256, 1.3
NET = Net("lstm", UNITS, 1, False, "last", 1, 0, 0, (WORDS,), (WIDTH,), 1, 0, "", 1)


def plain(keras: Any, codes: np.ndarray, y: np.ndarray, epochs: int) -> float:
    """Return the CPU seconds of the fastest epoch of ``model.fit``, without masks or clipping."""
    layers = keras.layers
    model = keras.Sequential(
        [keras.Input((None,), dtype="int32"), layers.Embedding(WORDS, WIDTH), layers.LSTM(UNITS), layers.Dense(1)]
    )
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-3), loss, jit_compile=False)
    return fastest(lambda: model.fit(codes, y, batch_size=BATCH, epochs=1, verbose=0), epochs)


def ours(tensorflow: Any, keras: Any, codes: np.ndarray, y: np.ndarray, epochs: int) -> float:
    """Return the CPU seconds of the fastest epoch of custpred's own loop, masked and clipped."""
    rows, steps = codes.shape
    numbers, static = np.zeros((rows, steps, 0), np.float32), np.zeros((rows, 0), np.float32)
    training = TrainingRows(
        ScaledSequences(numbers, codes[:, :, None], codes > 0, static), y, np.ones(rows, np.float32)
    )
    config = TrainingConfig(2, 1e-3, BATCH, epochs, 1, 0.0, 0.0, ("global_clipnorm", 1.0), 0, 1, None)
    trainer = Trainer(NET, replace(config), np.zeros(1), tensorflow, keras)
    trainer.compile(training.scaled)
    return fastest(lambda: trainer.epoch(training), epochs)


def fastest(work: Any, epochs: int) -> float:
    """Return the CPU seconds of the fastest of some rounds, after one that traces."""
    found = []
    for _ in range(epochs + 1):
        began = time.process_time()
        work()
        found.append(time.process_time() - began)
    return min(found[1:])


def main() -> None:
    """Print both and their ratio; exit with 1 if it exceeds the limit."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--rows", type=int, default=4096)
    asked.add_argument("--steps", type=int, default=200)
    asked.add_argument("--epochs", type=int, default=2)
    options = asked.parse_args()
    tensorflow, keras = load(1)
    draw = np.random.default_rng(0)
    codes = draw.integers(1, WORDS, (options.rows, options.steps)).astype(np.int32)
    y = draw.integers(0, 2, options.rows).astype(np.int32)
    base = plain(keras, codes, y, options.epochs)
    own = ours(tensorflow, keras, codes, y, options.epochs)
    print(f"plain Keras {base:.1f} CPU s, custpred {own:.1f} CPU s an epoch: {own / base:.2f} times")
    raise SystemExit(own > LIMIT * base)


if __name__ == "__main__":
    main()
