"""ONNX operators for what SQL spells out: sums of trees, linear curves, dense layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from custpred.sql.onnx_nodes import DOUBLE, FLOAT, INT64, ML

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.models._boosting.splits import Splits
    from custpred.models._columns import Columns
    from custpred.models._pieces import Pieces
    from custpred.sql.onnx_nodes import Nodes

_AT_MOST, _MEMBER = 0, 6
"""ONNX's codes of the comparisons in trees."""


@dataclass(frozen=True)
class _Trees:
    """Trees with at least one split each; arrays as in ``Splits``."""

    roots: np.ndarray
    left: np.ndarray
    right: np.ndarray
    feature: np.ndarray
    cut: np.ndarray
    missing_left: np.ndarray
    group: np.ndarray
    groups: np.ndarray

    @classmethod
    def of(cls, splits: Splits) -> tuple[_Trees, np.ndarray]:
        """Return the trees, and nodes' original indices; a tree with one leaf gets a split."""
        alone, size = splits.left[splits.roots] < 0, len(splits.left)
        lone = splits.roots[alone]
        count, none = len(lone), np.zeros(2 * len(lone), dtype=np.int64)
        tests, copies = size + np.arange(count), size + count + np.arange(count)
        roots = splits.roots.astype(np.int64)
        roots[alone] = tests
        trees = cls(
            roots,
            np.concatenate([splits.left, lone, none[:count] - 1]),
            np.concatenate([splits.right, copies, none[:count] - 1]),
            np.append(splits.feature, none),
            np.append(splits.cut.astype(float), none),
            np.append(splits.missing_left, none > 0),
            np.append(splits.group, none - 1),
            splits.groups,
        )
        return trees, np.concatenate([np.arange(size), lone, lone])

    def write(self, nodes: Nodes, rows: str, target: np.ndarray, value: np.ndarray, outputs: int) -> str:
        """Add the trees; return the sums of their leaf values, shape (n_rows, outputs).

        Parameters
        ----------
        target, value : ndarray of shape (n_nodes,)
            The output that a leaf adds to, and the value that it adds.
        """
        inner = self.left >= 0
        # splits and leaves have their own numbers
        place = np.where(inner, np.cumsum(inner), np.cumsum(~inner)) - 1
        codes, swapped = self._codes()
        at, leaves = np.flatnonzero(inner), ~inner
        yes, no = np.where(swapped, self.right, self.left)[at], np.where(swapped, self.left, self.right)[at]
        numeric = self.group[at] < 0
        options: dict[str, object] = {
            "n_targets": outputs,
            "tree_roots": place[self.roots].tolist(),
            "nodes_featureids": self.feature[at].tolist(),
            "nodes_modes": nodes.tensor(np.where(numeric, _AT_MOST, _MEMBER), "modes", np.uint8),
            "nodes_splits": nodes.tensor(np.where(numeric, self.cut[at], 0.0), "splits"),
            "nodes_truenodeids": place[yes].tolist(),
            "nodes_trueleafs": (~inner[yes]).astype(int).tolist(),
            "nodes_falsenodeids": place[no].tolist(),
            "nodes_falseleafs": (~inner[no]).astype(int).tolist(),
            "nodes_missing_value_tracks_true": (self.missing_left != swapped)[at].astype(int).tolist(),
            "leaf_targetids": target[leaves].tolist(),
            "leaf_weights": nodes.tensor(value[leaves], "leaves"),
        }
        if len(codes):
            options["membership_values"] = nodes.tensor(codes, "codes")
        return nodes.add("TreeEnsemble", [rows], domain=ML, options=options)

    def _codes(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the codes of categorical splits, NaN between, and whether codes go right."""
        swapped, listed = np.zeros(len(self.left), dtype=bool), [np.zeros(0)]
        for node in np.flatnonzero((self.left >= 0) & (self.group >= 0)):
            *ways, beyond = self.groups[self.group[node]].tolist()
            swapped[node] = beyond
            codes = np.flatnonzero(np.array(ways, dtype=bool) != beyond)
            listed.append(np.append(codes if len(codes) else -1.0, np.nan))  # not empty
        return np.concatenate(listed), swapped


@dataclass(frozen=True)
class TreeSums:
    """The sum of each output's trees and its initial score."""

    splits: Splits
    start: np.ndarray | None

    @property
    def outputs(self) -> int:
        """Return the number of scores."""
        return self.splits.outputs

    def write(self, nodes: Nodes, rows: str) -> str:
        """Add the trees."""
        splits, (trees, was) = self.splits, _Trees.of(self.splits)
        target = splits.output[splits.leaves()[0]]
        found = trees.write(nodes, rows, target[was], splits.value[was].astype(float), splits.outputs)
        return found if self.start is None else nodes.add("Add", [found, nodes.constant(self.start)])


@dataclass(frozen=True)
class TreeMeans:
    """The mean over trees of ``values``, shape (n_nodes, k), at the leaf that each row reaches."""

    splits: Splits
    values: np.ndarray

    @property
    def outputs(self) -> int:
        """Return the number of means."""
        return int(self.values.shape[1])

    def write(self, nodes: Nodes, rows: str) -> str:
        """Add the trees, and look up the values of their leaves."""
        trees, was = _Trees.of(self.splits)
        found = trees.write(nodes, rows, self.splits.leaves()[0][was], was.astype(float), len(self.splits.roots))
        leaves = nodes.gather(self.values, nodes.add("Cast", [found], options={"to": INT64}))
        return nodes.add("ReduceMean", [leaves, nodes.constant([1], np.int64)], options={"keepdims": 0})


@dataclass(frozen=True)
class Curves:
    """Linear interpolation of each column, constant beyond both ends, as ``numpy.interp``.

    Parameters
    ----------
    at, heights
        The x and y of each column's points, shape (n_points,); for equal x, the last point is used.
    """

    at: Sequence[np.ndarray]
    heights: Sequence[np.ndarray]

    @property
    def outputs(self) -> int:
        """Return the number of curves."""
        return len(self.at)

    def write(self, nodes: Nodes, rows: str) -> str:
        """Add a tree for each curve, which finds a value's segment, and the interpolation."""
        points = []
        for x, y in zip(self.at, self.heights, strict=True):
            last = np.append(np.diff(x) > 0, True)
            points.append((x[last].astype(float), y[last].astype(float)))
        found = self._lines(nodes, rows, [x for x, _ in points])
        line = nodes.add("Cast", [found], options={"to": INT64})
        # Before the first point and after the last one the slope is 0.
        first = nodes.gather(np.concatenate([np.append(x[0], x) for x, _ in points]), line)
        height = nodes.gather(np.concatenate([np.append(y[0], y) for _, y in points]), line)
        slopes = [np.concatenate([[0.0], np.diff(y) / np.diff(x), [0.0]]) for x, y in points]
        risen = nodes.add("Mul", [nodes.gather(np.concatenate(slopes), line), nodes.add("Sub", [rows, first])])
        return nodes.add("Add", [risen, height])

    @staticmethod
    def _lines(nodes: Nodes, rows: str, cuts: Sequence[np.ndarray]) -> str:
        """Add the trees; their leaves are the indices of the segments of all curves."""
        tests: list[tuple[int, int, int, float, float]] = []  # left, right, column, cut, line
        roots, first = [], 0

        def grow(column: int, low: int, high: int) -> int:
            """Add the splits between segments ``low`` to ``high``; return the root's index."""
            node, middle = len(tests), (low + high) // 2
            tests.append((-1, -1, column, 0.0, float(first + low)))
            if high > low:
                below = float(np.nextafter(cuts[column][middle], -np.inf))
                tests[node] = (grow(column, low, middle), grow(column, middle + 1, high), column, below, 0.0)
            return node

        for column, own in enumerate(cuts):
            roots.append(grow(column, 0, len(own)))
            first += len(own) + 1
        left, right, feature, cut, line = (np.array(each) for each in zip(*tests, strict=True))
        none = np.zeros(len(left), dtype=np.int64)
        trees = _Trees(np.array(roots), left, right, feature, cut, none > 0, none - 1, np.zeros((0, 1), dtype=bool))
        return trees.write(nodes, rows, feature, line, len(cuts))


@dataclass(frozen=True)
class Layers:
    """The mean score of networks on scaled columns, with SiLU; one layer is a linear model.

    Parameters
    ----------
    networks
        For each network, the matrix and bias of each layer in turn: (in, out), (out,), ...
    pieces
        Encoded pieces of the columns, which follow the scaled columns; None without.
    """

    columns: Columns
    networks: Sequence[Sequence[np.ndarray]]
    pieces: Pieces | None = None

    @property
    def outputs(self) -> int:
        """Return the number of scores."""
        return len(self.networks[0][-1])

    def write(self, nodes: Nodes, rows: str) -> str:
        """Add the scaling and the layers, in the precision of their weights."""
        single = self.networks[0][0].dtype == np.float32
        scaled, scores = self._scaled(nodes, rows), []
        if self.pieces is not None and len(self.pieces.column):
            scaled = nodes.add("Concat", [scaled, self._encoded(nodes, rows, self.pieces)], options={"axis": 1})
        if single:
            scaled = nodes.add("Cast", [scaled], options={"to": FLOAT})
        for network in self.networks:
            x = scaled
            for number, weights in enumerate(network):
                if number and number % 2 == 0:
                    x = nodes.add("Mul", [x, nodes.add("Sigmoid", [x])])
                own = nodes.constant(weights, np.float32 if single else np.float64)
                x = nodes.add("Add" if number % 2 else "MatMul", [x, own])
            scores.append(nodes.add("Cast", [x], options={"to": DOUBLE}))
        return nodes.add("Div", [nodes.add("Sum", scores), nodes.constant(float(len(scores)))])

    def _scaled(self, nodes: Nodes, rows: str) -> str:
        """Add the nodes for ``Columns.apply``."""
        own, width = self.columns, len(self.columns.low)
        x = nodes.add("Max", [rows, nodes.constant(own.low)])
        x = nodes.add("Min", [x, nodes.constant(own.high)])
        if len(own.curved):
            straight = nodes.add("Gather", [x, nodes.constant(own.curved, np.int64)], options={"axis": 1})
            bent = Curves(list(own.knots), list(own.heights)).write(nodes, straight)
            order = np.arange(width)
            order[own.curved] = width + np.arange(len(own.curved))
            both = nodes.add("Concat", [x, bent], options={"axis": 1})
            x = nodes.add("Gather", [both, nodes.constant(order, np.int64)], options={"axis": 1})
        x = nodes.add("Sub", [x, nodes.constant(own.centre)])
        return nodes.add("Div", [x, nodes.constant(own.width)])

    def _encoded(self, nodes: Nodes, rows: str, pieces: Pieces) -> str:
        """Add the nodes for ``Pieces.apply``."""
        x = nodes.add("Gather", [rows, nodes.constant(pieces.column, np.int64)], options={"axis": 1})
        x = nodes.add("Div", [nodes.add("Sub", [x, nodes.constant(pieces.low)]), nodes.constant(pieces.length)])
        x = nodes.add("Min", [nodes.add("Max", [x, nodes.constant(0.0)]), nodes.constant(1.0)])
        return nodes.add("Div", [nodes.add("Sub", [x, nodes.constant(pieces.centre)]), nodes.constant(pieces.width)])
