"""Comparison of results between groups of sensitive columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from custpred.errors import NotApplicable
from custpred.evaluate._applies import require
from custpred.evaluate._cells import cells
from custpred.evaluate._cut import decisions
from custpred.evaluate._rows import Z, rows_of, wilson
from custpred.evaluate.base import Evaluate, Measure

if TYPE_CHECKING:
    from custpred.evaluate._cells import Cells
    from custpred.evaluate.base import Evidence
    from custpred.storage.plain import JSON


class Groups(Evaluate):
    """Selection rate, recall and calibration by group of the columns in ``privacy.sensitive``.

    Rows: ``column``, ``group``, ``customers``; two classes: ``selected`` (share that the policy
    chooses), ``found`` (share of the positives that it chooses), ``predicted`` and ``actual``; more
    classes: ``right`` and ``sure``; amounts: ``predicted`` and ``actual``.  Shares have Wilson
    intervals (``_low``, ``_high``), means have normal ones.  Facts: per column
    ``lowest_to_highest``, the ratio of the smallest to the largest selection rate.
    """

    def measure(self, evidence: Evidence) -> Measure:
        """Compare the groups with at least ``min_cell`` customers."""
        if not evidence.sensitive:
            raise NotApplicable("the recipe names no sensitive columns: add privacy: {sensitive: [...]}.")
        require(evidence, "groups", "binary", "multiclass", "regression")
        names = [name for name in evidence.sensitive if name in evidence.table.names]
        absent = [name for name in evidence.sensitive if name not in names]
        cut = [cells(evidence.table, name, evidence.min_cell) for name in names]
        rows = tuple(row for each in cut for row in _compared(each, evidence))
        if not rows:
            raise NotApplicable(f"no group of the sensitive columns has {evidence.min_cell} customers.")
        facts: JSON = {each.column: _ratio([r for r in rows if r["column"] == each.column]) for each in cut}
        return Measure(self.kind(), rows, facts | ({"absent": absent} if absent else {}))


def _compared(cut: Cells, evidence: Evidence) -> tuple[JSON, ...]:
    own: JSON = {"column": [cut.column] * len(cut.labels), "group": cut.labels, "customers": cut.counts}
    kind = evidence.predictions.task.kind
    numbers = {"binary": _decided, "multiclass": _right, "regression": _means}[kind](cut, evidence)
    return rows_of(**own, **numbers)


def _decided(cut: Cells, evidence: Evidence) -> dict[str, np.ndarray]:
    """Return selection rates among all and among positives, mean predictions and outcome rates."""
    predictions = evidence.predictions
    yes, positive = decisions(evidence) == 1, predictions.truth == 1
    own = _share("selected", cut.sums(yes), cut.counts) | _share("found", cut.sums(yes & positive), cut.sums(positive))
    own["predicted"] = cut.sums(predictions.positive) / cut.counts
    return own | _share("actual", cut.sums(positive), cut.counts)


def _right(cut: Cells, evidence: Evidence) -> dict[str, np.ndarray]:
    predictions = evidence.predictions
    right = predictions.predicted.argmax(axis=1) == predictions.truth
    return _share("right", cut.sums(right), cut.counts) | {
        "sure": cut.sums(predictions.predicted.max(axis=1)) / cut.counts
    }


def _means(cut: Cells, evidence: Evidence) -> dict[str, np.ndarray]:
    truth, counts = evidence.predictions.truth, cut.counts
    actual = cut.sums(truth) / counts
    half = Z * np.sqrt(np.maximum(cut.sums(truth**2) / counts - actual**2, 0) / counts)
    prediction = cut.sums(evidence.predictions.predicted) / counts
    return {"predicted": prediction, "actual": actual, "actual_low": actual - half, "actual_high": actual + half}


def _share(name: str, hits: np.ndarray, trials: np.ndarray) -> dict[str, np.ndarray]:
    low, high = wilson(hits, trials)
    share = np.where(trials > 0, hits / np.maximum(trials, 1), np.nan)
    return {name: share, f"{name}_low": low, f"{name}_high": high}


def _ratio(rows: list[JSON]) -> dict[str, float | None]:
    rates = [row["selected"] for row in rows if row.get("selected") is not None]
    return {"lowest_to_highest": min(rates) / max(rates) if rates and max(rates) > 0 else None}
