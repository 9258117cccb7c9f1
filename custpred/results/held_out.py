"""Held-out customers as numbers: predictions, and hashes to match another run's."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd

from custpred.events.assembly import CUTOFF
from custpred.storage.files import load_arrays, save_arrays
from custpred.task import Predictions

if TYPE_CHECKING:
    from pathlib import Path

    from custpred.inference.predictor import Predictor
    from custpred.split.base import Folds
    from custpred.storage.plain import State
    from custpred.table import Table
    from custpred.target.base import Labelled
    from custpred.task import Task

FILE = "held_out.npz"
MAX_HASHED = 200_000
"""Maximum rows of a table whose model columns are hashed."""
HASHES = ("trained", "unscored", "learned", "tested")


@dataclass(frozen=True)
class HeldOut:
    """Predictions of a run for customers that it was not trained on.

    Parameters
    ----------
    ids : ndarray of shape (n,)
        Hashes of key and cutoff; equal to ``rows`` if the table has no key.
    rows : ndarray of shape (n,)
        Hashes of all values and of the label.
    predictions
        Labels and predictions of these rows.
    trained : ndarray of shape (m,)
        Hashes, as in ``rows``, of the training rows of the run, in ascending order.
    unscored : ndarray
        Hashes, as in ``rows``, of rows neither trained on nor scored: those of a refit, too.
    learned, tested : ndarray
        Hashes of the model's columns and of the label of training rows and of all others, which are
        the test's and, in time, those just before it; empty for large tables and in folders of
        older versions.
    """

    ids: np.ndarray
    rows: np.ndarray
    predictions: Predictions
    trained: np.ndarray
    unscored: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.uint64))
    learned: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.uint64))
    tested: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.uint64))

    def __len__(self) -> int:
        return len(self.ids)

    @classmethod
    def of(cls, labelled: Labelled, rows: np.ndarray, scored: Predictions, folds: Folds) -> Self:
        """Return the customers at positions ``rows`` of a table, which is split into ``folds``."""
        every = row_hashes(labelled)
        own, others = every[rows], np.setdiff1d(np.arange(len(every)), np.concatenate([folds.train, rows]))
        trained = np.unique(every[folds.train])
        return cls(_ids(labelled.table.take(rows), own), own, scored, trained, every[others])

    def knowing(self, labelled: Labelled, folds: Folds, predictor: Predictor) -> HeldOut:
        """Return these customers with hashes of the model's columns, unless the table is large."""
        if len(labelled.table) > MAX_HASHED:
            return self
        inputs, _ = predictor.conform(labelled.table.frame)
        every = input_hashes(inputs, labelled.truth)
        others = np.setdiff1d(np.arange(len(every)), folds.train)  # a refit learns from all of them
        return replace(self, learned=every[folds.train], tested=every[others])

    def take(self, places: np.ndarray) -> HeldOut:
        """Return the customers at these positions."""
        return replace(self, ids=self.ids[places], rows=self.rows[places], predictions=self.predictions.take(places))

    def seen(self, inputs: pd.DataFrame, truth: np.ndarray, *, refitted: bool) -> int:
        """Return how many labelled rows are among those that the model learned from.

        0 if no more than among the others, of which some equal training rows if columns are few.

        Parameters
        ----------
        inputs, truth
            The model's columns, and the labels as it codes them.
        refitted
            Whether the model also learned from the others.
        """
        known = np.concatenate([self.learned, self.tested]) if refitted else self.learned
        found = int(np.isin(input_hashes(inputs, truth), known).sum()) if len(known) else 0
        usual = len(truth) * float(np.isin(self.tested, self.learned).mean()) if len(self.tested) else 0.0
        return found if found > usual + 3 * math.sqrt(usual) else 0

    def save(self, folder: Path) -> None:
        """Write one NumPy file."""
        own = self.predictions
        arrays: State = {name: getattr(self, name) for name in ("ids", "rows", *HASHES)}
        arrays |= {"truth": own.truth, "predicted": own.predicted}
        if own.weight is not None:
            arrays["weight"] = own.weight
        save_arrays(folder / FILE, arrays)

    @classmethod
    def load(cls, folder: Path, task: Task) -> HeldOut | None:
        """Load the file of ``save``; None if there is none, as in folders of older versions.

        Raises
        ------
        ModelFileError
            CP5202 if the file is damaged.
        """

        def built(kept: State) -> HeldOut:
            predictions = Predictions(task, kept["truth"], kept["predicted"], kept.get("weight"))
            return cls(kept["ids"], kept["rows"], predictions, **{name: kept[name] for name in HASHES if name in kept})

        return load_arrays(folder, FILE, built)


def input_hashes(inputs: pd.DataFrame, truth: np.ndarray) -> np.ndarray:
    """Return a 64-bit hash of each row's model columns and label, (n,), whatever the other rows."""
    return _mixed(_hashed(inputs), _hashed(np.asarray(truth, dtype=float)))


def row_hashes(labelled: Labelled) -> np.ndarray:
    """Return a 64-bit hash of each row's values and label, (n,), whatever the other rows."""
    frame = labelled.table.frame
    return _mixed(_hashed(frame), _hashed(labelled.truth.astype(float)))


def _ids(table: Table, rows: np.ndarray) -> np.ndarray:
    """Return hashes of key and cutoff, or of whole rows without a unique key."""
    if table.key not in table.frame:
        return rows
    found = _hashed(table.frame[table.key].astype(str))
    if CUTOFF in table.frame:
        found = _mixed(found, _hashed(table.frame[CUTOFF].astype(str)))
    return found if len(np.unique(found)) == len(found) else rows


def _hashed(values: pd.DataFrame | pd.Series | np.ndarray) -> np.ndarray:
    if isinstance(values, np.ndarray):
        return np.asarray(pd.util.hash_array(values))
    return np.asarray(pd.util.hash_pandas_object(values, index=False), dtype=np.uint64)


def _mixed(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Combine two hashes (Boost's hash_combine in 64 bits)."""
    own = np.uint64(0x9E3779B97F4A7C15) + (first << np.uint64(6)) + (first >> np.uint64(2))
    return np.asarray(first ^ (second + own))
