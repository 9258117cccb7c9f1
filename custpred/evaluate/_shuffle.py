"""Permutation importance: many shuffled copies of the same customers are scored in one call."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from custpred.errors import NotApplicable
from custpred.evaluate._related import shuffle_groups
from custpred.evaluate._rows import Z
from custpred.evaluate._segment_scores import sampled
from custpred.evaluate.base import Measure

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from custpred.evaluate.base import Evidence
    from custpred.storage.plain import JSON
    from custpred.task import Predictions

MAX_CELLS = 4_000_000
"""Maximum of rows x columns scored in one call, to limit memory."""
MAX_SECONDS = 0.5
"""Maximum duration of one call, in seconds, so that the clock is checked often."""
MIN_ROWS = 300
"""Minimum number of customers, used even if the model is slow: fewer are not informative."""
MAX_TIME = 8.0
"""Maximum duration of shuffling, in seconds, if the run has a time limit."""
DRAWS = 40
MIN_TIMED_SECONDS = 0.25
"""Duration in seconds below which a prediction is timed twice, as short times vary."""


class Shuffler:
    """A sample of test customers, the model's predictions, and the duration of one prediction."""

    def __init__(self, evidence: Evidence, most: int) -> None:
        if evidence.predict is None:
            raise NotApplicable("the model is not available to score shuffled columns.")
        self._predict = evidence.predict
        evidence = sampled(evidence)
        rows = len(evidence.predictions)
        self.rng = np.random.default_rng(evidence.seed)
        chosen = np.sort(self.rng.choice(rows, min(rows, most), replace=False))
        self.metric = evidence.metrics[0]
        self._known, self.frame = evidence.predictions.take(chosen), evidence.table.frame.iloc[chosen]
        self.truth, weight = self._known.truth, self._known.weight
        self.base, self.seconds = self._timed()
        if self.seconds < MIN_TIMED_SECONDS:  # another process may have slowed down a short call
            self.seconds = min(self.seconds, self._timed()[1])
        self.overall = float(self.metric.score(self.base))
        draws = self.rng.integers(len(chosen), size=(DRAWS, len(chosen)))
        counts = [np.bincount(each, minlength=len(chosen)).astype(float) for each in draws]
        self._draws = counts if weight is None else [each * weight for each in counts]
        self._base_gains = self._drawn(self.base)

    def groups(self, columns: list[str]) -> list[list[str]]:
        """Return groups of columns to be shuffled together, the most related first."""
        return shuffle_groups(self.frame, columns, self.base.predicted)

    def scored_copies(self, groups: list[list[str]], repeats: int) -> Iterator[tuple[list[str], list[Predictions]]]:
        """Yield each group of columns with the predictions of its shuffled copies."""
        n = len(self.truth)
        cells = MAX_CELLS // max(1, n * self.frame.shape[1]) // repeats
        fit = max(1, min(cells, int(MAX_SECONDS / max(1e-4, self.seconds * repeats))))
        for start in range(0, len(groups), fit):
            part = groups[start : start + fit]
            scored = self._predict(self._copies(part, repeats)).reshape(
                len(part), repeats, n, *self.base.predicted.shape[1:]
            )
            yield from (
                (group, [self._predictions(each) for each in own]) for group, own in zip(part, scored, strict=True)
            )

    def drop(self, shuffled: list[Predictions]) -> tuple[float, float]:
        """Return the mean drop in gain over shuffles and its bootstrap standard error."""
        gains = [self.metric.gain(each) for each in shuffled]
        spread = self._base_gains - self._drawn(shuffled[0])
        spread = spread[np.isfinite(spread)]
        error = float(spread.std(ddof=1)) if len(spread) > 1 else math.nan
        return self.metric.gain(self.base) - float(np.mean(gains)), error

    def _drawn(self, predictions: Predictions) -> np.ndarray:
        """Return bootstrap replicates of the gain, (n_draws,), with the same draws for all."""
        scorer = self.metric.scorer(predictions)
        return self.metric.sign * np.array([scorer(weight) for weight in self._draws])

    def _copies(self, groups: list[list[str]], repeats: int) -> pd.DataFrame:
        """Return copies of the customers by group and repeat, that group's columns permuted."""
        n = len(self.truth)
        places = np.tile(np.arange(n), len(groups) * repeats)
        copies = self.frame.iloc[places].reset_index(drop=True)
        for place, group in enumerate(groups):
            moved = places.copy()
            span = slice(place * repeats * n, (place + 1) * repeats * n)
            moved[span] = np.concatenate([self.rng.permutation(n) for _ in range(repeats)])
            for name in group:
                copies[name] = self.frame[name].iloc[moved].reset_index(drop=True)
        return copies

    def _timed(self) -> tuple[Predictions, float]:
        began = time.monotonic()
        predicted = self._predict(self.frame)
        return self._predictions(predicted), time.monotonic() - began

    def _predictions(self, predicted: np.ndarray) -> Predictions:
        return replace(self._known, predicted=predicted)


def drops(evidence: Evidence, kind: str, most: int, repeats: int) -> Measure:
    """Measure groups of usable columns while time remains, the most related first.

    If trials are counted instead of time, each group is shuffled once, and nothing depends on the
    clock.
    """
    began, allowed = time.monotonic(), math.inf
    columns = [each.name for each in evidence.table.columns if each.usable and each.name != evidence.table.key]
    if math.isinf(evidence.seconds):
        shuffler, repeats = Shuffler(evidence, most), 1
        groups = shuffler.groups(columns)
    else:
        allowed = max(min(evidence.seconds, MAX_TIME), 1.0)
        shuffler, groups, repeats = _affordable(evidence, columns, most, repeats)
    rows: list[JSON] = []
    for group, shuffled in shuffler.scored_copies(groups, repeats):
        value, error = shuffler.drop(shuffled)
        low, high = value - Z * error, value + Z * error
        row: JSON = {"column": group[0], "together": group[1:], "importance": value, "low": low, "high": high}
        rows.append(row | {"noise": bool(low <= 0 <= high), "repeats": repeats})
        if time.monotonic() - began > allowed:
            break
    rows = [row for row in rows if np.isfinite([row["importance"], row["low"]]).all()]
    if not rows:
        raise NotApplicable("the metric is undefined for so few customers.")
    rows.sort(key=lambda row: -row["importance"])
    measured = {name for row in rows for name in (row["column"], *row["together"])}
    unmeasured = [name for name in columns if name not in measured]
    own = {"metric": shuffler.metric.name(), "overall": shuffler.overall, "customers": len(shuffler.truth)}
    return Measure(kind, tuple(rows), own | {"unmeasured": unmeasured})


def _affordable(
    evidence: Evidence, columns: list[str], most: int, repeats: int
) -> tuple[Shuffler, list[list[str]], int]:
    """Return a sample, groups of columns, and repeats for the time; one prediction is timed."""
    began, allowed = time.monotonic(), min(evidence.seconds, MAX_TIME)
    shuffler = Shuffler(evidence, min(MIN_ROWS, most))
    left = max(0.1, allowed - (time.monotonic() - began))
    groups = shuffler.groups(columns)
    once = max(1e-3, shuffler.seconds * len(groups))
    more = int(len(shuffler.truth) * left / once)
    if more > len(shuffler.truth) and most > MIN_ROWS:
        shuffler = Shuffler(evidence, min(more, most))
        groups = shuffler.groups(columns)
        once = max(1e-3, shuffler.seconds * len(groups))
    return shuffler, groups, int(np.clip(left / once, 1, repeats))
