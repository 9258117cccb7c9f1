"""Fitted trees of any booster as plain arrays: tests of nodes, children, values of leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Splits:
    """All nodes of all trees, one tree after the other.

    Parameters
    ----------
    roots, output : ndarray of shape (n_trees,)
        Position of the first node of each tree, and the output to which the tree contributes.
    left, right : ndarray of shape (n_nodes,)
        Positions of the children; -1 in leaves.
    feature : ndarray of shape (n_nodes,)
        Column of the split.
    cut : ndarray of shape (n_nodes,), float32
        Numbers up to this go left.
    missing_left : ndarray of shape (n_nodes,), bool
        Whether missing values go left.
    group : ndarray of shape (n_nodes,)
        Row of ``groups`` for a split of categories; -1 for a split of numbers.
    groups : ndarray of shape (n_groups, n_codes + 1), bool
        Whether a category code goes left; the last column is for all higher codes.
    value : ndarray of shape (n_nodes,)
        The value of a leaf.
    """

    roots: np.ndarray
    output: np.ndarray
    left: np.ndarray
    right: np.ndarray
    feature: np.ndarray
    cut: np.ndarray
    missing_left: np.ndarray
    group: np.ndarray
    groups: np.ndarray
    value: np.ndarray
    outputs: int

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Return the trees of several forests, each with its own outputs."""
        nodes = np.cumsum([0, *(len(part.left) for part in parts)])
        outputs = np.cumsum([0, *(part.outputs for part in parts)])
        sets = np.cumsum([0, *(len(part.groups) for part in parts)])
        width = max(part.groups.shape[1] for part in parts)

        def moved(name: str, by: np.ndarray) -> np.ndarray:
            found = [(getattr(part, name), start) for part, start in zip(parts, by, strict=False)]
            return np.concatenate([np.where(each < 0, each, each + start) for each, start in found])

        plain = {name: np.concatenate([getattr(part, name) for part in parts]) for name in _PLAIN}
        return cls(
            roots=moved("roots", nodes),
            output=moved("output", outputs),
            left=moved("left", nodes),
            right=moved("right", nodes),
            group=moved("group", sets),
            groups=np.concatenate([np.pad(p.groups, ((0, 0), (0, width - p.groups.shape[1])), "edge") for p in parts]),
            outputs=int(outputs[-1]),
            **plain,
        )

    def leaves(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return each node's tree, first leaf and number of leaves, counting from left to right."""
        levels, tree = [self.roots], np.zeros(len(self.left), dtype=np.int64)
        tree[self.roots] = np.arange(len(self.roots))
        while len(inner := levels[-1][self.left[levels[-1]] >= 0]):
            levels.append(np.concatenate([self.left[inner], self.right[inner]]))
            tree[levels[-1]] = np.tile(tree[inner], 2)
        count, first = np.ones(len(self.left), dtype=np.int64), np.zeros(len(self.left), dtype=np.int64)
        for level in reversed(levels):
            inner = level[self.left[level] >= 0]
            count[inner] = count[self.left[inner]] + count[self.right[inner]]
        for level in levels:
            inner = level[self.left[level] >= 0]
            first[self.left[inner]] = first[inner]
            first[self.right[inner]] = first[inner] + count[self.left[inner]]
        return tree, first, count


_PLAIN = ("feature", "cut", "missing_left", "value")
