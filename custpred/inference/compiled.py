"""Preparation of new rows without a frame: a fold's fitted steps as a chain of operations.

The operations are those of training, built once from the fitted state, so that one customer takes a
fraction of a millisecond.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from custpred.columns.batch import ColumnBatch, chained
from custpred.features._matrix import plain_matrix

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from custpred.columns.batch import ColumnOperation, PlainMatrix
    from custpred.columns.fitted_step import FittedStep


@dataclass(frozen=True)
class Chain:
    """The fitted steps of one fold, ready for batches of columns."""

    operation: ColumnOperation
    matrix: Callable[[ColumnBatch], PlainMatrix]

    @classmethod
    def of(cls, steps: Sequence[FittedStep]) -> Self | None:
        """Build the functions from the steps' states; None if the result is no numeric matrix."""
        *others, last = steps
        if last.spec.kind() != "_matrix" or last.state.get("steps"):
            return None
        return cls(chained([step.operation() for step in others]), plain_matrix(last.state))

    def prepare(self, batch: ColumnBatch) -> PlainMatrix:
        """Return the model's input matrix; the batch is not changed."""
        own = ColumnBatch(batch.rows, dict(batch.columns), batch.shared)
        self.operation(own)
        return self.matrix(own)


def alike(folds: Sequence[Sequence[FittedStep]]) -> list[tuple[int, ...]]:
    """Group folds with equal fitted steps, so that rows are prepared once per group."""
    found: list[list[int]] = []
    for fold, steps in enumerate(folds):
        same = [each for each in found if len(folds[each[0]]) == len(steps) and _equal(folds[each[0]], steps)]
        if same:
            same[0].append(fold)
        else:
            found.append([fold])
    return [tuple(each) for each in found]


def _equal(one: Sequence[FittedStep], other: Sequence[FittedStep]) -> bool:
    return all(
        a.spec == b.spec and list(a.names_in) == list(b.names_in) and _same(a.state, b.state)
        for a, b in zip(one, other, strict=True)
    )


def _same(one: Any, other: Any) -> bool:
    """Return whether two states, or parts of them, are equal; missing values equal each other."""
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        same = type(one) is type(other) and one.dtype == other.dtype and one.shape == other.shape
        return same and np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    gaps = isinstance(one, float) and isinstance(other, float) and np.isnan(one) and np.isnan(other)
    return type(one) is type(other) and bool(gaps or one == other)
