"""Boosted trees evaluated by bit masks: several times faster for few leaves and many rows.

The leaves of a tree are the bits of a word.  The outcome of a split rules out the leaves on one
side, and all splits together leave exactly one leaf, in whatever order they are evaluated, so they
can be grouped by column.  A column has finitely many outcomes, one for each interval between its
cuts, and the word of each, with a bit for each leaf still possible, is precomputed.  A row then
needs one binary search and one look-up per column, for all trees and folds, without branches.

References
----------
Lucchese et al. (2015), QuickScorer: a fast algorithm to rank documents with additive ensembles of
regression trees, SIGIR.  There only failing splits clear bits, and the leftmost bit that is left is
the leaf; here there is a table of words per interval.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property
from math import isnan
from typing import TYPE_CHECKING, Any, Self, TypeAlias

import numpy as np

from custpred.models._threads import shared

if TYPE_CHECKING:
    from custpred.models._boosting.splits import Splits

    Places: TypeAlias = tuple[np.ndarray, np.ndarray, np.ndarray]
    """For each node: its tree, its first leaf, and its number of leaves."""
    Room: TypeAlias = tuple[np.ndarray, np.ndarray]
    """Buffers for all words used together: allocating arrays takes longer than filling them."""

_WORDS = (np.uint8, np.uint16, np.uint32, np.uint64)
_WIDTH = 512
"""Maximum size of a table's row, in bytes: the words of all trees that are scored together."""
_CACHE = 1 << 18
"""Maximum size of the words of a block of rows, in bytes."""
_ROWS = 4096
"""Number of rows that a thread scores in one block."""
_BIAS = 1022
"""Exponent of a float64 of 0.5: the number 2^k has k + 1 more, and 0 is held at it."""


@dataclass(frozen=True)
class Column:
    """The cuts of one column, in order, ending in infinity; or the number of its category codes."""

    place: int
    cuts: np.ndarray | None
    codes: int

    @property
    def rows(self) -> int:
        """Return the number of outcomes: ranks or codes, one beyond, one for missing values."""
        return (self.codes if self.cuts is None else len(self.cuts) - 1) + 2

    def ranks(self, values: np.ndarray) -> np.ndarray:
        """Return the index of each row in the column's tables; the last is for missing values."""
        if self.cuts is not None:
            return np.asarray(self.cuts.searchsorted(values))  # missing values come after infinity
        known = (values >= 0) & (values < self.codes)
        return np.where(known, np.where(known, values, 0).astype(np.intp), self.codes + np.isnan(values))

    @cached_property
    def _cuts(self) -> list[float]:
        return [] if self.cuts is None else self.cuts.tolist()

    def rank(self, value: float) -> int:
        """Return the index of a single value, without the overhead of an array."""
        if isnan(value):
            return self.rows - 1
        if self.cuts is not None:
            return bisect_left(self._cuts, value)
        return int(value) if 0 <= value < self.codes else self.codes


@dataclass(frozen=True)
class Part:
    """A word type, the trees with one word each of this type, and the first leaf in it."""

    word: np.dtype[Any]
    trees: np.ndarray
    lows: np.ndarray


@dataclass(frozen=True)
class Batch:
    """Trees scored together: tables by column number, first slots of trees, leaves, outputs."""

    tables: tuple[tuple[int, np.ndarray], ...]
    slots: np.ndarray
    values: np.ndarray
    starts: np.ndarray
    outputs: np.ndarray
    pieces: bool
    """Whether some trees are spread over several words, all but one empty after scoring."""

    def add(self, ranks: list[np.ndarray], total: np.ndarray, room: Room) -> None:
        """Add the scores of the trees for a block of rows."""
        found: np.ndarray | None = None
        for number, table in self.tables:
            words = table.take(ranks[number], axis=0)
            found = words if found is None else np.bitwise_and(found, words, out=found)
        if found is not None:
            self._add(found, total, room)

    def add_one(self, ranks: list[int], total: np.ndarray, room: Room) -> None:
        """Add the scores of the trees for one row."""
        if self.tables:
            found = np.bitwise_and.reduce([table[ranks[number]] for number, table in self.tables])
            self._add(found[None], total, room)

    def _add(self, found: np.ndarray, total: np.ndarray, room: Room) -> None:
        power, value = (each[: found.size].reshape(found.shape) for each in room)
        np.copyto(power, found)
        leaf = power.view(np.int64)  # one bit is left: the exponent is its place
        leaf >>= 52
        if self.pieces:
            np.maximum(leaf, _BIAS, out=leaf)
        leaf += self.slots
        self.values.take(leaf, out=value, mode="clip")  # all indices are valid
        total[:, self.outputs] += np.add.reduceat(value, self.starts, axis=1)


@dataclass(frozen=True)
class QuickScorer:
    """All trees of one or more boosters, ready for rows of float32 numbers and category codes."""

    columns: tuple[Column, ...]
    batches: tuple[Batch, ...]
    start: np.ndarray
    """Scores of trees without a split, shape (outputs,)."""

    @classmethod
    def of(cls, splits: Splits) -> Self:
        """Build the tables; trees with more leaves than bits are spread over several words."""
        places = splits.leaves()
        inner = np.flatnonzero(splits.left >= 0)
        columns = tuple(_column(splits, inner, each) for each in np.unique(splits.feature[inner]))
        lone = splits.left[splits.roots] < 0
        start = np.bincount(splits.output[lone], splits.value[splits.roots[lone]], splits.outputs).astype(float)
        parts = _parts(splits, places)
        return cls(columns, tuple(_batch(splits, places, columns, part) for part in parts), start)

    def sums(self, X: np.ndarray, threads: int = 1) -> np.ndarray:
        """Return the scores of rows, shape (n, outputs)."""
        total = np.tile(self.start, (len(X), 1))
        shared(lambda rows: self._add(X[rows], total[rows]), len(X), threads, _ROWS)
        return total

    def _add(self, X: np.ndarray, total: np.ndarray) -> None:
        steps = [max(64, _CACHE // (len(batch.slots) * batch.tables[0][1].itemsize)) for batch in self.batches]
        most = max((min(step, len(X)) * len(b.slots) for step, b in zip(steps, self.batches, strict=True)), default=0)
        room = np.empty(most), np.empty(most)
        if len(X) == 1:
            values = X[0].tolist()
            alone = [column.rank(values[column.place]) for column in self.columns]
            for batch in self.batches:
                batch.add_one(alone, total, room)
            return
        ranks = [column.ranks(X[:, column.place]) for column in self.columns]
        for batch, step in zip(self.batches, steps, strict=True):
            for first in range(0, len(X), step):
                rows = slice(first, first + step)
                batch.add([each[rows] for each in ranks], total[rows], room)


def nanoseconds(splits: Splits, boosters: float = 1) -> float:
    """Return the estimated nanoseconds per row: a look-up per column, and a leaf per tree.

    ``boosters``: the number of boosters of this size that are evaluated together.
    """
    columns = len(np.unique(splits.feature[splits.left >= 0]))
    return float(columns * (30 + 0.1 * boosters * _width(splits)) + 4 * boosters * len(splits.roots))


def size(splits: Splits) -> float:
    """Return an upper bound of the size of all tables, in bytes."""
    inner = splits.left >= 0
    number = inner & (splits.group < 0)
    order = np.lexsort((splits.cut[number], splits.feature[number]))
    feature, cut = splits.feature[number][order], splits.cut[number][order]
    cuts = 1 + np.count_nonzero((np.diff(feature) != 0) | (np.diff(cut) != 0))
    codes = splits.groups.shape[1] * len(np.unique(splits.feature[inner & ~number]))
    return float(_width(splits) * (cuts + codes + 2 * len(np.unique(splits.feature[inner]))))


def _width(splits: Splits) -> float:
    """Return the size of the words of all trees, in bytes."""
    leaves = splits.leaves()[2][splits.roots]
    return float(np.select([leaves <= 8, leaves <= 16, leaves <= 32], [1, 2, 4], 8 * -(-leaves // 64)).sum())


def _column(splits: Splits, inner: np.ndarray, place: int) -> Column:
    own = inner[splits.feature[inner] == place]
    if (splits.group[own] >= 0).any():
        return Column(int(place), None, splits.groups.shape[1] - 1)
    return Column(int(place), np.append(np.unique(splits.cut[own]), np.float32(np.inf)), 0)


def _parts(splits: Splits, places: Places) -> list[Part]:
    """Return the trees, or parts of trees, that are scored together, ordered by output."""
    size = places[2][splits.roots]
    found = []
    for word, least in zip(_WORDS, (2, 9, 17, 33), strict=True):
        bits = 8 * np.dtype(word).itemsize
        trees = np.flatnonzero((size >= least) & ((size <= bits) | (bits == 64)))
        trees = trees[np.argsort(splits.output[trees], kind="stable")]
        pieces = -(-size[trees] // bits)
        tree = np.repeat(trees, pieces)
        low = bits * (np.arange(len(tree)) - np.repeat(np.cumsum(pieces) - pieces, pieces))
        step = 8 * _WIDTH // bits
        found += [Part(np.dtype(word), tree[i : i + step], low[i : i + step]) for i in range(0, len(tree), step)]
    return found


def _batch(splits: Splits, places: Places, columns: tuple[Column, ...], part: Part) -> Batch:
    """Return the tables of parts of trees."""
    tree, first, count = places
    tables: dict[int, np.ndarray] = {}
    bits = 8 * part.word.itemsize
    values = np.zeros((len(part.trees), bits + 1))
    below = np.array([(1 << k) - 1 for k in range(bits + 1)], dtype=part.word)
    for low in np.unique(part.lows):
        slot = np.full(len(splits.roots), -1)
        slot[part.trees[part.lows == low]] = np.flatnonzero(part.lows == low)
        nodes = np.flatnonzero(slot[tree] >= 0)
        begin, end = (np.clip(each[nodes] - low, 0, bits) for each in (first, first + count))
        leaf = (splits.left[nodes] < 0) & (begin < end)
        values[slot[tree[nodes[leaf]]], begin[leaf] + 1] = splits.value[nodes[leaf]]
        spans = np.zeros(len(tree), dtype=part.word)
        spans[nodes] = below[end] ^ below[begin]
        asked = nodes[splits.left[nodes] >= 0]
        keep = ~spans[splits.right[asked]], ~spans[splits.left[asked]]
        for number, column in enumerate(columns):
            own = splits.feature[asked] == column.place
            if not own.any():
                continue
            if number not in tables:
                tables[number] = np.full((column.rows, len(part.trees)), below[-1], dtype=part.word)
            _narrow(tables[number], splits, column, (asked[own], slot[tree[asked[own]]], keep[0][own], keep[1][own]))
    leaves = np.clip(count[splits.roots[part.trees]] - part.lows, 0, bits)
    for table in list(tables.values())[:1]:
        table &= below[leaves]  # not all bits of the word are leaves
    outputs, starts = np.unique(splits.output[part.trees], return_index=True)
    slots = (bits + 1) * np.arange(len(part.trees)) - _BIAS
    pieces = bool((count[splits.roots[part.trees]] > bits).any())
    return Batch(tuple(tables.items()), slots, values.ravel(), starts, outputs, pieces)


def _narrow(table: np.ndarray, splits: Splits, column: Column, nodes: tuple[np.ndarray, ...]) -> None:
    """Clear, in each row of a column's table, the leaves ruled out by the nodes of that column."""
    node, slot, left, right = nodes
    missing = np.where(splits.missing_left[node], left, right)
    if column.cuts is None:
        ways = np.where(splits.groups[splits.group[node]], left[:, None], right[:, None])
        np.bitwise_and.at(table.T, slot, np.column_stack([ways, missing]))
        return
    rank, width = column.cuts.searchsorted(splits.cut[node]), table.shape[1]
    up, down = np.full_like(table[:-1], ~table.dtype.type(0)), np.full_like(table[:-1], ~table.dtype.type(0))
    np.bitwise_and.at(up.reshape(-1), (rank + 1) * width + slot, right)
    np.bitwise_and.at(down.reshape(-1), rank * width + slot, left)
    table[:-1] &= np.bitwise_and.accumulate(up, axis=0)
    table[:-1] &= np.bitwise_and.accumulate(down[::-1], axis=0)[::-1]
    np.bitwise_and.at(table[-1], slot, missing)
