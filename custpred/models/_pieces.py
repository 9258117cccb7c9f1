"""Piecewise linear encoding of numeric columns, which lets a small network learn steps.

A column is cut at its quantiles.  Piece k of a value x is its position in the interval from cut k
to cut k + 1, clipped to 0 and 1: pieces below x are 1, those above are 0.  So a first layer on the
pieces is a piecewise linear function of each column, with a slope of its own in each interval.

References
----------
Gorishniy, Rubachev & Babenko (2022), On Embeddings for Numerical Features in Tabular Deep Learning,
arXiv:2203.05556.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from custpred.models._columns import mean, spaced

if TYPE_CHECKING:
    from custpred.storage.plain import State

MOST, FEWEST = 512, 4
"""Pieces of all columns together at most; with fewer of a column than this there is no encoding."""
_ROWS, _BLOCK = 50_000, 4_096  # rows to learn from; rows encoded together, to stay in the cache


@dataclass(frozen=True)
class Pieces:
    """The fitted encoding: column, interval, mean and standard deviation of each piece.

    Parameters
    ----------
    column : ndarray of shape (e,)
        Position of the column, ascending.
    low, length, centre, width : ndarray of shape (e,)
        Start and length of the interval; mean and standard deviation of the piece in training.
    """

    column: np.ndarray
    low: np.ndarray
    length: np.ndarray
    centre: np.ndarray
    width: np.ndarray

    @classmethod
    def learn(cls, values: np.ndarray, weight: np.ndarray | None, count: int) -> Self:
        """Cut each column of an array (n, p) with over two distinct values into ``count`` pieces.

        There are fewer if the column has few distinct values, or if there are many columns.  Means
        and deviations are weighted, so that a weight of 2 equals two rows; cuts are not.
        """
        values, weight = spaced(values, _ROWS), None if weight is None else spaced(weight, _ROWS)
        distinct = [np.unique(each) for each in values.T]
        many = [i for i, each in enumerate(distinct) if len(each) > 2]
        count = min(count, MOST // max(1, len(many)))
        if count < FEWEST:
            return cls.none()
        cuts = [_cuts(values[:, i], distinct[i], count) for i in many]
        column = np.repeat(many, [len(each) - 1 for each in cuts]).astype(int)
        low = np.concatenate([each[:-1] for each in cuts] or [np.zeros(0)])
        length = np.concatenate([np.diff(each) for each in cuts] or [np.zeros(0)])
        found = cls(column, low, length, np.zeros(len(low)), np.ones(len(low)))
        pieces = found.apply(values)
        centre = mean(pieces, weight)
        width = np.sqrt(mean((pieces - centre) ** 2, weight))
        width[width < 1e-3] = 1.0
        return cls(column, low, length, centre, width)

    @classmethod
    def none(cls) -> Self:
        """Return the encoding without pieces."""
        return cls(np.zeros(0, dtype=int), *np.zeros((4, 0)))

    def apply(self, values: np.ndarray) -> np.ndarray:
        """Return the centred and scaled pieces (n, e) of an array (n, p), in single precision."""
        found = np.empty((len(values), len(self.column)), np.float32)
        for first in range(0, len(values), _BLOCK):
            pieces = values[first : first + _BLOCK, self.column]
            pieces -= self.low
            pieces /= self.length
            np.clip(pieces, 0, 1, out=pieces)
            pieces -= self.centre
            pieces /= self.width
            found[first : first + _BLOCK] = pieces
        return found

    def merged(self, parts: np.ndarray, columns: int) -> np.ndarray:
        """Add the contributions of pieces to those of their columns.

        ``parts`` has the shape (n, columns + e + 1, ...), the result (n, columns + 1, ...); the
        last place is the start value.
        """
        found = np.concatenate([parts[:, :columns], parts[:, -1:]], axis=1)
        for i in np.unique(self.column):
            found[:, i] += parts[:, columns:-1][:, self.column == i].sum(axis=1)
        return found

    def dump(self) -> State:
        """Return the arrays; ``load`` reads them back."""
        return {f"pieces_{name}": getattr(self, name) for name in self.__dataclass_fields__}

    @classmethod
    def load(cls, packed: State) -> Self:
        """Rebuild from ``dump``; a network from before the encoding existed has no pieces."""
        if "pieces_column" not in packed:
            return cls.none()
        return cls(**{name: packed[f"pieces_{name}"] for name in cls.__dataclass_fields__})


def _cuts(values: np.ndarray, distinct: np.ndarray, count: int) -> np.ndarray:
    """Return the limits of at most ``count`` intervals: quantiles, or the values if few."""
    return distinct if len(distinct) <= count else np.unique(np.quantile(values, np.linspace(0, 1, count + 1)))
