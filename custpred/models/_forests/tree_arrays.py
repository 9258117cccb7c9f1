"""Forests as plain arrays: scoring, and contributions along the decision paths."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Self

import numpy as np

from custpred.errors import ModelFileError
from custpred.models._boosting.splits import Splits
from custpred.models._threads import shared

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sklearn.tree._tree import Tree

    from custpred.storage.plain import State

_BLOCK = 1 << 15  # (row, tree) pairs traversed together: their arrays stay in the cache
FEW = 64
"""Maximum rows for traversing all trees together, when one call per tree would take longer."""
_ROWS = 8192
"""Number of rows that a thread scores in one block."""
_LARGEST = np.finfo(np.float32).max


@dataclass(frozen=True)
class Trees:
    """All nodes of all trees, one after the other.

    Parameters
    ----------
    roots : ndarray of shape (n_trees,)
        Position of the first node of each tree.
    left : ndarray of shape (n_nodes,)
        Position of the left child; the right child follows it.  A leaf is its own left child.
    feature : ndarray of shape (n_nodes,)
        Column of the split; ``p + column`` if missing values go right instead of left.
    threshold : ndarray of shape (n_nodes,), float32
        Values up to this go left.
    value : ndarray of shape (n_nodes, k), float32
        Mean label of the training rows in the node.
    """

    roots: np.ndarray
    left: np.ndarray
    feature: np.ndarray
    threshold: np.ndarray
    value: np.ndarray
    columns: int
    depth: int

    @classmethod
    def of(cls, grown: Sequence[tuple[Tree, np.ndarray]], columns: int) -> Self:
        """Copy scikit-learn's fitted ``tree_`` objects, each with its node values (n_nodes, k)."""
        sizes = [tree.node_count for tree, _ in grown]
        roots = np.cumsum([0, *sizes[:-1]])
        parts = [_flat(tree, values, columns, root) for (tree, values), root in zip(grown, roots, strict=True)]
        left, feature, threshold, value = (np.concatenate(each) for each in zip(*parts, strict=True))
        depth = max(tree.max_depth for tree, _ in grown)
        return cls(roots.astype(np.int32), left, feature, threshold, value, columns, depth)

    @classmethod
    def joined(cls, forests: Sequence[Self]) -> Self:
        """Return one forest with the trees of all, which have the same columns."""
        starts = np.cumsum([0, *(len(each.left) for each in forests[:-1])]).astype(np.int32)
        roots, left = (
            np.concatenate([getattr(each, name) + start for each, start in zip(forests, starts, strict=True)])
            for name in ("roots", "left")
        )
        feature, threshold, value = (
            np.concatenate([getattr(each, name) for each in forests]) for name in ("feature", "threshold", "value")
        )
        return cls(roots, left, feature, threshold, value, forests[0].columns, max(each.depth for each in forests))

    def mean(self, X: np.ndarray, threads: int = 1) -> np.ndarray:
        """Return the mean prediction of the trees, shape (n, k)."""
        X = np.ascontiguousarray(X, dtype=np.float32)
        if 0 < len(X) <= FEW:
            return np.asarray(self.leaves(X).sum(axis=0, dtype=float)) / len(self.roots)
        sums = shared(lambda rows: self._sum(X[rows]), len(X), threads, _ROWS)
        return np.concatenate([np.zeros((0, self.value.shape[1])), *sums]) / len(self.roots)

    def leaves(self, X: np.ndarray) -> np.ndarray:
        """Return the value of each tree's leaf for a few rows, shape (n_trees, n, k)."""
        return np.asarray(self.value[np.concatenate([levels[-1] for _, levels in self._walk(X)])])

    @property
    def nbytes(self) -> int:
        """Return the size of the nodes in bytes."""
        return sum(each.nbytes for each in (self.left, self.feature, self.threshold, self.value))

    def first(self, count: int) -> Self:
        """Return a forest of the first trees only."""
        if count >= len(self.roots):
            return self
        end = self.roots[count]
        short = {name: getattr(self, name)[:end] for name in ("left", "feature", "threshold", "value")}
        return replace(self, roots=self.roots[:count], **short)

    def contributions(self, X: np.ndarray) -> np.ndarray:
        """Return contributions to the mean prediction, (n, p + 1, k); last the roots' mean.

        Each step down a path is credited to the column of the split: value(child) - value(node).

        References
        ----------
        Saabas (2014), Interpreting random forests, treeinterpreter.
        """
        count, width = len(X), self.value.shape[1]
        total = np.zeros((count, self.columns + 1, width))
        for rows, nodes in self._walk(X):
            place = np.arange(rows.stop - rows.start)[None, :] * (self.columns + 1)
            for before, after in pairwise(nodes):
                slots = (place + self.feature[before] % self.columns).ravel()
                gain = (self.value[after] - self.value[before].astype(float)).reshape(-1, width)
                size = (rows.stop - rows.start) * (self.columns + 1)
                for k in range(width):
                    added = np.bincount(slots, weights=gain[:, k], minlength=size)
                    total[rows, :, k] += added.reshape(-1, self.columns + 1)
        total /= len(self.roots)
        total[:, -1] = self.value[self.roots].mean(axis=0, dtype=float)
        return total

    def dump(self) -> State:
        """Return arrays and numbers, without those that can be recomputed; ``load`` reads them."""
        inner = self.left != np.arange(len(self.left))
        wide = np.uint16 if 2 * self.columns < 2**16 else np.uint32
        return {
            "nodes": np.diff(np.append(self.roots, len(self.left))).astype(np.uint32),
            "inner": np.packbits(inner),
            "feature": self.feature[inner].astype(wide),
            "threshold": self.threshold[inner],
            "value": self.value,
            "columns": self.columns,
            "depth": self.depth,
        }

    @classmethod
    def load(cls, packed: State) -> Self:
        """Rebuild from ``dump``, after checking that no position points outside.

        Raises
        ------
        ModelFileError
            If a child, column or shape is out of range.
        """
        value, sizes = packed["value"], packed["nodes"].astype(np.int64)
        count, columns = len(value), int(packed["columns"])
        inner = np.unpackbits(packed["inner"])[:count].astype(bool)
        roots = np.cumsum(sizes) - sizes
        sound = value.ndim == 2 and len(sizes) and (sizes > 0).all() and sizes.sum() == count == len(inner)
        # a tree with k splits has 2 k + 1 nodes; the i-th split's children are at 2 i + 1, 2 i + 2
        splits = np.cumsum(inner) - inner
        rank = splits - np.repeat(splits[roots], sizes) if sound else splits
        place = np.arange(count) - np.repeat(roots, sizes) if sound else splits
        sound = sound and bool((np.add.reduceat(inner, roots, dtype=np.int64) * 2 + 1 == sizes).all())
        sound = sound and bool((2 * rank[inner] + 1 > place[inner]).all()) and 0 <= packed["depth"] <= count
        sound = sound and len(packed["feature"]) == len(packed["threshold"]) == inner.sum()
        if not sound or not (packed["feature"] < 2 * columns).all():
            raise ModelFileError("A saved forest has nodes out of range.", code="CP4102", remedy="Save it again.")
        left, feature = np.arange(count, dtype=np.int32), np.zeros(count, dtype=np.int32)
        threshold = np.full(count, np.inf, dtype=np.float32)
        left[inner] += (2 * rank + 1 - place)[inner].astype(np.int32)
        feature[inner], threshold[inner] = packed["feature"], packed["threshold"]
        return cls(roots.astype(np.int32), left, feature, threshold, value, columns, int(packed["depth"]))

    def splits(self) -> Splits:
        """Return the trees in the form of boosters, with the first column of the values."""
        inner = self.left != np.arange(len(self.left))
        left = np.where(inner, self.left, -1)
        return Splits(
            roots=self.roots,
            output=np.zeros(len(self.roots), dtype=int),
            left=left,
            right=np.where(inner, left + 1, -1),
            feature=self.feature % self.columns,
            cut=self.threshold,
            missing_left=self.feature < self.columns,
            group=np.full(len(left), -1),
            groups=np.zeros((0, 1), dtype=bool),
            value=self.value[:, 0].astype(float),
            outputs=1,
        )

    @cached_property
    def _native(self) -> list[Tree]:
        """Return the same trees as scikit-learn objects, which score many rows in compiled code."""
        from sklearn.tree._tree import NODE_DTYPE, Tree

        nodes = np.zeros(len(self.left), dtype=NODE_DTYPE)
        inner = self.left != np.arange(len(self.left))
        ends = [*self.roots[1:], len(self.left)]
        own = self.left - np.repeat(self.roots, np.diff(np.append(self.roots, len(self.left))))
        nodes["left_child"], nodes["right_child"] = np.where(inner, own, -1), np.where(inner, own + 1, -1)
        nodes["feature"] = np.where(inner, self.feature % self.columns, -2)
        nodes["threshold"] = np.where(inner, self.threshold, -2.0)
        nodes["missing_go_to_left"] = self.feature < self.columns
        values = np.ascontiguousarray(self.value[:, None, :], dtype=np.float64)
        made = []
        for start, end in zip(self.roots, ends, strict=True):
            tree = Tree(self.columns, np.array([self.value.shape[1]], dtype=np.intp), 1)
            state = {"max_depth": self.depth, "node_count": int(end - start)}
            tree.__setstate__({**state, "nodes": nodes[start:end], "values": values[start:end]})
            made.append(tree)
        return made

    def _sum(self, X: np.ndarray) -> np.ndarray:
        total = np.zeros((len(X), self.value.shape[1]))
        for tree in self._native:
            total += tree.predict(X)
        return total

    def _walk(self, X: np.ndarray) -> Iterator[tuple[slice, list[np.ndarray]]]:
        """Yield chunks of rows with the nodes on their paths, one (trees, rows) array per level."""
        sides = bool((self.feature >= self.columns).any())
        for start in range(0, len(X), _BLOCK):
            rows = slice(start, min(start + _BLOCK, len(X)))
            # missing values as smaller than all, and as larger than all
            missing = np.isnan(X[rows])
            low = np.where(missing, -np.inf, X[rows])
            table = (np.hstack([low, np.where(missing, np.inf, X[rows])]) if sides else low).astype(np.float32)
            step = max(1, _BLOCK // len(table))
            for first in range(0, len(self.roots), step):
                yield rows, self._descend(table, self.roots[first : first + step])

    def _descend(self, table: np.ndarray, roots: np.ndarray) -> list[np.ndarray]:
        values, width = table.ravel(), table.shape[1]
        place = np.arange(len(table), dtype=np.int64) * width
        nodes = [np.repeat(roots[:, None], len(table), axis=1)]
        for _ in range(self.depth):
            now = nodes[-1]
            right = values.take(place + self.feature.take(now)) > self.threshold.take(now)
            nodes.append(self.left.take(now) + right)
            if (nodes[-1] == now).all():
                break
        return nodes


def _flat(tree: Tree, values: np.ndarray, columns: int, root: int) -> tuple[np.ndarray, ...]:
    """Return one tree's left, feature, threshold and value arrays, level by level."""
    old = _by_level(tree)
    inner, value = tree.children_left[old] >= 0, values[old].astype(np.float32)
    left = np.where(inner, 2 * np.cumsum(inner) - 1, np.arange(tree.node_count)) + root
    to_right = inner & (tree.missing_go_to_left[old] == 0)
    feature = np.where(inner, tree.feature[old], 0) + columns * to_right
    threshold = np.where(inner, down(tree.threshold[old]), np.float32(np.inf))
    return left.astype(np.int32), feature.astype(np.int32), threshold, value


def _by_level(tree: Tree) -> np.ndarray:
    """Return nodes level by level: the i-th split's children are at 2 i + 1 and 2 i + 2."""
    levels = [np.zeros(1, dtype=np.int64)]
    while len(levels[-1]):
        split = levels[-1][tree.children_left[levels[-1]] >= 0]
        levels.append(np.column_stack([tree.children_left[split], tree.children_right[split]]).ravel())
    return np.concatenate(levels)


def down(threshold: np.ndarray) -> np.ndarray:
    """Round down to float32: float32 values compare with it as with the exact threshold."""
    finite = np.clip(threshold, -np.inf, float(_LARGEST))
    near = finite.astype(np.float32)
    return np.asarray(np.where(near > finite, np.nextafter(near, np.float32(-np.inf)), near))
