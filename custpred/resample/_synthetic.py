"""Synthetic rows of small classes, one class at a time, by SMOTE and ADASYN."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from imblearn.over_sampling import ADASYN, SMOTE, SMOTEN, SMOTENC
from sklearn.preprocessing import OneHotEncoder

from custpred.resample._cells import Cells
from custpred.resample._drawn import Drawn, counts, raised
from custpred.resample._repeat import repeat
from custpred.table import Finding
from custpred.text import listed, plural

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

    from custpred.storage.plain import JSON

MOST = 5_000
"""Maximum rows of a class for the neighbour search, which is quadratic."""
MAX_OTHER_ROWS = 20_000
"""Maximum rows of the other classes."""
ALL_CATEGORIES = 2_000
"""As ``MOST``, if all columns are categories: SMOTE-N holds all distances in memory."""
MEMORY = 256e6
"""Maximum bytes of one call; more rows are made in several calls."""


class FastOneHot(OneHotEncoder):
    """One-hot encoder for SMOTE-NC that decodes whole columns; scikit-learn's is slow."""

    def inverse_transform(self, X: csr_matrix) -> np.ndarray:
        """Return each row's level of each column, (n_rows, n_columns)."""
        dense, decoded, start = X.toarray(), [], 0
        for known in self.categories_:
            decoded.append(known[dense[:, start : start + len(known)].argmax(axis=1)])
            start += len(known)
        return np.column_stack(decoded)


@dataclass(frozen=True)
class Order:
    """The requested resampling."""

    method: Literal["smote", "adasyn"]
    ratio: float
    neighbours: int
    seed: int


def synthesise(X: pd.DataFrame, y: np.ndarray, order: Order) -> Drawn:
    """Return all rows, followed by synthetic ones until classes have their target number."""
    found, wanted = counts(y), raised(y, order.ratio)
    short = {each: wanted[each] - found[each] for each in found if wanted[each] > found[each]}
    cells = Cells.of(X, order.method)
    if not short:
        return Drawn(X, y, np.arange(len(y)))
    notes: dict[str, None] = {}
    if cells.other:
        notes[f"Synthetic rows copied these columns from a row of their class: {listed(cells.other)}."] = None
    if not cells.names:
        return replace(repeat(X, y, wanted, order.seed), notes=_findings(notes))
    made = [_made(X, y == each, count, _Maker(cells, order, notes)) for each, count in short.items()]
    rng = np.random.default_rng(order.seed)
    models = np.concatenate([rng.choice(np.flatnonzero(y == each), count) for each, count in short.items()])
    rows = pd.concat([X, cells.frame(made, X[list(cells.other)].take(models))], ignore_index=True)
    return Drawn(rows, np.concatenate([y, y[models]]), None, _findings(notes))


def _findings(notes: dict[str, None]) -> tuple[Finding, ...]:
    return tuple(Finding("S301", "warning", text) for text in notes)


def _made(X: pd.DataFrame, own: np.ndarray, count: int, maker: _Maker) -> np.ndarray:
    """Return ``count`` new rows of one class as a matrix; large classes are subsampled."""
    rng = np.random.default_rng(maker.order.seed)
    mine = _some(np.flatnonzero(own), MOST if maker.cells.number else ALL_CATEGORIES, rng)
    rows = np.concatenate([mine, _some(np.flatnonzero(~own), MAX_OTHER_ROWS, rng)])
    matrix = maker.cells.matrix(X, rows)
    scale = maker.cells.scale(matrix)
    made: np.ndarray = maker.make(matrix / scale, len(mine), count) * scale
    return made


def _some(rows: np.ndarray, most: int, rng: np.random.Generator) -> np.ndarray:
    return rows if len(rows) <= most else np.sort(rng.choice(rows, most, replace=False))


@dataclass(frozen=True)
class _Maker:
    """Makes rows of one class from a matrix that begins with them; notes deviations."""

    cells: Cells
    order: Order
    notes: dict[str, None]

    def make(self, matrix: np.ndarray, mine: int, count: int) -> np.ndarray:
        """Return ``count`` new rows of the class that has the matrix's first ``mine`` rows."""
        near = min(self.order.neighbours, mine - 1)
        most = int(MEMORY / 8 / (near + 1) / self._width(matrix))
        if near < 1 or most < 100:
            self._note(
                "A class of one row was repeated." if near < 1 else "Too many levels: rows were repeated instead."
            )
            return matrix[np.random.default_rng(self.order.seed).integers(0, mine, count)]
        if near < self.order.neighbours:
            self._note(f"A class of {plural(mine, 'row')} has {plural(near, 'neighbour')} to choose from, not more.")
        if self.order.method == "adasyn" and (made := self._adaptive(matrix, mine, count, near)) is not None:
            return made
        calls = ceil(count / most)
        shares = [len(part) for part in np.array_split(np.arange(count), calls)]
        return np.vstack([self._between(matrix, mine, part, near, i) for i, part in enumerate(shares)])

    def _between(self, matrix: np.ndarray, mine: int, count: int, near: int, call: int) -> np.ndarray:
        options: JSON = {"k_neighbors": near, "random_state": self.order.seed + call}
        if not self.cells.category:
            return _drawn(SMOTE(**options), matrix, mine, count)
        if not self.cells.number:
            return _drawn(SMOTEN(**options), matrix, mine, count)
        places = list(range(len(self.cells.number), matrix.shape[1]))
        encoder = FastOneHot(handle_unknown="ignore", dtype=np.float64)
        return _drawn(SMOTENC(places, categorical_encoder=encoder, **options), matrix, mine, count)

    def _adaptive(self, matrix: np.ndarray, mine: int, count: int, near: int) -> np.ndarray | None:
        """Return ADASYN's rows, or None with a note where it cannot be used.

        ADASYN rounds the number for each row: a few more are requested, and a surplus dropped.
        """
        if self.cells.category:
            self._note("ADASYN has no measure for categories: SMOTE made the rows.")
            return None
        sampler = ADASYN(n_neighbors=near, random_state=self.order.seed)
        try:
            made = _drawn(sampler, matrix, mine, count + ceil(mine / 2))
        except (RuntimeError, ValueError):
            self._note("No row of another class is near, which ADASYN needs: SMOTE made the rows.")
            return None
        rng = np.random.default_rng(self.order.seed)
        return made[np.sort(rng.choice(len(made), count, replace=len(made) < count))]

    def _width(self, matrix: np.ndarray) -> int:
        """Return the number of columns after one-hot encoding."""
        levels = [len(np.unique(matrix[:, i])) for i in range(len(self.cells.number), matrix.shape[1])]
        return max(1, len(self.cells.number) + (sum(levels) if self.cells.number else len(levels)))

    def _note(self, text: str) -> None:
        self.notes[text] = None


def _drawn(sampler: SMOTE | SMOTEN | SMOTENC | ADASYN, matrix: np.ndarray, mine: int, count: int) -> np.ndarray:
    """Return only the synthetic rows of a sampler, shape (count, n_columns)."""
    own = np.arange(len(matrix)) < mine
    sampler.set_params(sampling_strategy={1: mine + count})
    with warnings.catch_warnings():  # a class larger than the others was requested
        warnings.simplefilter("ignore")
        made, _ = sampler.fit_resample(matrix, own.astype(np.int64))
    new: np.ndarray = np.asarray(made[len(matrix) :], dtype=float)
    return new
