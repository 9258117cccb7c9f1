"""Hashes of held-out rows: which rows a model has learned from."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from custpred.results.held_out import HeldOut
from custpred.split.base import Folds
from custpred.table import Column, Table
from custpred.target.base import Labelled
from custpred.task import Predictions, Task


def test_a_refit_also_learned_from_rows_between_training_and_test() -> None:
    """A split by time leaves out rows whose labels were late; the final model has seen them."""
    truth, task = np.arange(60) % 2, Task("binary", "left", ("no", "yes"))
    table = Table(pd.DataFrame({"spend": np.arange(60.0)}), (Column("spend", "number"),))
    folds = Folds(np.arange(30), np.arange(45, 60), ())
    labelled, scored = Labelled(table, truth, task), Predictions(task, truth[45:], np.full((15, 2), 0.5))
    model: Any = SimpleNamespace(conform=lambda frame: (frame, ()))
    held = HeldOut.of(labelled, folds.test, scored, folds).knowing(labelled, folds, model)
    for first, last, counts in ((0, 30, (30, 30)), (30, 45, (15, 0)), (45, 60, (15, 0))):
        rows = table.frame[first:last], truth[first:last]
        assert tuple(held.seen(*rows, refitted=refitted) for refitted in (True, False)) == counts
    assert held.seen(table.frame + 0.5, truth, refitted=True) == 0
