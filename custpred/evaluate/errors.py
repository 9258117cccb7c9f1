"""Where predictions go wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
from pydantic import Field

from custpred.evaluate._applies import require
from custpred.evaluate._bins import equal_counts
from custpred.evaluate._cut import decisions, threshold
from custpred.evaluate._rows import rows_of, wilson
from custpred.evaluate.base import Evaluate, Measure
from custpred.text import plain

if TYPE_CHECKING:
    from custpred.evaluate.base import Evidence
    from custpred.storage.plain import JSON

OTHER = "(other classes)"


class Errors(Evaluate):
    """The confusion matrix; for amounts, the size and direction of errors.

    Classes: rows ``actual``, ``predicted``, ``customers``, ``share`` of the actual class (None if
    they are few); facts ``accuracy`` and, per class, ``precision`` and ``recall`` with Wilson
    intervals.  Classes with fewer than ``min_cell`` customers are merged.

    Amounts: rows are groups by prediction with quantiles of actual - predicted, and the outer ones
    of the actual amounts (``actual_q05``, ``actual_q95``); facts are ``half_within`` (the median
    absolute error), ``mae``, ``mae_simplest`` of predicting the median for everyone, and the shares
    within 10 % and 25 % of the prediction.
    """

    counts: ClassVar[tuple[str, ...]] = ("customers",)

    groups: Annotated[int, Field(ge=2, le=50, description="Number of groups of customers by predicted amount.")] = 10

    def measure(self, evidence: Evidence) -> Measure:
        """Compute the confusion matrix, or quantiles of the error."""
        require(evidence, "errors", "binary", "multiclass", "regression")
        regression = evidence.predictions.task.kind == "regression"
        rows, facts = self._amounts(evidence) if regression else _confusion(evidence)
        return Measure(self.kind(), rows, facts)

    def _amounts(self, evidence: Evidence) -> tuple[tuple[JSON, ...], JSON]:
        prediction = evidence.predictions.predicted
        off = evidence.predictions.truth - prediction
        group = equal_counts(prediction, self.groups, evidence.min_cell)
        parts = [off[group == place] for place in range(group.max() + 1)]
        counts = np.bincount(group)
        names = ("q05", "q25", "q50", "q75", "q95")
        quantiles = np.array([np.quantile(part, [0.05, 0.25, 0.5, 0.75, 0.95]) for part in parts]).T
        means = np.array([part.mean() for part in parts])
        own = {"group": np.arange(1, len(parts) + 1), "customers": counts, "mean": means}
        own["predicted"] = np.bincount(group, weights=prediction) / counts
        truth = evidence.predictions.truth
        own["actual_q05"], own["actual_q95"] = np.array(
            [np.quantile(truth[group == place], [0.05, 0.95]) for place in range(len(parts))]
        ).T
        rows = rows_of(**own, **dict(zip(names, quantiles, strict=True)))
        worst = int(abs(means).argmax())
        base = float(np.mean(abs(truth - np.median(truth))))
        own_facts = {"worst": worst + 1, "worst_bias": float(means[worst]), "mae_simplest": base}
        return rows, own_facts | _within(off, prediction)


def _within(off: np.ndarray, prediction: np.ndarray) -> dict[str, float]:
    """Return median and mean absolute error, and the shares within 10 % and 25 %."""
    size = abs(off)
    found = {"half_within": float(np.median(size)), "mae": float(size.mean())}
    for percent in (10, 25):
        hits = int((abs(off) <= percent / 100 * abs(prediction)).sum())
        low, high = wilson(hits, len(off))
        found |= {f"within_{percent}": hits / len(off), f"within_{percent}_low": float(low)}
        found |= {f"within_{percent}_high": float(high)}
    return found


def _confusion(evidence: Evidence) -> tuple[tuple[JSON, ...], JSON]:
    predictions, code = evidence.predictions, decisions(evidence)
    labels, place = _labels(evidence)
    table = np.zeros((len(labels), len(labels)), dtype=int)
    np.add.at(table, (place[predictions.truth.astype(int)], place[code]), 1)
    right, actual, prediction = np.diag(table), table.sum(axis=1), table.sum(axis=0)
    few = (table > 0) & (table < evidence.min_cell)  # the share would tell how many
    rows = rows_of(
        actual=np.repeat(labels, len(labels)),
        predicted=np.tile(labels, len(labels)),
        customers=table.ravel(),
        share=np.where(few, np.nan, table / np.maximum(actual[:, None], 1)).ravel(),
    )
    found, trusted = wilson(right, actual), wilson(right, prediction)
    classes = rows_of(
        label=labels, customers=actual, precision=right / np.maximum(prediction, 1), precision_low=trusted[0],
        precision_high=trusted[1], recall=right / np.maximum(actual, 1), recall_low=found[0], recall_high=found[1],
    )  # fmt: skip
    correct = int((code == predictions.truth).sum())
    low, high = wilson(correct, len(predictions))
    facts: JSON = {"accuracy": correct / len(predictions), "low": float(low), "high": float(high)}
    cut = {"threshold": threshold(evidence, code)} if predictions.task.kind == "binary" else {}
    return rows, facts | cut | {"classes": list(classes)}


def _labels(evidence: Evidence) -> tuple[list[str], np.ndarray]:
    """Return the labels shown and each class's index in them; rare classes share the last."""
    task, truth = evidence.predictions.task, evidence.predictions.truth.astype(int)
    names = [plain(label, 60) for label in task.labels]
    rare = np.bincount(truth, minlength=task.classes) < evidence.min_cell
    if task.kind == "binary" or rare.sum() < 2:
        return names, np.arange(task.classes)
    place = np.where(rare, (~rare).sum(), np.cumsum(~rare) - 1)
    return [*(name for name, few in zip(names, rare, strict=True) if not few), OTHER], place
