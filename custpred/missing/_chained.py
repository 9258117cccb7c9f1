"""Chained equations: each incomplete column is regressed on the others in turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from custpred.columns.batch import ColumnBatch
from custpred.columns.sampling import sampled
from custpred.missing._matrix import matrix, rows_with_missing, scaling
from custpred.missing._values import put

if TYPE_CHECKING:
    import pandas as pd

    from custpred.step import State

ROWS = 50_000
"""Maximum number of training rows: coefficients change little with more."""
PREDICTORS = 30
"""Maximum predictors, the most correlated columns, so that wide tables take no longer."""
CELLS = 20_000_000


@dataclass(frozen=True)
class Chain:
    """Options of the equations."""

    rounds: int
    penalty: float
    seed: int


def learn(X: pd.DataFrame, wanted: list[str], chain: Chain) -> State:
    """Return inputs, scaling, and coefficients by round and target, with the intercept last."""
    names, centre, scale = scaling(X)
    Z = (matrix(ColumnBatch.of(X[names]), names, _rows(X, len(names), chain.seed)) - centre) / scale
    place = {name: i for i, name in enumerate(names)}
    missing = {name: count for name in wanted if name in place and (count := X[name].isna().sum())}
    targets = np.array([place[name] for name in sorted(missing, key=missing.__getitem__)], dtype=np.int64)
    known = ~np.isnan(Z)
    low, high = _limits(Z, targets)
    Z = np.where(known, Z, 0.0)
    predictors = _predictors(Z, targets)
    weights = np.zeros((chain.rounds, len(targets), predictors.shape[1] + 1))
    state = {"inputs": names, "centre": centre, "scale": scale, "targets": targets, "predictors": predictors}
    state |= {"low": low, "high": high, "weights": weights}
    for turn in weights:
        for i, target in enumerate(targets):
            seen = known[:, target]
            if seen.any():  # the sample may hold no value of a sparse column, whose mean then stays
                turn[i] = _ridge(Z[:, predictors[i]][seen], Z[seen, target], chain.penalty)
            _expect(Z, ~seen, i, turn[i], state)
    return state


def fill(batch: ColumnBatch, state: State) -> dict[str, np.ndarray]:
    """Return the target columns with missing values filled, in the same rounds as in training."""
    names = [state["inputs"][i] for i in state["targets"]]
    some, rows = rows_with_missing(batch, names)
    if not some:
        return {}
    Z = (matrix(batch, state["inputs"], rows) - state["centre"]) / state["scale"]
    missing = np.isnan(Z)
    Z[missing] = 0.0
    for turn in state["weights"]:
        for i, target in enumerate(state["targets"]):
            _expect(Z, missing[:, target], i, turn[i], state)
    found = Z * state["scale"] + state["centre"]
    place = {name: i for i, name in enumerate(state["inputs"])}
    gone = {name: np.isnan(batch[name]) for name in some}
    return {name: put(batch[name], gone[name], found[gone[name][rows], place[name]]) for name in some}


def _expect(Z: np.ndarray, rows: np.ndarray, i: int, weights: np.ndarray, state: State) -> None:
    """Fill the missing values of a target with the predictions of its equation."""
    if rows.any():
        expected = Z[rows][:, state["predictors"][i]] @ weights[:-1] + weights[-1]
        Z[rows, state["targets"][i]] = np.clip(expected, state["low"][i], state["high"][i])


def _ridge(A: np.ndarray, b: np.ndarray, penalty: float) -> np.ndarray:
    """Return ridge coefficients and intercept; penalties are relative to sums of squares."""
    centre, level = A.mean(axis=0), b.mean()
    C = A - centre
    gram = C.T @ C
    least = 1e-12 * (A * A).sum(axis=0)  # solvable with constant predictors
    gram[np.diag_indices_from(gram)] = np.diag(gram) * (1 + penalty) + np.where(least > 0, least, 1.0)
    weights = np.linalg.solve(gram, C.T @ (b - level))
    return np.append(weights, level - centre @ weights)


def _rows(X: pd.DataFrame, columns: int, seed: int) -> np.ndarray:
    return sampled(len(X), max(1000, min(ROWS, CELLS // max(columns, 1))), seed)


def _limits(Z: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return each target's minimum and maximum in training; both 0, the mean, without a value."""
    known = np.isnan(Z[:, targets])
    low = np.where(known, np.inf, Z[:, targets]).min(axis=0, initial=np.inf)
    high = np.where(known, -np.inf, Z[:, targets]).max(axis=0, initial=-np.inf)
    return np.where(np.isfinite(low), low, 0.0), np.where(np.isfinite(high), high, 0.0)


def _predictors(Z: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Return the columns most correlated with each target, in table order, (n_targets, n_most)."""
    most = max(0, min(PREDICTORS, Z.shape[1] - 1))
    strength = -np.abs(Z.T @ Z[:, targets])
    strength[targets, np.arange(len(targets))] = np.inf
    return np.sort(np.argsort(strength, axis=0, kind="stable")[:most].T, axis=1)
