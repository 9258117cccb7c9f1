"""Saved boosters, LightGBM's text and XGBoost's binary JSON, read as plain arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from custpred.models._boosting.splits import Splits
from custpred.models._boosting.ubjson import loads
from custpred.models._forests.tree_arrays import down

if TYPE_CHECKING:
    from custpred.storage.plain import State

_CATEGORY, _LEFT, _ZERO, _NAN = 1, 2, 4, 8
"""LightGBM's ``decision_type``: category split; missing left; zeros missing; NaN missing."""

_ZERO_THRESHOLD = np.float32(1e-35)
"""LightGBM's ``kZeroThreshold``."""


def of_lightgbm(text: str) -> Splits | None:
    """Return the trees of LightGBM's text format (version 4); None if it is unsupported.

    LightGBM's ``Tree::Decision``: numbers up to the threshold go left; missing values follow the
    default or are 0; categories in the bit set go left, missing values and all others right.
    """
    head, *blocks = text.split("\nend of trees")[0].split("\nTree=")
    trees = [dict(line.split("=", 1) for line in block.splitlines()[1:] if line) for block in blocks]
    each = int(dict(line.split("=", 1) for line in head.splitlines() if "=" in line)["num_tree_per_iteration"])
    if not trees or any(tree["is_linear"] != "0" for tree in trees):
        return None
    inner = np.array([int(tree["num_leaves"]) - 1 for tree in trees])
    roots = np.cumsum(2 * inner + 1) - (2 * inner + 1)
    tree = np.repeat(np.arange(len(trees)), inner)
    node = roots[tree] + np.arange(len(tree)) - np.repeat(np.cumsum(inner) - inner, inner)
    read = {name: _numbers([each.get(name, "") for each in trees], kind) for name, kind in _FIELDS.items()}
    kinds = read["decision_type"].astype(int)
    if (kinds & _ZERO).any():
        return None
    made = _empty(int((2 * inner + 1).sum()))
    for side in ("left", "right"):
        child = read[f"{side}_child"].astype(int)
        made[side][node] = roots[tree] + np.where(child < 0, inner[tree] + ~child, child)
    leaf = np.ones(len(made["left"]), dtype=bool)
    leaf[node] = False
    made["value"][leaf] = read["leaf_value"]
    category = (kinds & _CATEGORY) > 0
    made["feature"][node] = read["split_feature"].astype(int)
    made["cut"][node] = np.where(category, 0, _beside_zero(read["threshold"]))
    as_zero = ~category & (kinds & _NAN == 0)
    made["missing_left"][node] = np.where(as_zero, read["threshold"] >= 0, ~category & (kinds & _LEFT > 0))
    made["group"][node[category]] = np.arange(category.sum())
    groups = _bit_sets(trees, tree[category], read["threshold"][category].astype(int))
    return Splits(roots, np.arange(len(trees)) % each, groups=groups, outputs=each, **made)


def of_xgboost(raw: bytes, levels: dict[int, np.ndarray]) -> Splits | None:
    """Return the trees of XGBoost's UBJSON, without base score; None if it is unsupported.

    Codes that are not among the ``levels`` of a category column are missing values.

    XGBoost's ``GetNextNode``: numbers below the condition go left; categories in the node's set go
    right, all others left; a missing value follows the node's default.
    """
    learner = loads(raw)["learner"]
    booster = learner["gradient_booster"]
    if booster["name"] != "gbtree" or not booster["model"]["trees"]:
        return None
    trees, output = booster["model"]["trees"], np.array(booster["model"]["tree_info"])
    sizes = np.array([len(tree["left_children"]) for tree in trees])
    roots = np.cumsum(sizes) - sizes
    read = {name: np.concatenate([tree[name] for tree in trees]) for name in (*_NODES, *_SETS)}
    made, shift = _empty(int(sizes.sum())), np.repeat(roots, sizes)
    leaf = read["left_children"] < 0
    for side in ("left", "right"):
        made[side] = np.where(leaf, -1, read[f"{side}_children"].astype(int) + shift)
    condition = read["split_conditions"].astype(np.float32)
    made["value"] = np.where(leaf, condition, 0).astype(float)
    made["feature"] = read["split_indices"].astype(int)
    made["cut"] = np.nextafter(condition, np.float32(-np.inf))
    made["missing_left"] = read["default_left"] > 0
    counts = read["categories_sizes"].astype(int)
    nodes = read["categories_nodes"] + np.repeat(roots, [len(tree["categories_nodes"]) for tree in trees])
    made["group"][nodes] = np.arange(len(nodes))
    places, row = np.unique(made["feature"][nodes], return_inverse=True)
    there = [levels.get(place, np.zeros(0)).astype(int) for place in places.tolist()]
    known = _marked(np.concatenate([*there, np.zeros(0, int)]), np.array([len(each) for each in there]))[row]
    right = _marked(read["categories"], counts, known.shape[1] - 2)
    known = np.pad(known, ((0, 0), (0, right.shape[1] - known.shape[1])))
    ways = np.where(known, ~right, made["missing_left"][nodes][:, None])
    outputs = max(1, int(learner["learner_model_param"]["num_class"]))
    return Splits(roots, output, groups=ways, outputs=outputs, **made)


_FIELDS = {
    **dict.fromkeys(("left_child", "right_child", "split_feature", "decision_type"), int),
    **dict.fromkeys(("threshold", "leaf_value"), float),
}
_NODES = ("left_children", "right_children", "split_conditions", "split_indices", "default_left")
_SETS = ("categories_nodes", "categories_sizes", "categories")
"""XGBoost concatenates the category sets of a tree in the order of their nodes."""


def _beside_zero(threshold: np.ndarray) -> np.ndarray:
    """Return float32 cuts, none between 0 and 1e-35: LightGBM treats these numbers as 0."""
    near = np.abs(threshold) <= _ZERO_THRESHOLD
    ends = np.where(threshold >= 0, _ZERO_THRESHOLD, np.nextafter(-_ZERO_THRESHOLD, np.float32(-1)))
    return np.where(near, ends, down(threshold)).astype(np.float32)


def _numbers(texts: list[str], kind: type) -> np.ndarray:
    return np.fromstring(" ".join(texts), dtype=kind, sep=" ")


def _empty(nodes: int) -> State:
    """Return the arrays of leaves with value 0."""
    whole = {name: np.full(nodes, -1) for name in ("left", "right", "group")}
    number = {"feature": np.zeros(nodes, dtype=int), "cut": np.zeros(nodes, dtype=np.float32), "value": np.zeros(nodes)}
    return {**whole, **number, "missing_left": np.zeros(nodes, dtype=bool)}


def _bit_sets(trees: list[dict[str, str]], tree: np.ndarray, number: np.ndarray) -> np.ndarray:
    """Return the mask of codes in the sets of category splits, stored as 32-bit words."""
    ends = [_numbers([each.get("cat_boundaries", "")], int) for each in trees]
    words = _numbers([each.get("cat_threshold", "") for each in trees], int).astype("<u4")
    begin = np.cumsum([0, *(len(each) for each in ends)])[tree] + number
    shift = np.cumsum([0, *(each[-1] if len(each) else 0 for each in ends)])[tree]
    bounds = np.concatenate([*ends, np.zeros(1, int)])
    first, count = bounds[begin] + shift, bounds[begin + 1] - bounds[begin]
    place = np.arange(max(count, default=0))
    sets = np.where(place < count[:, None], np.append(words, 0)[np.minimum(first[:, None] + place, len(words))], 0)
    bits = np.unpackbits(sets.astype("<u4").view(np.uint8), axis=1, bitorder="little")
    most = int(np.flatnonzero(bits.any(axis=0)).max(initial=-1))
    return np.pad(bits[:, : most + 1].astype(bool), ((0, 0), (0, 1)))


def _marked(codes: np.ndarray, counts: np.ndarray, least: int = -1) -> np.ndarray:
    """Return sets of codes as rows of a mask, ``least`` columns wide; the last: higher codes.

    Parameters
    ----------
    codes, counts
        The concatenated sets, and the number of codes in each.
    """
    marked = np.zeros((len(counts), max(int(codes.max(initial=-1)), least) + 2), dtype=bool)
    counts, codes = counts.astype(int), codes.astype(int)  # without sets both are float
    marked[np.repeat(np.arange(len(counts)), counts), codes] = True
    return marked
