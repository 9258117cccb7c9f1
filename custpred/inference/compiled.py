"""Preparation of new rows without a frame: a fold's fitted steps as a chain of operations.

The operations are those of training, built once from the fitted state, so that one customer takes a
fraction of a millisecond.  Chains that begin with equal steps share their results: one-hot levels,
for example, are mostly the same in all folds, and in several preparations.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np

from custpred.columns.batch import ColumnBatch
from custpred.features._matrix import gathered_by, medians_of, plain_matrix

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from custpred.columns.batch import PlainMatrix
    from custpred.columns.fitted_step import FittedStep

    Prepared: TypeAlias = ColumnBatch | PlainMatrix


@dataclass(eq=False)
class Stage:
    """A fitted step after certain others, with the stages that may follow.

    Parameters
    ----------
    work
        Returns a batch after the step, or its matrix; the batch before is not changed.
    chains
        Number of chains that need the result.
    """

    step: FittedStep
    work: Callable[..., Prepared]
    chains: int = 0
    after: list[Stage] = field(default_factory=list)


Made: TypeAlias = dict[Stage, tuple["Prepared", int]]
"""Results of stages for one batch, each with the number of chains that have yet to use it."""


@dataclass(frozen=True)
class Chain:
    """The fitted steps of one fold, ready for batches of columns."""

    stages: tuple[Stage, ...]
    medians: np.ndarray | None
    """Values that replace missing ones in the matrix, which chains with other medians share."""

    def prepare(self, batch: ColumnBatch, made: Made) -> PlainMatrix:
        """Return the model's input matrix; ``made`` holds the results of earlier chains."""
        found: Prepared = batch
        for stage in self.stages:
            found, left = made.pop(stage) if stage in made else (stage.work(found), stage.chains)
            if left > 1:
                made[stage] = found, left - 1
        matrix = cast("PlainMatrix", found)
        return matrix if self.medians is None else matrix.filled(self.medians)


def chains(preparations: Sequence[Sequence[FittedStep]]) -> list[Chain | None]:
    """Return a chain for each list of fitted steps; None if the result is no numeric matrix."""
    first: list[Stage] = []
    return [_chain(steps, first) for steps in preparations]


def _chain(steps: Sequence[FittedStep], first: list[Stage]) -> Chain | None:
    if not steps or steps[-1].spec.kind() != "_matrix" or steps[-1].state.get("steps"):
        return None
    *others, last = steps
    stages: list[Stage] = []
    for step in [*others, replace(last, state=gathered_by(last.state))]:
        known = stages[-1].after if stages else first
        stage = next((each for each in known if _equal([each.step], [step])), None)
        if stage is None:
            stage = Stage(step, plain_matrix(step.state) if len(stages) == len(others) else _operated(step))
            known.append(stage)
        stage.chains += 1
        stages.append(stage)
    return Chain(tuple(stages), medians_of(last.state))


def _operated(step: FittedStep) -> Callable[[ColumnBatch], ColumnBatch]:
    """Return the step's operation as a function that leaves the batch as it is."""
    operation = step.operation()

    def work(batch: ColumnBatch) -> ColumnBatch:
        own = ColumnBatch(batch.rows, dict(batch.columns), batch.shared)
        operation(own)
        return own

    return work


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
