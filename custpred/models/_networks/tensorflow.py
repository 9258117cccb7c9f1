"""TensorFlow, imported only when a network is trained, with its output suppressed."""

from __future__ import annotations

import os
import random
import sys
import warnings
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import numpy as np

from custpred.errors import MissingDependency
from custpred.lazy import need

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType


def load(threads: int) -> tuple[ModuleType, ModuleType]:
    """Return the modules ``tensorflow`` and ``keras``, with these threads if nothing has run yet.

    Raises
    ------
    MissingDependency
        If TensorFlow is not installed, or Keras was loaded with another backend.
    """
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    with _hushed():
        tensorflow = need("tensorflow", purpose="models: rnn, gru, lstm, cnn", extra="deep")
        keras = need("keras", purpose="models: rnn, gru, lstm, cnn", extra="deep")
        if keras.backend.backend() != "tensorflow":
            raise MissingDependency(
                f"Keras uses the backend {keras.backend.backend()}; the networks need TensorFlow.",
                code="CP1107",
                remedy="Set KERAS_BACKEND=tensorflow.",
            )
        with suppress(RuntimeError):  # TensorFlow has started: threads are fixed
            tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
            tensorflow.config.threading.set_inter_op_parallelism_threads(1)
        tensorflow.get_logger().setLevel("ERROR")
        tensorflow.zeros(())
    return tensorflow, keras


@contextmanager
def seeded(keras: ModuleType, seed: int) -> Iterator[None]:
    """Seed Keras, and with it the generators of Python and NumPy, which then continue as before."""
    before = random.getstate(), np.random.get_state()
    keras.utils.set_random_seed(seed)
    try:
        yield
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])


@contextmanager
def _hushed() -> Iterator[None]:
    """Discard the messages that TensorFlow's libraries write to standard error while loading."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
