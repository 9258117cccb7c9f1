"""Forests as plain arrays: scoring, and contributions along the decision paths."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from custpred.errors import ModelFileError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_BLOCK = 1 << 15  # (row, tree) pairs walked at once: their arrays stay in the cache
_LARGEST = np.finfo(np.float32).max


@dataclass(frozen=True)
class Trees:
    """All nodes of all trees, one after the other.

    Parameters
    ----------
    roots : ndarray of shape (n_trees,)
        Position of each tree's first node.
    left : ndarray of shape (n_nodes,)
        Position of the left child; the right child follows it.  A leaf is its own left child.
    feature : ndarray of shape (n_nodes,)
        Column of the split; ``p + column`` where gaps go right instead of left.
    threshold : ndarray of shape (n_nodes,), float32
        Values up to it go left.
    value : ndarray of shape (n_nodes, k), float32
        Mean answer of the training rows in the node.
    """

    roots: np.ndarray
    left: np.ndarray
    feature: np.ndarray
    threshold: np.ndarray
    value: np.ndarray
    columns: int
    depth: int

    @classmethod
    def of(cls, grown: Sequence[tuple[Any, np.ndarray]], columns: int) -> Self:
        """Copy scikit-learn's fitted ``tree_`` objects, each with its node values of shape (n_nodes, k)."""
        sizes = [tree.node_count for tree, _ in grown]
        roots = np.cumsum([0, *sizes[:-1]])
        parts = [_flat(tree, values, columns, root) for (tree, values), root in zip(grown, roots, strict=True)]
        left, feature, threshold, value = (np.concatenate(each) for each in zip(*parts, strict=True))
        depth = max(tree.max_depth for tree, _ in grown)
        return cls(roots.astype(np.int32), left, feature, threshold, value, columns, depth)

    def mean(self, X: np.ndarray) -> np.ndarray:
        """Return the trees' mean answer, shape (n, k)."""
        total = np.zeros((len(X), self.value.shape[1]))
        for rows, nodes in self._walk(X):
            last = nodes[-1]
            total[rows] += self.value[last].sum(axis=0, dtype=float)
        return total / len(self.roots)

    def contributions(self, X: np.ndarray) -> np.ndarray:
        """Return each column's share in the mean answer, shape (n, p + 1, k); the last is the roots' mean.

        Each step down a path is credited to the column that was asked: value(child) - value(node).

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

    def dump(self) -> dict[str, Any]:
        """Return plain arrays and numbers; ``load`` reads them back."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @classmethod
    def load(cls, packed: dict[str, Any]) -> Self:
        """Rebuild from ``dump``, after checking that no position points outside.

        Raises
        ------
        ModelFileError
            If a child, column or shape is out of range.
        """
        trees = cls(**{name: packed[name] for name in cls.__dataclass_fields__})
        count = len(trees.left)
        inner = trees.left != np.arange(count)
        sound = (
            all(len(each) == count for each in (trees.feature, trees.threshold, trees.value))
            and trees.value.ndim == 2
            and bool(np.all((trees.left >= 0) & (trees.left + inner < count)))
            and bool(np.all((trees.feature >= 0) & (trees.feature < 2 * trees.columns)))
            and bool(np.all((trees.roots >= 0) & (trees.roots < count)))
            and bool(np.all(np.isposinf(trees.threshold[~inner])))
            and 0 <= trees.depth <= count
        )
        if not sound:
            raise ModelFileError("A saved forest points outside its own nodes.", code="CP4102", remedy="Save it again.")
        return trees

    def _walk(self, X: np.ndarray) -> Iterator[tuple[slice, list[np.ndarray]]]:
        """Yield blocks of rows with the nodes they pass, one (trees, rows) array a level."""
        sides = bool((self.feature >= self.columns).any())
        for start in range(0, len(X), _BLOCK):
            rows = slice(start, min(start + _BLOCK, len(X)))
            # gaps: a copy of the columns where they are smaller than all, and one where they are larger
            gaps = np.isnan(X[rows])
            low = np.where(gaps, -np.inf, X[rows])
            table = (np.hstack([low, np.where(gaps, np.inf, X[rows])]) if sides else low).astype(np.float32)
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


def _flat(tree: Any, values: np.ndarray, columns: int, root: int) -> tuple[np.ndarray, ...]:
    """Return one tree's left, feature, threshold and value arrays with each pair of children side by side."""
    inner = tree.children_left >= 0
    place = np.zeros(tree.node_count, dtype=np.int64)  # new position of each old node
    pairs = 2 * np.arange(inner.sum())
    place[tree.children_left[inner]], place[tree.children_right[inner]] = pairs + 1, pairs + 2
    old = np.argsort(place)
    inner, value = inner[old], values[old].astype(np.float32)
    left = np.where(inner, place[tree.children_left[old]], np.arange(tree.node_count)) + root
    to_right = inner & (tree.missing_go_to_left[old] == 0)
    feature = np.where(inner, tree.feature[old], 0) + columns * to_right
    threshold = np.where(inner, _down(tree.threshold[old]), np.float32(np.inf))
    return left.astype(np.int32), feature.astype(np.int32), threshold, value


def _down(threshold: np.ndarray) -> np.ndarray:
    """Round down to float32: float32 values compare with it as with the exact threshold."""
    finite = np.clip(threshold, -np.inf, float(_LARGEST))
    near = finite.astype(np.float32)
    return np.asarray(np.where(near > finite, np.nextafter(near, np.float32(-np.inf)), near))
