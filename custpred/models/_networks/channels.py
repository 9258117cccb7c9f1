"""Prepared frames as inputs of sequence networks: channels by step, mask, static columns.

The flat columns ``stem@-k`` become an array (customers, steps, channels), the newest step last.
Channels are standardised by the training rows, after a signed logarithm if they have a long tail.
Steps that a customer does not have are padding, which statistics and layers ignore.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np

from custpred.columns.sequence import NO_SEQUENCE, PADDING, UNSEEN, Layout, is_step
from custpred.errors import NotApplicable
from custpred.models._columns import Columns
from custpred.models._target import skewness

if TYPE_CHECKING:
    import pandas as pd

    from custpred.storage.plain import State

_SKEWED, _FAR, _SOME = 1.5, 6.0, 200_000


@dataclass(frozen=True)
class ScaledSequences:
    """Scaled rows, the newest step last.

    Parameters
    ----------
    numbers : ndarray of shape (n, steps, channels), float32
    codes : ndarray of shape (n, steps, coded channels), int32
    mask : ndarray of shape (n, steps), bool
        False for padding.
    static : ndarray of shape (n, columns), float32
    """

    numbers: np.ndarray
    codes: np.ndarray
    mask: np.ndarray
    static: np.ndarray

    def __len__(self) -> int:
        return len(self.mask)

    @cached_property
    def lengths(self) -> np.ndarray:
        """Return the number of steps of each row up to its oldest, at least 1, shape (n,)."""
        steps = self.mask.shape[1]
        oldest = np.where(self.mask.any(axis=1), self.mask.argmax(axis=1), steps - 1)
        return np.asarray(steps - oldest)

    def take(self, rows: np.ndarray | slice, steps: int | None = None) -> ScaledSequences:
        """Return a subset of rows, each with only the newest ``steps``."""
        first = 0 if steps is None else self.mask.shape[1] - steps
        parts = (self.numbers[rows, first:], self.codes[rows, first:], self.mask[rows, first:], self.static[rows])
        return ScaledSequences(*parts)


@dataclass(frozen=True)
class Channels:
    """A fitted scaling, which ignores padding.

    Parameters
    ----------
    names : list of str
        All columns, in the order of training.
    columns : Columns
        The scale of the static columns.
    logged : ndarray of shape (channels,)
        Numeric channels that are first transformed by the signed logarithm, sign(x) log(1 + |x|).
    centre, width : ndarray of shape (channels,)
        Centre to subtract and width to divide by.
    sizes : ndarray of shape (coded channels,)
        Number of codes of each channel; higher codes are unseen.
    typical : ndarray of shape (steps,)
        Whether most customers have a step.
    """

    names: list[str]
    columns: Columns
    logged: np.ndarray
    centre: np.ndarray
    width: np.ndarray
    sizes: np.ndarray
    typical: np.ndarray

    @classmethod
    def learn(cls, X: pd.DataFrame, weight: np.ndarray | None) -> Self:
        """Fit to training rows.

        Raises
        ------
        NotApplicable
            If no column is part of a sequence.
        """
        layout = Layout.of(X.columns)
        if not layout.steps:
            raise NotApplicable(NO_SEQUENCE, code="CP4110")
        numbers, codes = layout.fold(X, layout.numeric), layout.fold(X, layout.coded)
        scales = [_scale(numbers[:, :, i]) for i in range(numbers.shape[2])]
        logged, centre, width = (np.array(each) for each in zip(*scales, strict=True)) if scales else [np.zeros(0)] * 3
        sizes = np.array([max(UNSEEN, codes[:, :, i].max()) + 1 for i in range(codes.shape[2])], dtype=np.int64)
        static = X[[name for name in X.columns if not is_step(name)]]
        columns = Columns.learn(static, weight, least_skew=0.5) if static.shape[1] else Columns.none()
        typical = _present(numbers, codes).mean(axis=0) > 0.5
        typical[-1] = True
        return cls([str(name) for name in X.columns], columns, logged.astype(bool), centre, width, sizes, typical)

    @property
    def layout(self) -> Layout:
        """Return the layout of the sequence columns."""
        return Layout.of(self.names)

    @property
    def static(self) -> list[str]:
        """Return the static columns."""
        return [name for name in self.names if not is_step(name)]

    def apply(self, X: pd.DataFrame) -> ScaledSequences:
        """Return scaled rows."""
        layout = self.layout
        numbers, codes = layout.fold(X, layout.numeric), layout.fold(X, layout.coded)
        mask = _present(numbers, codes)
        for i, logged in enumerate(self.logged):
            own = _signed_log(numbers[:, :, i]) if logged else numbers[:, :, i]
            numbers[:, :, i] = np.clip((own - self.centre[i]) / self.width[i], -_FAR, _FAR)
        codes = np.where(codes < self.sizes, codes, UNSEEN).astype(np.int32)
        static = self.columns.apply(X[self.static], np.float32)
        return ScaledSequences(np.nan_to_num(numbers, copy=False, nan=0.0), codes, mask, static)

    def dump(self) -> State:
        """Return plain data; ``load`` reads it back."""
        own = {name: getattr(self, name) for name in ("names", "logged", "centre", "width", "sizes", "typical")}
        return {**self.columns.dump(), **{f"channels_{name}": each for name, each in own.items()}}

    @classmethod
    def load(cls, packed: State) -> Self:
        """Rebuild from ``dump``."""
        own = {name: packed[f"channels_{name}"] for name in cls.__dataclass_fields__ if name != "columns"}
        return cls(columns=Columns.load(packed), **own)


def _present(numbers: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Return the mask of steps with a number or a code, shape (n, steps)."""
    return np.asarray(~np.isnan(numbers).all(axis=2) | (codes != PADDING).any(axis=2))


def _signed_log(values: np.ndarray) -> np.ndarray:
    return np.asarray(np.sign(values) * np.log1p(np.abs(values)))


def _scale(values: np.ndarray) -> tuple[bool, float, float]:
    """Return whether a channel needs the signed logarithm, and its centre and width."""
    known = values[~np.isnan(values)].astype(float)
    known = known[:: max(1, len(known) // _SOME)]
    if not len(known):
        return False, 0.0, 1.0
    logged = bool(abs(skewness(known)) > _SKEWED)
    known = _signed_log(known) if logged else known
    spread = float(known.std())
    return logged, float(known.mean()), spread if spread > 1e-6 * max(1e-6, float(np.abs(known).max())) else 1.0
