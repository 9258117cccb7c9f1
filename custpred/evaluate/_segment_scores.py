"""Score one metric in every segment, with simultaneous confidence intervals."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from custpred.columns.sequence import is_step
from custpred.errors import NotApplicable
from custpred.evaluate._cells import CUTTABLE, Cells, cells
from custpred.metrics._student import upper_quantile

if TYPE_CHECKING:
    from custpred.evaluate.base import Evidence
    from custpred.metrics.base import Metric
    from custpred.storage.plain import JSON
    from custpred.task import Predictions

MOST_ROWS = 20_000
DRAWS = 30
SIMULATIONS = 10
MAX_SHARE = 0.9
"""A group with more than this share of the customers is not a segment."""


def sampled(evidence: Evidence) -> Evidence:
    """Return the evidence with at most 20,000 customers and only the metrics that suit the task."""
    metrics = [each for each in evidence.metrics if evidence.predictions.task.kind in each.tasks]
    if not metrics:
        raise NotApplicable("no metric of the recipe fits the task.")
    rows = len(evidence.predictions)
    if rows <= MOST_ROWS:
        return replace(evidence, metrics=metrics)
    chosen = np.sort(np.random.default_rng(evidence.seed).choice(rows, MOST_ROWS, replace=False))
    taken, table = evidence.predictions.take(chosen), evidence.table.take(chosen)
    return replace(evidence, metrics=metrics, predictions=taken, table=table)


def compared(evidence: Evidence, least: int, most: int) -> tuple[list[JSON], float]:
    """Return a row for each segment that can be scored, and the score of all customers."""
    metric, predictions = evidence.metrics[0], evidence.predictions
    overall = metric.score(predictions)
    every = [each for each in evidence.table.columns if each.kind in CUTTABLE and not is_step(each.name)]
    names = [each.name for each in every if each.name != evidence.table.key]
    cut = _telling([cells(evidence.table, name, least) for name in names], losses(predictions), most)
    parts = [(each, place) for each in cut for place in range(len(each.labels))]
    parts = [(each, i) for each, i in parts if each.counts[i] <= MAX_SHARE * len(predictions)]
    rng = np.random.default_rng(evidence.seed)
    rows = [_row(each, place, predictions, metric, rng) for each, place in parts]
    rows = [row for row in rows if np.isfinite(row["score"]) and np.isfinite(row["error"])]
    for row in rows:
        _bounded(row, len(rows), overall, metric.widest(predictions.task.classes))
    return rows, float(overall)


def losses(predictions: Predictions) -> np.ndarray:
    """Return the log loss or squared error of each customer, shape (n,)."""
    if predictions.task.kind == "regression":
        return np.asarray((predictions.predicted - predictions.truth) ** 2)
    chosen = predictions.predicted[np.arange(len(predictions)), predictions.truth.astype(int)]
    return np.asarray(-np.log(np.clip(chosen, 1e-9, 1.0)))


def _telling(cut: list[Cells], loss: np.ndarray, most: int) -> list[Cells]:
    """Return the ``most`` columns whose groups differ most in loss, in the order of the table."""
    if len(cut) <= most:
        return cut
    ratio = []
    for each in cut:
        counts, groups = each.counts, max(1, len(each.labels) - 1)
        means = each.sums(loss) / np.maximum(counts, 1)
        ratio.append(float(counts @ (means - loss.mean()) ** 2) / groups)
    return [cut[place] for place in np.sort(np.argsort(ratio)[::-1][:most])]


def _row(cut: Cells, place: int, predictions: Predictions, metric: Metric, rng: np.random.Generator) -> JSON:
    """Return a segment's score, its bootstrap standard error, mean prediction and outcome."""
    own = predictions.take(np.flatnonzero(cut.codes == place))
    row: JSON = {"column": cut.column, "segment": cut.labels[place], "customers": len(own)}
    row |= {"score": float(metric.score(own)), "error": float("nan"), "free": len(own) - 1.0}
    if own.task.kind != "regression":
        row["free"] = max(2.0, float(np.unique(own.truth, return_counts=True)[1].min()) - 1.0)
    if own.task.kind != "multiclass":
        row |= {"predicted": float(own.task.score(own.predicted).mean()), "actual": float(own.truth.mean())}
    if np.isfinite(row["score"]):
        scorer, n = metric.scorer(own), len(own)
        weight = np.ones(n) if own.weight is None else own.weight
        drawn = [scorer(np.bincount(rng.integers(n, size=n), minlength=n) * weight) for _ in range(DRAWS)]
        row["error"] = float(np.nanstd(drawn, ddof=1)) if np.isfinite(drawn).sum() > DRAWS / 2 else float("nan")
        row |= _promised(own, metric, rng)
    return row


def _promised(own: Predictions, metric: Metric, rng: np.random.Generator) -> dict[str, float]:
    """Return the score to expect if probabilities were true: similar customers are hard to rank."""
    if own.task.kind == "regression":
        return {}
    below = own.predicted.cumsum(axis=1)[:, :-1]
    drawn = [replace(own, truth=(rng.random((len(own), 1)) > below).sum(axis=1)) for _ in range(SIMULATIONS)]
    scores = [metric.score(each) for each in drawn]
    return {"promised": float(np.nanmean(scores))} if np.isfinite(scores).any() else {}


def _bounded(row: JSON, looked: int, overall: float, limits: tuple[float, float]) -> None:
    """Add Student's t interval by the count of the rarer class, with Bonferroni's correction."""
    half = upper_quantile(0.025 / looked, row.pop("free")) * row.pop("error")
    low, high = limits
    row["low"], row["high"] = max(row["score"] - half, low), min(row["score"] + half, high)
    row["sure"] = bool(half > 0 and not row["low"] <= overall <= row["high"])
    if "promised" in row:
        row["fault"] = bool(half > 0 and not row["low"] <= row["promised"] <= row["high"])
