"""Summaries of attributions by column: size, direction, shape, interactions, groups."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custpred.evaluate._bins import equal_counts
from custpred.evaluate._cells import CUTTABLE, Cells, cells
from custpred.evaluate._rows import Z

if TYPE_CHECKING:
    from custpred.storage.plain import JSON
    from custpred.table import Table

MAX_SHAPES, PAIRED_COLUMNS, MAX_PAIRS, MAX_REASONS = 12, 7, 5, 5
"""Maximum numbers of columns with a shape, columns paired, pairs shown, reasons of a group."""
SHAPE_BINS, PAIR_BINS = 10, 20
"""Bins of a shape; bins for removing a column's own effect before pairs are compared."""
MIN_CORRELATION = 0.5
"""Minimum absolute rank correlation for a direction."""


@dataclass(frozen=True)
class Effects:
    """Attributions ``parts`` (n, p), a column for each of ``names``, and predictions (n,)."""

    table: Table
    names: tuple[str, ...]
    parts: np.ndarray
    answer: np.ndarray
    least: int

    def rows(self) -> list[JSON]:
        """Return absolute attribution, interval, direction and shape by column, largest first."""
        size = np.abs(self.parts)
        mean, half = size.mean(axis=0), Z * size.std(axis=0) / max(len(size), 1) ** 0.5
        found = []
        for place, i in enumerate(self.order):
            row: JSON = {"column": self.names[i], "importance": float(mean[i])}
            row |= {"low": float(max(mean[i] - half[i], 0.0)), "high": float(mean[i] + half[i])}
            found.append(row | (self._shape(int(i)) if place < MAX_SHAPES else {}))
        return found

    @property
    def order(self) -> np.ndarray:
        """Return column positions by mean absolute attribution, the largest first, shape (p,)."""
        return np.argsort(-np.abs(self.parts).mean(axis=0), kind="stable")

    def _cut(self, i: int, even: int = 0) -> Cells | None:
        name = self.names[i]
        known = name in self.table.names and self.table.column(name).kind in CUTTABLE
        cut = cells(self.table, name, self.least, even) if known else None
        return cut if cut and cut.labels else None

    def _shape(self, i: int) -> JSON:
        """Return the mean attribution by value, the range of the middle 80 %, and the direction."""
        cut = self._cut(i, min(SHAPE_BINS, max(2, len(self.parts) // (4 * self.least))))
        if cut is None:
            return {}
        own = [self.parts[cut.codes == place, i] for place in range(len(cut.labels))]
        shape = [
            {"label": label, "customers": len(part), "part": float(part.mean())}
            | dict(zip(("low", "high"), map(float, np.quantile(part, [0.1, 0.9])), strict=True))
            for label, part in zip(cut.labels, own, strict=True)
        ]
        ordered = self.table.column(cut.column).kind != "category"
        return {"shape": shape, "ordered": ordered, "direction": self._direction(i) if ordered else ""}

    def _direction(self, i: int) -> str:
        """Return ``up`` or ``down`` if high values clearly move the prediction, else ``mixed``."""
        values = self.table.frame[self.names[i]]
        with np.errstate(all="ignore"):
            rank = values.rank().corr(pd.Series(self.parts[:, i]).where(values.notna()).rank())
        return "up" if rank > MIN_CORRELATION else "down" if rank < -MIN_CORRELATION else "mixed"

    def pairs(self) -> list[JSON]:
        """Return the strongest interactions between two columns, in units of the prediction."""
        cuts = {int(i): cut for i in self.order[:PAIRED_COLUMNS] if (cut := self._cut(int(i))) is not None}
        found = [self._pair(i, j, cuts) for i, j in combinations(cuts, 2)]
        strong = sorted((row for row in found if row["strength"] > 0), key=lambda row: -row["strength"])
        return strong[:MAX_PAIRS]

    def _pair(self, i: int, j: int, cuts: dict[int, Cells]) -> JSON:
        one, two = self._moved(i, j, cuts), self._moved(j, i, cuts)
        (first, by), moved = ((i, j), one) if one >= two else ((j, i), two)
        row: JSON = {"column": self.names[first], "by": self.names[by], "strength": float(one + two)}
        return row | (self._where(first, cuts[by]) if moved > 0 else {})

    def _moved(self, i: int, j: int, cuts: dict[int, Cells]) -> float:
        """Return the spread of i's attribution that j explains beyond i's value and chance."""
        own = equal_counts(self._values(i), PAIR_BINS)
        left = _centred(_centred(self.parts[:, i], own), cuts[j].codes + 1)
        cell = (cuts[i].codes + 1) * (len(cuts[j].labels) + 1) + cuts[j].codes + 1
        counts = np.bincount(cell)
        shown = counts >= max(self.least, 2)
        sums, squares = np.bincount(cell, left)[shown], np.bincount(cell, left**2)[shown]
        n = counts[shown]
        means = sums / n
        chance = (squares / n - means**2) / (n - 1)
        return float(max(((means**2 - chance) * n).sum() / max(n.sum(), 1), 0.0) ** 0.5)

    def _values(self, i: int) -> np.ndarray:
        return np.asarray(pd.factorize(self.table.frame[self.names[i]], sort=True)[0], dtype=float)

    def _where(self, i: int, by: Cells) -> JSON:
        """Return the groups of column ``by`` in which column i matters most and least."""
        sizes = [float(np.abs(self.parts[by.codes == place, i]).mean()) for place in range(len(by.labels))]
        most, least = int(np.argmax(sizes)), int(np.argmin(sizes))
        return {"most": by.labels[most], "least": by.labels[least], "size": sizes[most], "size_least": sizes[least]}

    def groups(self, code: np.ndarray, labels: tuple[str, ...]) -> list[JSON]:
        """Return the strongest mean attributions in each large enough group of customers."""
        found = []
        for place, label in enumerate(labels):
            own = code == place
            if own.sum() < self.least:
                continue
            mean = self.parts[own].mean(axis=0)
            strong = np.argsort(-np.abs(mean), kind="stable")[:MAX_REASONS]
            parts = [{"column": self.names[i], "part": float(mean[i])} for i in strong if mean[i] != 0]
            row: JSON = {"group": label, "customers": int(own.sum()), "answer": float(self.answer[own].mean())}
            found.append(row | {"parts": parts})
        return found


def _centred(values: np.ndarray, code: np.ndarray) -> np.ndarray:
    """Return values minus the mean of their group, shape (n,)."""
    counts = np.maximum(np.bincount(code), 1)
    return np.asarray(values - (np.bincount(code, weights=values) / counts)[code])
