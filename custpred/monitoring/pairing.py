"""The same held-out customers in two runs, and both runs' scores on them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import spearmanr

from custpred.errors import RunError
from custpred.metrics._bootstrap import paired
from custpred.metrics._checked import computing
from custpred.results.record import Score

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.metrics.base import Metric
    from custpred.results.held_out import HeldOut

DRAWS = 200
TOP = 0.1
MAX_MOVERS = 20
"""Number of customers moving in or out that are listed, by hash."""


@dataclass(frozen=True)
class Paired:
    """One metric of two runs on the same rows; ``lead`` is positive if the new run is better.

    >>> lead = Score(0.03, 0.01, 0.05)
    >>> Paired("log_loss", "Log loss", "lower", old=0.48, new=0.45, lead=lead).lead.value
    0.03
    """

    metric: str
    label: str
    better: str
    old: float
    new: float
    lead: Score


@dataclass(frozen=True)
class Mover:
    """A customer who enters or leaves the top tenth; ranks of shared customers, 1 the highest."""

    customer: str
    """Hash of the id, 16 hexadecimal digits."""
    old_rank: int
    new_rank: int


@dataclass(frozen=True)
class TopTenth:
    """The tenth of the customers with the highest scores, in either run."""

    size: int
    both: int
    entered: tuple[Mover, ...]
    left: tuple[Mover, ...]

    @property
    def overlap(self) -> float:
        """Return the share of the old run's top tenth that is also in the new run's."""
        return self.both / self.size


def shared(old: HeldOut, new: HeldOut) -> tuple[HeldOut, HeldOut]:
    """Return the rows that both runs held out, in the same order, by id, cutoff and label.

    If ids agree and a label differs, as in tables of two months, rows must agree in every value.
    Both have the weights of the old run, whose metrics compare them.
    """
    own, others = _places(old.ids, new.ids)
    if not np.array_equal(old.predictions.truth[own], new.predictions.truth[others]):
        own, others = _places(old.rows, new.rows)
    before, after = old.take(own), new.take(others)
    return before, replace(after, predictions=replace(after.predictions, weight=before.predictions.weight))


def _places(old: np.ndarray, new: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    _, own, others = np.intersect1d(old, new, return_indices=True)
    order = np.argsort(own)
    return own[order], others[order]


def paired_scores(metrics: Sequence[Metric], old: HeldOut, new: HeldOut, seed: int) -> list[Paired]:
    """Return each metric of both runs on shared rows, with the paired difference's interval.

    Metrics that are not defined on these rows are left out.
    """
    return [each for metric in metrics if (each := _paired(metric, old, new, seed)) is not None]


def _paired(metric: Metric, old: HeldOut, new: HeldOut, seed: int) -> Paired | None:
    try:
        with computing(metric):
            before, after = float(metric.score(old.predictions)), float(metric.score(new.predictions))
            if not np.isfinite([before, after]).all():
                return None
            value, *ends = paired(metric, new.predictions, old.predictions, draws=DRAWS, seed=seed)
    except RunError:
        return None
    low, high = sorted(metric.sign * end for end in ends)
    lead = Score(metric.sign * value, low, high)
    return Paired(metric.name(), metric.title(), metric.better, before, after, lead)


def top_tenth(old: HeldOut, new: HeldOut) -> TopTenth | None:
    """Return the top tenth of shared rows in both runs; None for several classes or few rows."""
    size = round(TOP * len(old))
    if size < 1 or old.predictions.task.kind == "multiclass":
        return None
    before, after = _ranks(old), _ranks(new)
    entered = np.flatnonzero((before > size) & (after <= size))
    left = np.flatnonzero((before <= size) & (after > size))

    def movers(places: np.ndarray, rank: np.ndarray) -> tuple[Mover, ...]:
        chosen = places[np.argsort(rank[places])][:MAX_MOVERS]
        return tuple(Mover(f"{old.ids[k]:016x}", int(before[k]), int(after[k])) for k in chosen)

    return TopTenth(size, size - len(left), movers(entered, after), movers(left, before))


def agreement(old: HeldOut, new: HeldOut) -> float:
    """Return the agreement on shared rows: Spearman's correlation, or share of equal classes."""
    if old.predictions.task.kind == "multiclass":
        return float((old.predictions.predicted.argmax(axis=1) == new.predictions.predicted.argmax(axis=1)).mean())
    before, after = _score(old), _score(new)
    if len(before) < 2 or before.min() == before.max() or after.min() == after.max():
        return float("nan")

    return float(spearmanr(before, after).statistic)


def _score(part: HeldOut) -> np.ndarray:
    return part.predictions.task.score(part.predictions.predicted)


def _ranks(part: HeldOut) -> np.ndarray:
    """Return ranks, 1 for the highest score; ties by the hash, whatever the order of rows."""
    order = np.lexsort((part.ids, -_score(part)))
    rank = np.empty(len(order), dtype=int)
    rank[order] = np.arange(1, len(order) + 1)
    return rank
