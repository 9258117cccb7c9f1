"""Scaling of columns for learners with weights: centred, scaled, optionally made normal."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Self

import numpy as np

from custpred.models._frame import dense
from custpred.models._target import skewness

if TYPE_CHECKING:
    import pandas as pd

    from custpred.storage.plain import State

_KNOTS = 200
_ROWS = 50_000
_CELLS = 262_144  # values processed together, to stay in the cache
_FEW = 10  # columns with up to this many distinct values keep their scale


@dataclass(frozen=True)
class Columns:
    """A fitted scaling of each column.

    Parameters
    ----------
    centre, width : ndarray of shape (p,)
        Centre to subtract and width to divide by; the width of a constant column is 1.
    low, high : ndarray of shape (p,)
        Range in training: new values are clipped to it, so that linear models do not extrapolate.
    curved : ndarray of shape (c,)
        Positions of the columns that are first transformed by a curve.
    knots, heights : ndarray of shape (c, 200)
        The curve: values and their normal scores.
    """

    centre: np.ndarray
    width: np.ndarray
    low: np.ndarray
    high: np.ndarray
    curved: np.ndarray
    knots: np.ndarray
    heights: np.ndarray

    @classmethod
    def learn(cls, X: pd.DataFrame, weight: np.ndarray | None, *, least_skew: float | None) -> Self:
        """Fit to training rows; columns of skewness over ``least_skew`` (None: none) get a curve.

        Centre and width are weighted: a weight of 2 equals two rows; curves are not weighted.
        """
        values = dense(X, np.float64)
        curved = [] if least_skew is None else _skewed(spaced(values, _ROWS), least_skew)
        curves = [_curve(values[:, i]) for i in curved]
        knots = np.array([knot for knot, _ in curves]).reshape(-1, _KNOTS)
        heights = np.array([height for _, height in curves]).reshape(-1, _KNOTS)
        low, high = values.min(axis=0), values.max(axis=0)
        values = values.copy() if curved else values  # of one column, they are the frame's own
        _bend(values, curved, knots, heights)
        centre = mean(values, weight)
        width = np.sqrt(mean((values - centre) ** 2, weight))
        width[width < 1e-6 * np.maximum(1e-6, np.abs(values).max(axis=0))] = 1.0
        return cls(centre, width, low, high, np.asarray(curved, dtype=int), knots, heights)

    @classmethod
    def none(cls) -> Self:
        """Return the scaling of a table without columns."""
        nothing, curves = np.zeros(0), np.zeros((0, _KNOTS))
        return cls(nothing, nothing, nothing, nothing, np.zeros(0, dtype=int), curves, curves)

    def apply(self, X: pd.DataFrame, dtype: type[np.floating] = np.float64) -> np.ndarray:
        """Return scaled values, shape (n_rows, n_columns)."""
        values = np.clip(dense(X, np.float64), self.low, self.high)
        _bend(values, self.curved.tolist(), self.knots, self.heights)
        values -= self.centre
        values /= self.width
        return np.asarray(values, dtype=dtype)

    def dump(self) -> State:
        """Return the arrays; ``load`` reads them back."""
        return {f"columns_{name}": getattr(self, name) for name in self.__dataclass_fields__}

    @classmethod
    def load(cls, packed: State) -> Self:
        """Rebuild from ``dump``."""
        return cls(**{name: packed[f"columns_{name}"] for name in cls.__dataclass_fields__})


def spaced(values: np.ndarray, most: int) -> np.ndarray:
    """Return at most that many rows, evenly spaced: the first rows of a sorted table are alike."""
    return values[:: max(1, -(-len(values) // most))]


def _skewed(values: np.ndarray, least_skew: float) -> list[int]:
    """Return the positions of skewed columns with more than a few distinct values."""
    found: list[int] = []
    step = max(1, _CELLS // max(1, len(values)))
    for start in range(0, values.shape[1], step):
        columns = np.ascontiguousarray(values[:, start : start + step].T)
        skewed = np.flatnonzero(np.abs(skewness(columns)) > least_skew).tolist()
        found += [start + i for i in skewed if len(np.unique(columns[i])) > _FEW]
    return found


def _curve(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return knots and normal scores of a column's quantiles; ties get their mean score."""
    levels = (np.arange(_KNOTS) + 0.5) / _KNOTS
    knots = np.quantile(values, levels)
    different, place = np.unique(knots, return_inverse=True)
    heights = np.bincount(place, weights=np.vectorize(NormalDist().inv_cdf)(levels)) / np.bincount(place)
    pad = _KNOTS - len(different)
    return np.pad(different, (0, pad), mode="edge"), np.pad(heights, (0, pad), mode="edge")


def mean(values: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
    """Return the mean of each column; empty without columns, as for tables with texts only."""
    return np.asarray(np.average(values, axis=0, weights=weight)) if values.shape[1] else np.zeros(0)


def _bend(values: np.ndarray, curved: list[int], knots: np.ndarray, heights: np.ndarray) -> None:
    """Replace the curved columns of an array in place by their normal scores."""
    for i, knot, height in zip(curved, knots, heights, strict=True):
        values[:, i] = np.interp(values[:, i], knot, height)
