"""A blend of fold models that scores customers: preparation, members, weights, calibration."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import repeat
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from custpred.business import Business
from custpred.columns.batch import ColumnBatch
from custpred.columns.contract import Intake
from custpred.explain.reasons import by_source, proportions
from custpred.inference.compiled import alike, chains
from custpred.policy import Policy
from custpred.preparation import lineage, transform
from custpred.source._typing.conform import conform
from custpred.task import Fit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from custpred.calibrate.base import Calibrate
    from custpred.columns.batch import PlainMatrix
    from custpred.columns.fitted_step import FittedStep
    from custpred.inference.compiled import Chain, Made
    from custpred.models._traits import FoldScores
    from custpred.models.base import Model
    from custpred.storage.plain import State
    from custpred.table import Column, Finding
    from custpred.task import Task

FEW = 1_000
"""Batches with fewer rows are scored by one thread."""
CHUNK = 100_000
"""Rows scored at once: limits the memory of a large batch without slowing it down."""


@dataclass(frozen=True)
class Member:
    """One configuration of the blend: a fitted model for each fold, and its weight.

    ``shifts`` correct the raw scores of folds to the true class shares after resampling.
    """

    name: str
    model: Model
    preparation: str
    weight: float
    fitted: tuple[Any, ...]
    shifts: tuple[float | np.ndarray, ...]


@dataclass(frozen=True)
class FoldGroup:
    """Folds with equal preparation, and their members, each with a joint scorer if it has one."""

    key: str
    folds: tuple[int, ...]
    members: tuple[tuple[Member, FoldScores | None], ...]

    @classmethod
    def of(cls, key: str, folds: tuple[int, ...], members: Sequence[Member]) -> Self:
        """Build the group with each member's joint scorer."""
        return cls(
            key, folds, tuple((each, each.model.together([each.fitted[fold] for fold in folds])) for each in members)
        )

    def raws(self, X: object, fit: Fit) -> Iterator[tuple[Member, int, np.ndarray]]:
        """Yield each member's and fold's raw scores of prepared rows."""
        for member, together in self.members:
            if together:
                yield from zip(repeat(member), self.folds, together(X, fit))
            else:
                yield from ((member, fold, member.model.raw(member.fitted[fold], X, fit)) for fold in self.folds)


@dataclass(frozen=True)
class Reasons:
    """Contributions to the blend's raw score; ``start`` plus the sum over columns is the raw score.

    Parameters
    ----------
    columns
        Raw column names.
    values : ndarray of shape (n, n_columns) or (n, n_columns, n_classes)
    start : ndarray of shape (n,) or (n, n_classes)
    """

    columns: tuple[str, ...]
    values: np.ndarray
    start: np.ndarray

    def of(self, place: int) -> Reasons:
        """Return those of one row."""
        return Reasons(self.columns, self.values[[place]], self.start[[place]])


@dataclass(frozen=True)
class Predictor:
    """Everything that scoring needs and nothing more."""

    task: Task
    columns: tuple[Column, ...]
    """The contract: required raw columns and their kinds."""
    preparations: dict[str, tuple[tuple[FittedStep, ...], ...]]
    """Preparation key -> fitted steps of each fold."""
    members: tuple[Member, ...]
    calibrate: Calibrate
    calibration: State
    policy: Policy = field(default_factory=lambda: Policy(Business()))
    """Selects customers by the recipe's business values and the threshold for its first metric."""
    missing: tuple[str, ...] = ()
    """Texts that mean 'missing', from the recipe's source."""
    threads: int = 1
    intake: Intake = field(default_factory=Intake)
    """How new rows are read and checked."""

    def conform(self, frame: object) -> tuple[pd.DataFrame, list[Finding]]:
        """Convert customers of any frame library to the saved contract.

        Raises
        ------
        DataError
            If a column is missing; extra columns and spelling variants are notes.
        """
        return conform(frame, self.columns, missing=self.missing, intake=self.intake)

    def raw(self, frame: pd.DataFrame) -> np.ndarray:
        """Return the blend's raw scores of conforming rows, shape (n,) or (n, n_classes)."""
        if len(frame) <= CHUNK:
            return self._raw(frame)
        return np.concatenate([self._raw(frame.iloc[i : i + CHUNK]) for i in range(0, len(frame), CHUNK)])

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        """Return probabilities (n, n_classes) or values (n,) of conforming rows."""
        return self.calibrated(self.raw(frame))

    def predict_columns(self, batch: ColumnBatch) -> np.ndarray:
        """Return the predictions of a conforming column batch; fast for a few rows."""
        return self.calibrated(self._raw(batch))

    def calibrated(self, raw: np.ndarray) -> np.ndarray:
        """Map raw scores to probabilities or values."""
        return self.calibrate.apply(raw, self.calibration, self.task)

    def reasons(self, frame: pd.DataFrame, folds: int | None = None) -> Reasons:
        """Return raw columns' contributions to the raw score, averaged with the blend's weights.

        Members without contributions add their whole score to ``start``; the sum still holds.

        Parameters
        ----------
        folds
            Number of folds whose models are used, for speed; the difference to the blend's score is
            distributed in proportion to the contributions.  None: all.
        """
        names = tuple(column.name for column in self.columns)
        classes = (self.task.classes,) if self.task.kind == "multiclass" else ()
        values, start = np.zeros((len(frame), len(names), *classes)), np.zeros((len(frame), *classes))
        place = {name: i for i, name in enumerate(names)}
        for member, steps, fold, X in self._parts(frame, folds):
            share = member.weight / len(member.fitted[:folds])
            added = member.model.contributions(member.fitted[fold], X, self._fit(X))
            if added is None:
                start += share * (member.model.raw(member.fitted[fold], X, self._fit(X)) + member.shifts[fold])
                continue
            start += share * (added[:, -1] + member.shifts[fold])
            made = lineage(steps)
            sources, summed = by_source(added[:, :-1], {name: made[name] for name in X.columns})
            values[:, [place[source] for source in sources]] += share * summed
        if folds is not None:
            values += (self.raw(frame) - start - values.sum(axis=1))[:, None] * proportions(values)
        return Reasons(names, values, start)

    def _fit(self, X: pd.DataFrame | PlainMatrix) -> Fit:
        """Return the limits of a member: one thread for few rows, where more threads cost time."""
        return Fit(self.task, threads=1 if len(X) < FEW else self.threads)

    def _raw(self, rows: pd.DataFrame | ColumnBatch) -> np.ndarray:
        total: np.ndarray | float = 0.0
        for group, X in self._prepared(rows):
            for member, fold, raw in group.raws(X, self._fit(X)):
                total = total + member.weight / len(member.fitted) * (raw + member.shifts[fold])
        return np.asarray(total)

    @cached_property
    def _chains(self) -> list[Chain | None]:
        """Return the compiled preparation of each fold group; None if a member needs a frame."""
        groups = self.fold_groups
        plain = [all(member.model.plain for member, _ in group.members) for group in groups]
        steps = [self.preparations[group.key][group.folds[0]] for group in groups]
        return chains([own if may else () for own, may in zip(steps, plain, strict=True)])

    def newest(self, folds: int) -> Predictor:
        """Return the predictor with the models of the last ``folds`` folds only."""
        members = tuple(
            replace(each, fitted=each.fitted[-folds:], shifts=each.shifts[-folds:]) for each in self.members
        )
        prepared = {key: steps[-folds:] for key, steps in self.preparations.items()}
        return replace(self, members=members, preparations=prepared)

    @property
    def used(self) -> tuple[str, ...]:
        """Return the keys of the preparations that have members."""
        return tuple(key for key in self.preparations if self.members_of(key))

    def members_of(self, key: str) -> list[Member]:
        """Return the members with this preparation."""
        return [member for member in self.members if member.preparation == key]

    @cached_property
    def fold_groups(self) -> tuple[FoldGroup, ...]:
        """Return the folds grouped by equal preparation, with their members' scorers."""
        return tuple(
            FoldGroup.of(key, folds, self.members_of(key))
            for key in self.used
            for folds in alike(self.preparations[key])
        )

    def _prepared(self, rows: pd.DataFrame | ColumnBatch) -> Iterator[tuple[FoldGroup, object]]:
        """Yield fold groups with prepared rows, as plain arrays where possible."""
        batch = rows if isinstance(rows, ColumnBatch) else ColumnBatch.of(rows) if any(self._chains) else None
        frame = None if isinstance(rows, ColumnBatch) else rows
        made: Made = {}
        for group, chain in zip(self.fold_groups, self._chains, strict=True):
            if chain and batch is not None:
                yield group, chain.prepare(batch, made)
                continue
            if frame is None and batch is not None:
                frame = batch.frame([column.name for column in self.columns])
            yield group, transform(self.preparations[group.key][group.folds[0]], frame)

    def _parts(
        self, frame: pd.DataFrame, folds: int | None
    ) -> Iterator[tuple[Member, tuple[FittedStep, ...], int, pd.DataFrame]]:
        """Yield each member and fold with its prepared rows; each preparation runs once."""
        for key in self.used:
            for fold, steps in enumerate(self.preparations[key][:folds]):
                X = transform(steps, frame)
                yield from ((member, steps, fold, X) for member in self.members_of(key))
