"""A fitted preparation step as plain data, without scikit-learn: fitted, stored, applied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from custpred.columns.batch import ColumnBatch, drop_columns
from custpred.columns.sequence import is_step, step_columns

if TYPE_CHECKING:
    import numpy as np

    from custpred.columns.batch import ColumnOperation
    from custpred.step import State, Step
    from custpred.task import Task


@dataclass(frozen=True)
class FittedStep:
    """A step with its state as plain data, and the names of its input and output columns."""

    spec: Step
    state: State
    names_in: list[str]
    names_out: list[str]

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        """Transform new rows for the next step or the model."""
        own, aside = split_columns(self.spec, X)
        return _joined(self.spec.apply(own, self.state), aside)

    def operation(self) -> ColumnOperation:
        """Return the step as an operation on column batches, compiled from its state.

        A user-defined step that acts on frames gets a frame of its columns.
        """
        if not self.spec.on_frames():
            return self.spec.columnwise(self.state)
        names = self.names_in if self.spec.sees_steps else [name for name in self.names_in if not is_step(name)]

        def on_frame(batch: ColumnBatch) -> None:
            out = ColumnBatch.of(self.spec.apply(batch.frame(names), self.state))
            drop_columns([name for name in names if name in batch.columns])(batch)
            batch.columns.update(out.columns)

        return on_frame

    def lineage(self) -> dict[str, tuple[str, ...]]:
        """Return, for each output column, the input columns from which it was computed."""
        made = self.spec.lineage(self.state)
        return {name: made.get(name, (name,)) for name in self.names_out}


def fit_step(
    spec: Step, X: pd.DataFrame, y: np.ndarray | None, task: Task | None, seed: int
) -> tuple[FittedStep, pd.DataFrame]:
    """Fit a step to training rows; return the fitted step and the transformed training rows."""
    own, aside = split_columns(spec, X)
    state, out = spec.learn_apply(own, y, task, seed)
    out = _joined(out, aside)
    return FittedStep(spec, state, [str(c) for c in X.columns], [str(c) for c in out.columns]), out


def filter_rows(
    spec: Step, X: pd.DataFrame, y: np.ndarray | None, task: Task | None, seed: int
) -> tuple[State, np.ndarray]:
    """Fit a step that filters training rows; return its state and the mask of rows to keep."""
    own, _ = split_columns(spec, X)
    state = spec.learn(own, y, task, seed)
    return state, spec.keep(own, state)


def refusal(kept: np.ndarray, y: np.ndarray | None, task: Task | None) -> str:
    """Return why training rows must not be removed, such as all of a class; empty if they may."""
    if len(kept) and not kept.any():
        return "no row would be left"
    if y is None or task is None or task.kind == "regression" or not len({*y} - {*y[kept]}):
        return ""
    return "a class would lose all its rows"


def split_columns(spec: Step, X: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Return a step's columns and the sequence columns that bypass it; None without any."""
    aside = [] if spec.sees_steps else step_columns(X.columns)
    return (X.drop(columns=aside), X[aside]) if aside else (X, None)


def _joined(out: pd.DataFrame, aside: pd.DataFrame | None) -> pd.DataFrame:
    if aside is None:
        return out
    return pd.concat([out, aside], axis=1)
