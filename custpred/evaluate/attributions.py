"""What drives the predictions: attributions of many customers, by column."""

from __future__ import annotations  # light: imports inside functions are deliberate

import math
import time
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
import pandas as pd
from pydantic import Field

from custpred.errors import NotApplicable
from custpred.evaluate._applies import require
from custpred.evaluate.base import Evaluate, Measure
from custpred.explain.by_event import by_event

if TYPE_CHECKING:
    from custpred.evaluate.base import Evidence

FIRST_ROWS, GROWTH, MIN_ROWS = 12, 8, 24
"""Customers explained first, to measure the speed (0.1 to 10 ms for a customer and fold);
growth of the following batches; and fewest customers explained."""
SHARE, MIN_SECONDS = 0.3, 1.0
"""Maximum share of the remaining time, and minimum time in seconds."""
COUNTED_ROWS = 500
"""Number of customers if trials are counted instead of time: then nothing depends on the clock."""
THIRDS = ("lowest", "middle", "highest")
"""The lowest fifth, the middle three fifths and the highest fifth of the score."""


class Attributions(Evaluate):
    """How much each column moves the predictions: direction, shape and interactions.

    Rows, the largest first: ``column`` (``event@-k``: the event k before the last), ``importance``
    (mean absolute attribution, in percentage points of the shown probability or units of the
    target) with ``low`` and ``high``, and for the first few ``direction`` (``up``, ``down``,
    ``mixed``) and ``shape`` (``label``, ``customers``, mean ``part``, 10 % and 90 % quantiles
    ``low`` and ``high``).  Facts: ``unit``, ``customers``, ``pairs`` (interactions), ``groups`` (by
    score or class).

    References
    ----------
    Lundberg and Lee (2017), NeurIPS; shapes: Lundberg et al. (2020), Nature Machine Intelligence 2.
    """

    calls_model: ClassVar[bool] = True
    optional: ClassVar[bool] = True

    rows: Annotated[int, Field(ge=50, description="Maximum number of customers to explain.")] = 2000

    def measure(self, evidence: Evidence) -> Measure:
        """Explain as many customers as time allows, with the models of one fold."""
        from custpred.evaluate._effects import Effects

        require(evidence, "attributions", "binary", "multiclass", "regression")
        if evidence.reasons is None:
            raise NotApplicable("the model is not available to explain customers.")
        chosen, why = _explained(evidence, self.rows)
        names, parts = by_event([str(name) for name in why.columns[2:]], why.iloc[:, 2:].to_numpy(dtype=float))
        answer = why["answer"].to_numpy(dtype=float)
        found = Effects(evidence.table.take(chosen), names, parts, answer, evidence.min_cell)
        task = evidence.predictions.task
        unit = "" if task.kind == "regression" else "points"
        facts = {"unit": unit, "customers": len(chosen), "groups": found.groups(*_groups(evidence, chosen, answer))}
        pairs = found.pairs() if task.kind != "multiclass" else []
        rows = found.rows()
        if task.kind == "multiclass":  # attributions of different classes have no common direction
            rows = [{key: row[key] for key in ("column", "importance", "low", "high")} for row in rows]
        return Measure(self.kind(), tuple(rows), facts | {"pairs": pairs})


def _explained(evidence: Evidence, most: int) -> tuple[np.ndarray, pd.DataFrame]:
    """Return the positions of sampled customers and their attributions, as many as time allows."""
    assert evidence.reasons is not None
    order = np.random.default_rng(evidence.seed).permutation(len(evidence.predictions))[:most]
    frame = evidence.table.frame
    if math.isinf(evidence.seconds):
        order = order[:COUNTED_ROWS]
        return order, evidence.reasons(frame.iloc[order].reset_index(drop=True), 1)
    # the first call loads libraries
    evidence.reasons(frame.iloc[order[:2]].reset_index(drop=True), 1)
    end = time.monotonic() + max(SHARE * evidence.seconds, MIN_SECONDS)
    parts: list[pd.DataFrame] = []
    place, size = 0, FIRST_ROWS
    while size > 0 and place < len(order):
        batch = order[place : place + size]
        began = time.monotonic()
        parts.append(evidence.reasons(frame.iloc[batch].reset_index(drop=True), 1))
        spent = max(time.monotonic() - began, 1e-3)
        place += len(batch)
        affordable = int(len(batch) * (end - time.monotonic()) / spent)
        size = max(min(GROWTH * len(batch), affordable if affordable >= FIRST_ROWS else 0), MIN_ROWS - place)
    return order[:place], pd.concat(parts, ignore_index=True)


def _groups(evidence: Evidence, chosen: np.ndarray, answer: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return each customer's group, (n,), and the names: predicted classes or score ranges."""
    predictions = evidence.predictions
    if predictions.task.kind == "multiclass":
        return predictions.predicted[chosen].argmax(axis=1), predictions.task.labels
    rank = answer.argsort(kind="stable").argsort(kind="stable") / max(len(answer), 1)
    return np.digitize(rank, [0.2, 0.8]), THIRDS
