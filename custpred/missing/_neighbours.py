"""Means of the nearest training rows, independent of the other rows to fill."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from custpred.columns.batch import ColumnBatch
from custpred.columns.sampling import sampled
from custpred.missing._matrix import matrix, rows_with_missing, scaling
from custpred.missing._values import put

if TYPE_CHECKING:
    import pandas as pd

    from custpred.step import State

CHUNK = 500_000
"""Maximum number of distances in memory."""
QUANTUM = 1e-6
"""Squared distances are rounded to this: smaller differences depend on the rows in a call."""
MAX_DISTANCE = 1e6
"""Maximum squared distance: a key (up to 1e12 steps x 5,000 donors) is exact in a float."""
SORTED_DONORS = 64
"""Number of donors sorted once for all columns; enough unless most of them lack the column."""


def learn(X: pd.DataFrame, fill: State, most: int, seed: int) -> State:
    """Return standardised donors (n_donors, n_columns), at most ``most`` at random."""
    names, centre, scale = scaling(X)
    rows = sampled(len(X), most, seed)
    donors = (matrix(ColumnBatch.of(X[names]), names, rows) - centre) / scale
    targets = [name for name in fill["number"] if name in names]
    return {"inputs": names, "targets": targets, "centre": centre, "scale": scale, "donors": donors}


def fill(batch: ColumnBatch, state: State, count: int) -> dict[str, np.ndarray]:
    """Return the target columns, filled; with the column's mean if there are no neighbours."""
    targets, place = state["targets"], {name: i for i, name in enumerate(state["inputs"])}
    targets, rows = rows_with_missing(batch, targets)
    if not len(rows) or not len(state["donors"]):
        return {}
    wanted = np.array([place[name] for name in targets])
    Z = (matrix(batch, state["inputs"], rows) - state["centre"]) / state["scale"]
    step = max(1, CHUNK // len(state["donors"]))
    found = np.vstack([_means(Z[i : i + step], state["donors"], wanted, count) for i in range(0, len(Z), step)])
    found = found * state["scale"][wanted] + state["centre"][wanted]
    gone = {name: np.isnan(batch[name]) for name in targets}  # not infinite values, which are left
    return {name: put(batch[name], mask, found[mask[rows], i]) for i, (name, mask) in enumerate(gone.items())}


def _means(Z: np.ndarray, donors: np.ndarray, wanted: np.ndarray, count: int) -> np.ndarray:
    """Return the nearest donors' mean for each row and requested column, (n_rows, n_wanted)."""
    keys = _keys(Z, donors)
    order = _nearest(keys, min(SORTED_DONORS, len(donors)))
    out = np.zeros((len(Z), len(wanted)))
    for i, column in enumerate(wanted):
        rows = np.flatnonzero(np.isnan(Z[:, column]))
        out[rows, i], short = _mean_of(donors[:, column], order[rows], count)
        if len(donors) > SORTED_DONORS and short.any():
            out[rows[short], i], _ = _mean_of(donors[:, column], _nearest(keys[rows[short]], len(donors)), count)
    return out


def _mean_of(values: np.ndarray, order: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return each row's mean of the first ``count`` donors with a value; mask rows with fewer."""
    taken = values[order]
    usable = ~np.isnan(taken) & (order >= 0)
    usable &= np.cumsum(usable, axis=1, dtype=np.int32) <= count
    found = usable.sum(axis=1)
    return np.where(usable, taken, 0.0).sum(axis=1) / np.maximum(found, 1), found < count


def _keys(Z: np.ndarray, donors: np.ndarray) -> np.ndarray:
    """Return integers (n_rows, n_donors) that sort donors by distance, then position."""
    here, there = ~np.isnan(Z), ~np.isnan(donors)
    A, B = np.where(here, Z, 0.0), np.where(there, donors, 0.0)
    keys: np.ndarray = np.hstack([A * A, here, A]) @ np.hstack([there, B * B, -2 * B]).T
    shared = here.astype(float) @ there.T.astype(float)
    alone = shared < 1
    keys *= Z.shape[1] / QUANTUM / np.maximum(shared, 1, out=shared)
    np.clip(np.rint(keys, out=keys), 0, MAX_DISTANCE / QUANTUM, out=keys)
    keys *= len(donors)
    keys += np.arange(len(donors))
    keys[alone] = np.inf
    return keys


def _nearest(keys: np.ndarray, near: int) -> np.ndarray:
    """Return positions of the ``near`` smallest keys per row; -1 without shared columns."""
    first = np.argpartition(keys, near - 1, axis=1)[:, :near]
    found = np.take_along_axis(keys, first, axis=1)
    order = np.argsort(found, axis=1)
    near_first: np.ndarray = np.take_along_axis(first, order, axis=1)
    near_first[np.isinf(np.take_along_axis(found, order, axis=1))] = -1
    return near_first
