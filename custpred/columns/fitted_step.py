"""A fitted step of preparation as plain data, without scikit-learn: what a run fits, stores and applies."""

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
    """A step and what it learned, as plain data; ``names_in`` and ``names_out`` are the columns it takes and gives."""

    spec: Step
    state: State
    names_in: list[str]
    names_out: list[str]

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return new rows as the next step, or a model, should see them."""
        own, aside = split_columns(self.spec, X)
        return _joined(self.spec.apply(own, self.state), aside)

    def operation(self) -> ColumnOperation:
        """Return what the step does to a batch of columns, made ready from what it learned.

        A step of a user's own that acts on frames gets one, of its columns.
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
        """Return, for every output column, the input columns that it was made from."""
        made = self.spec.lineage(self.state)
        return {name: made.get(name, (name,)) for name in self.names_out}


def fit_step(
    spec: Step, X: pd.DataFrame, y: np.ndarray | None, task: Task | None, seed: int
) -> tuple[FittedStep, pd.DataFrame]:
    """Learn from training rows; return the fitted step, and the rows as training rows should look."""
    own, aside = split_columns(spec, X)
    state, out = spec.learn_apply(own, y, task, seed)
    out = _joined(out, aside)
    return FittedStep(spec, state, [str(c) for c in X.columns], [str(c) for c in out.columns]), out


def filter_rows(
    spec: Step, X: pd.DataFrame, y: np.ndarray | None, task: Task | None, seed: int
) -> tuple[State, np.ndarray]:
    """Learn which training rows a step keeps; return what it learned, and the mask of those rows, shape (n_rows,)."""
    own, _ = split_columns(spec, X)
    state = spec.learn(own, y, task, seed)
    return state, spec.keep(own, state)


def split_columns(spec: Step, X: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Return the columns that a step is given, and the sequence columns that pass it by; None without any."""
    aside = [] if spec.sees_steps else step_columns(X.columns)
    return (X.drop(columns=aside), X[aside]) if aside else (X, None)


def _joined(out: pd.DataFrame, aside: pd.DataFrame | None) -> pd.DataFrame:
    if aside is None:
        return out
    return pd.concat([out, aside], axis=1)
