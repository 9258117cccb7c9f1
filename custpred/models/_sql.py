"""Fitted models as SQL: trees, sums of trees, scaled columns, linear scores, links."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from custpred.sql.dialect import MOST_LISTED
from custpred.sql.functions import curve, exponential
from custpred.sql.operators import Layers, TreeMeans, TreeSums

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.models._boosting.splits import Splits
    from custpred.models._columns import Columns
    from custpred.models._target import Link
    from custpred.sql.rows import SqlMatrix

_MAX_TREES = 32
"""Maximum number of trees in one sum."""


def tree_texts(splits: Splits, X: SqlMatrix, leaves: np.ndarray | None = None) -> list[str]:
    """Return each tree as nested CASE expressions of leaf values, or of leaf numbers in ``leaves``.

    A comparison with NULL takes the ELSE branch, which so holds the side of missing values.
    """
    write = X.dialect.literal

    def branch(node: int) -> str:
        if splits.left[node] < 0:
            return write(splits.value[node]) if leaves is None else str(leaves[node])
        left, right = branch(int(splits.left[node])), branch(int(splits.right[node]))
        x, missing_left = X.columns[splits.feature[node]], bool(splits.missing_left[node])
        to_left, to_right = _tests(splits, node, x, write(splits.cut[node]))
        test, then, other = (to_right, right, left) if missing_left else (to_left, left, right)
        return f"CASE WHEN {test} THEN {then} ELSE {other} END" if test else other

    return [branch(int(root)) for root in splits.roots]


def _tests(splits: Splits, node: int, x: str, cut: str) -> tuple[str, str]:
    """Return the conditions for known values to go left and to go right; empty if none does."""
    if splits.group[node] < 0:
        return f"{x} <= {cut}", f"{x} > {cut}"
    *ways, beyond = splits.groups[splits.group[node]]
    known, others = _among(x, np.array(ways, dtype=bool) != beyond)
    return (others, known) if beyond else (known, others)


def _among(x: str, chosen: np.ndarray) -> tuple[str, str]:
    """Return the conditions that a code is a chosen one, and that it is another one.

    Many codes are looked up in a text of 0 and 1, which is shorter than their list.

    Parameters
    ----------
    chosen : ndarray of shape (n_codes,), bool
        Higher codes are others.
    """
    codes = np.flatnonzero(chosen).tolist()
    if not codes:
        return "", f"{x} IS NOT NULL"
    if len(codes) <= MOST_LISTED:
        listed = ", ".join(map(str, codes))
        return f"{x} IN ({listed})", f"{x} NOT IN ({listed})"
    bits = "".join(map(str, chosen.astype(int))).rstrip("0")
    return f"SUBSTR('{bits}', {x} + 1, 1) = '1'", f"SUBSTR('{bits}', {x} + 1, 1) <> '1'"


def tree_sums(splits: Splits, X: SqlMatrix, start: np.ndarray | None) -> list[str]:
    """Return the start value plus the sum of trees of each output, as sums of named parts."""
    made = X.statement
    if (sums := made.operator(TreeSums(splits, start), X.columns)) is not None:
        return sums
    trees, found = tree_texts(splits, X), []
    for output in range(splits.outputs):
        own = [tree for tree, place in zip(trees, splits.output.tolist(), strict=True) if place == output]
        parts = [made.name(" + ".join(own[i : i + _MAX_TREES])) for i in range(0, len(own), _MAX_TREES)]
        found.append(made.total([*parts, *([] if start is None else [X.dialect.literal(start[output])])]))
    return found


def means_of(splits: Splits, values: np.ndarray, X: SqlMatrix) -> list[str]:
    """Return the mean over the trees for each column of their node values (n_nodes, k)."""
    made, write, count = X.statement, X.dialect, len(splits.roots)
    if values.shape[1] == 1:
        return [f"({tree_sums(splits, X, None)[0]} / {write.literal(count)})"]
    if (means := made.operator(TreeMeans(splits, values), X.columns)) is not None:
        return means
    tree, first, _ = splits.leaves()
    ends = splits.left < 0
    found = [made.name(text) for text in tree_texts(splits, X, first + 1)]
    order = [np.flatnonzero(ends & (tree == number)) for number in range(count)]
    order = [places[np.argsort(first[places])] for places in order]
    sums = [
        made.total([write.chosen(values[places, k].tolist(), x) for places, x in zip(order, found, strict=True)])
        for k in range(values.shape[1])
    ]
    return [f"({each} / {write.literal(count)})" for each in sums]


def sums_in_single(splits: Splits, X: SqlMatrix, start: np.ndarray) -> list[str]:
    """Return the sums of ``tree_sums`` added in 32 bits, to reproduce a library's rounding.

    A database without 32-bit numbers, or with trees, adds in 64 bits: equal up to rounding.
    """
    made, write = X.statement, X.dialect
    if write.single is None:
        return tree_sums(splits, X, start)
    if (sums := made.operator(TreeSums(splits, start), X.columns)) is not None:
        return sums
    trees, found = tree_texts(splits, X), []
    for output in range(splits.outputs):
        own = [tree for tree, place in zip(trees, splits.output.tolist(), strict=True) if place == output]
        so_far = f"CAST({write.literal(start[output])} AS {write.single})"
        for i in range(0, len(own), _MAX_TREES):
            part = [f"CAST({tree} AS {write.single})" for tree in own[i : i + _MAX_TREES]]
            so_far = made.name(" + ".join([so_far, *part]))
        found.append(f"CAST({so_far} AS {write.double})")
    return found


def scaled(columns: Columns, X: SqlMatrix, used: Sequence[int]) -> dict[int, str]:
    """Return the scaled values of columns, by position: ``Columns.apply`` as SQL."""
    made, write = X.statement, X.dialect.literal
    bends = {int(place): row for row, place in enumerate(columns.curved)}
    found = {}
    for place in used:
        x, low, high = X.columns[place], write(columns.low[place]), write(columns.high[place])
        value = f"CASE WHEN {x} < {low} THEN {low} WHEN {x} > {high} THEN {high} ELSE {x} END"
        if place in bends:
            value = curve(made, value, columns.knots[bends[place]], columns.heights[bends[place]])
        value = f"({value} - {write(columns.centre[place])}) / {write(columns.width[place])}"
        found[place] = made.name(value)
    return found


def linear_scores(columns: Columns, weights: np.ndarray, start: np.ndarray, X: SqlMatrix) -> list[str]:
    """Return linear scores of scaled columns, one for each column of the weights (p, k)."""
    made, write = X.statement, X.dialect.literal
    if (scores := made.operator(Layers(columns, [[weights, start]]), X.columns)) is not None:
        return scores
    values = scaled(columns, X, np.flatnonzero(weights.any(axis=1)).tolist())
    return [
        made.total([write(first), *(f"{x} * {write(weights[place, k])}" for place, x in values.items())])
        for k, first in enumerate(start.tolist())
    ]


def value_of(link: Link, score: str, X: SqlMatrix) -> str:
    """Return the value of a learner's score: ``Link.value`` as SQL."""
    made, write = X.statement, X.dialect.literal
    inside = made.name(f"({write(link.start)} + {write(link.slope)} * {score})")
    if not link.exponential:
        return inside
    capped = f"CASE WHEN {inside} > {write(link.high)} THEN {write(link.high)} ELSE {inside} END"
    return f"({write(link.scale)} * {exponential(made, capped)} - {write(link.shift)})"
