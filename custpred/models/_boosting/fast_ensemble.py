"""Boosters of several folds evaluated together by bit masks, which are built at the first call.

A blend averages the models of all folds, so one customer needs as many library calls as there are
folds.  The trees of all folds can be evaluated in one pass instead (``quickscorer.py``): reading
them and building tables takes a few hundredths of a second per booster, once.  Then one customer
takes a fraction of the time of the library calls, and many customers even less.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from custpred.columns.batch import PlainMatrix
from custpred.models._boosting.quickscorer import QuickScorer, nanoseconds, size
from custpred.models._boosting.splits import Splits
from custpred.models._frame import coded

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from custpred.models._additive import Additive
    from custpred.task import Fit

MAX_TABLE_BYTES = 1 << 26
"""Maximum size of the tables of a member, in bytes."""
NEAR = 1e-4
_PROBES = 32


@dataclass
class FastEnsemble:
    """Scores all folds of a member that share their prepared rows.

    Parameters
    ----------
    read
        Returns the trees of a fitted object; None if their kind is unsupported.
    price
        Time of the library for one tree and one row, in nanoseconds.
    folds
        Number of folds whose trees have to fit together, if more than those of ``fitted``.
    """

    model: Additive
    fitted: tuple[object, ...]
    read: Callable[[Any], Splits | None]
    price: float
    folds: int
    _ready: bool = False
    _quickscorer: QuickScorer | None = None
    _start: np.ndarray = field(default_factory=lambda: np.zeros(0))

    def __call__(self, X: pd.DataFrame | PlainMatrix, fit: Fit) -> list[np.ndarray]:
        """Return the raw scores of each fold."""
        self._ensure(fit, X.shape[1])
        if self._quickscorer is None:
            return [self.model.raw(each, X, fit) for each in self.fitted]
        sums = self._quickscorer.sums(coded(X)[0], fit.threads) + self._start
        scores = sums.reshape(len(sums), len(self.fitted), sums.shape[1] // len(self.fitted))
        several = fit.task.kind == "multiclass"
        return [
            self.model.inverse_link(each, scores[:, i] if several else scores[:, i, 0], fit)
            for i, each in enumerate(self.fitted)
        ]

    def _ensure(self, fit: Fit, width: int) -> None:
        if not self._ready:
            self._make(fit, width)
            self._ready = True

    def _make(self, fit: Fit, width: int) -> None:
        """Build the masks if they are small and fast, and check them against the library's scores.

        The first booster shows whether they are: reading eight of 500 deep trees takes seconds.
        """
        first = self.read(self.fitted[0])
        count = max(self.folds, len(self.fitted))
        if first is None or not self._worthwhile(first, count):
            return
        others = [splits for each in self.fitted[1:] if (splits := self.read(each)) is not None]
        splits = Splits.joined([first, *others])
        if 1 + len(others) < len(self.fitted) or not self._worthwhile(splits, count / len(self.fitted)):
            return
        quickscorer, probes = QuickScorer.of(splits), self._probes(splits, width)
        own = [self.model.score(each, probes, fit).reshape(len(probes), -1) for each in self.fitted]
        apart = np.concatenate(own, axis=1) - quickscorer.sums(probes.values)
        if (np.ptp(apart, axis=0) <= NEAR * np.abs(own).max()).all():
            self._quickscorer, self._start = quickscorer, apart.mean(axis=0)

    def _worthwhile(self, splits: Splits, boosters: float) -> bool:
        """Return whether the masks of that many such boosters may be small, and faster."""
        expected = self.price * boosters * len(splits.roots)
        return boosters * size(splits) <= MAX_TABLE_BYTES and nanoseconds(splits, boosters) <= expected

    def starts(self, fit: Fit, width: int) -> list[np.ndarray] | None:
        """Return the constants added to each fold's sums of trees; None if the library scores."""
        self._ensure(fit, width)
        return None if self._quickscorer is None else np.split(self._start, len(self.fitted))

    @staticmethod
    def _probes(splits: Splits, width: int) -> PlainMatrix:
        """Return rows of values at the cuts, of all codes, of missing values; numbers first."""
        draw = np.random.default_rng(0)
        values = np.full((_PROBES, width), np.nan, dtype=np.float32)
        kinds = set(splits.feature[splits.group >= 0].tolist())
        for place in np.unique(splits.feature[splits.left >= 0]):
            known = np.arange(splits.groups.shape[1]) if place in kinds else splits.cut[splits.feature == place]
            values[:, place] = draw.choice(np.append(known, np.nan), _PROBES)
        return PlainMatrix(values, tuple(sorted(kinds)))
