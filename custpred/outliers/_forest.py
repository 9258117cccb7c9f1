"""An isolation forest as arrays: trees are full binary trees with computed child positions."""

from __future__ import annotations

from math import ceil, log2
from typing import TYPE_CHECKING

import numpy as np

from custpred.columns.batch import ColumnBatch
from custpred.columns.dtypes import finite_values
from custpred.columns.sampling import sampled
from custpred.outliers._columns import eligible

if TYPE_CHECKING:
    import pandas as pd
    from sklearn.tree._tree import Tree

    from custpred.outliers.isolation import Isolation
    from custpred.step import State

FLAG = "row is outlying"
ROWS = 100_000
"""Maximum number of training rows used to learn the score threshold."""
CHUNK = 4096


def learn(spec: Isolation, X: pd.DataFrame, seed: int) -> State:
    """Return the trees as arrays, and the path length that a ``share`` of the rows is below."""
    names, declined = eligible(X, spec.of)
    names = [name for name in names if len(finite_values(X[name]))]
    flag = FLAG
    while flag in X.columns:
        flag += " (new)"
    state: State = {"rows": len(X), "names": names, "declined": declined}
    state["flag"] = [flag] if names and spec.action == "flag" else []
    if not names:
        return state | {"outlying": 0}
    state["medians"] = np.array([np.median(finite_values(X[name])) for name in names])
    rows = sampled(len(X), ROWS, seed)
    batch = ColumnBatch.of(X[names])
    values = _matrix(ColumnBatch.of(X[names].iloc[rows]), state)
    state |= _grow(values, spec, seed)
    state["limit"] = float(np.quantile(_paths(values, state), spec.share))
    return state | {"outlying": int(outlying(batch, state).sum())}


def outlying(batch: ColumnBatch, state: State) -> np.ndarray:
    """Return the mask of rows whose path is shorter than the limit, shape (n_rows,)."""
    if not state["names"] or state.get("refused"):
        return np.zeros(len(batch), dtype=bool)
    shorter: np.ndarray = _paths(_matrix(batch, state), state) < state["limit"]
    return shorter


def _matrix(batch: ColumnBatch, state: State) -> np.ndarray:
    """Return columns as trees see them: float32, medians where missing; (n_rows, n_names)."""
    largest = np.finfo(np.float32).max
    out = np.empty((len(batch), len(state["names"])), dtype=np.float32)
    for i, (name, median) in enumerate(zip(state["names"], state["medians"], strict=True)):
        values = batch[name].astype(float, copy=False)
        out[:, i] = np.clip(np.where(np.isnan(values), median, values), -largest, largest)
    return out


def _grow(values: np.ndarray, spec: Isolation, seed: int) -> State:
    """Grow scikit-learn's trees; return features, thresholds (n_trees, 2^d - 1), path lengths."""
    from sklearn.ensemble import IsolationForest

    samples = min(spec.samples, len(values))
    forest = IsolationForest(n_estimators=spec.trees, max_samples=samples, random_state=seed).fit(values)
    depth = max(1, ceil(log2(max(samples, 2))))
    trees = [_full(tree.tree_, depth) for tree in forest.estimators_]
    features, thresholds, paths = (np.array(each) for each in zip(*trees, strict=True))
    return {"depth": depth, "features": features, "thresholds": thresholds, "paths": paths}


def _full(tree: Tree, depth: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Expand a tree to a full one: below a leaf, all values go left, with its path length."""
    inner = 2**depth - 1
    features, thresholds = np.zeros(inner, dtype=np.int32), np.full(inner, np.inf)
    nodes = np.full(2 * inner + 1, -1)
    levels, nodes[0] = np.zeros(2 * inner + 1), 0
    for place in range(inner):
        node = nodes[place]
        leaf = node < 0 or tree.children_left[node] < 0
        left, right = (node, -1) if leaf else (tree.children_left[node], tree.children_right[node])
        nodes[2 * place + 1], nodes[2 * place + 2] = left, right
        levels[2 * place + 1] = levels[2 * place + 2] = levels[place] + (not leaf)
        if not leaf:
            features[place], thresholds[place] = tree.feature[node], tree.threshold[node]
    return features, thresholds, levels[inner:] + _unsearched(tree.n_node_samples[nodes[inner:]])


def _unsearched(rows: np.ndarray) -> np.ndarray:
    """Return the expected path of an unsuccessful search among these rows (Liu et al., eq. 1)."""
    many = np.maximum(rows, 3).astype(float)
    length = 2.0 * (np.log(many - 1.0) + np.euler_gamma) - 2.0 * (many - 1.0) / many
    return np.where(rows <= 1, 0.0, np.where(rows == 2, 1.0, length))


def _paths(values: np.ndarray, state: State) -> np.ndarray:
    """Return each row's path length, summed over the trees, shape (n_rows,)."""
    chunks = [_walk(values[i : i + CHUNK], state) for i in range(0, len(values), CHUNK)]
    return np.concatenate(chunks) if chunks else np.zeros(0)


def _walk(values: np.ndarray, state: State) -> np.ndarray:
    rows, total = np.arange(len(values)), np.zeros(len(values))
    for features, thresholds, paths in zip(state["features"], state["thresholds"], state["paths"], strict=True):
        place = np.zeros(len(values), dtype=np.intp)
        for _ in range(state["depth"]):
            place = 2 * place + 1 + (values[rows, features[place]] > thresholds[place])
        total += paths[place - len(features)]
    return total
