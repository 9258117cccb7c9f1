"""Skewness and transforms that reduce it, for arrays (n_columns, n_rows), NaN if missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from custpred.columns.sampling import sampled
from custpred.errors import NotApplicable
from custpred.sql.functions import exponential

if TYPE_CHECKING:
    import pandas as pd

    from custpred.sql.rows import SqlRows
    from custpred.storage.plain import State

ROWS, QUANTILES, LEAST_VALUES = 10_000, 1_000, 10
POWER_ROWS, POWERS, STEPS = 2_000, (-4.0, 4.0), 18
"""Yeo-Johnson: rows of the likelihood, range of the power, golden-section steps (to 0.002)."""
_LARGEST = 700.0  # exp of a larger number is not finite
_TAIL = 1e-7  # clips normal scores to 5.2 standard deviations


def learned(X: pd.DataFrame, by: str, threshold: float, seed: int) -> dict[str, State]:
    """Return the transforms of skewed columns with more than ten distinct values."""
    values = X.iloc[sampled(len(X), ROWS, seed)].to_numpy(dtype=float).T
    values = np.where(np.isfinite(values), values, np.nan)
    skewed = np.flatnonzero(np.abs(skewness(values)) > threshold)
    places = [int(place) for place in skewed if len(np.unique(values[place])) > LEAST_VALUES]
    if not places:
        return {}
    chosen = values[places]
    shapes = _auto(chosen, threshold) if by == "auto" else _shapes(chosen, by)
    return {str(X.columns[place]): shape for place, shape in zip(places, shapes, strict=True)}


def skewness(values: np.ndarray) -> np.ndarray:
    """Return each row's third standardised moment, 0 if constant or empty, shape (n_columns,)."""
    count = np.maximum(np.sum(~np.isnan(values), axis=1), 1)
    centred = values - (np.nansum(values, axis=1) / count)[:, None]
    largest = np.nanmax(np.abs(centred), axis=1, initial=0.0)
    centred = centred / np.where(largest > 0, largest, 1.0)[:, None]
    second, third = np.nansum(centred**2, axis=1) / count, np.nansum(centred**3, axis=1) / count
    skew: np.ndarray = np.divide(third, second**1.5, out=np.zeros(len(values)), where=second > 1e-18)
    return skew


def shaped(values: np.ndarray, shape: State) -> np.ndarray:
    """Return transformed values; missing values stay missing."""
    if shape["by"] == "log1p":
        logs: np.ndarray = np.sign(values) * np.log1p(np.abs(values))
        return logs
    if shape["by"] == "yeo_johnson":
        return _powered(values / shape["scale"], shape["power"])
    return _normal(values, shape["quantiles"])


def shape_sql(rows: SqlRows, x: str, shape: State) -> str:
    """Return ``shaped`` as an SQL expression.

    Raises
    ------
    NotApplicable
        For quantiles, because databases have no inverse normal distribution.
    """
    write, made = rows.dialect.literal, rows.statement
    if shape["by"] == "quantile":
        raise NotApplicable("transforms: the normal score of quantiles has no formula")
    if shape["by"] == "log1p":
        logs = f"LN({write(1)} + ABS({x}))"
        return f"CASE WHEN {x} < {write(0)} THEN -{logs} ELSE {logs} END"
    x = made.name(f"{x} / {write(shape['scale'])}")
    logs = made.name(f"LN({write(1)} + ABS({x}))")
    sides = []
    for own in (2.0 - shape["power"], shape["power"]):
        grown = f"({exponential(made, f'{write(own)} * {logs}')} - {write(1)}) / {write(own or 1)}"
        sides.append(logs if abs(own) < 1e-8 else grown)
    return f"CASE WHEN {x} < {write(0)} THEN -({sides[0]}) ELSE {sides[1]} END"


def _auto(values: np.ndarray, threshold: float) -> list[State]:
    """Return each column's first transform below the threshold, or the least skewed."""
    best: list[State] = [{}] * len(values)
    least = np.full(len(values), np.inf)
    for by in ("log1p", "yeo_johnson", "quantile"):
        # A logarithm of both signs would separate values around 0.
        mild = np.nanmin(values, axis=1) >= 0 if by == "log1p" else True
        open_ = np.flatnonzero((least > threshold) & mild)
        shapes = _shapes(values[open_], by)
        for place, shape in zip(open_, shapes, strict=True):
            skew = float(np.abs(skewness(shaped(values[place], shape)[None, :]))[0])
            if skew < least[place]:
                least[place], best[place] = skew, shape
    return best


def _shapes(values: np.ndarray, by: str) -> list[State]:
    if by == "log1p":
        return [{"by": by} for _ in values]
    if by == "quantile":
        share = np.linspace(0, 1, QUANTILES)
        return [{"by": by, "quantiles": np.quantile(each[~np.isnan(each)], share)} for each in values]
    scale = np.nanmean(np.abs(values), axis=1)
    powers = _likeliest(_some(values) / scale[:, None])
    return [{"by": by, "power": float(p), "scale": float(s)} for p, s in zip(powers, scale, strict=True)]


def _some(values: np.ndarray) -> np.ndarray:
    """Return evenly spaced known values of each column, NaN after them, shape (n_columns, n)."""
    known = [each[~np.isnan(each)] for each in values]
    some = [each[:: max(1, len(each) // POWER_ROWS)] for each in known]
    taken = np.full((len(values), max(map(len, some), default=0)), np.nan)
    for row, own in zip(taken, some, strict=True):
        row[: len(own)] = own
    return taken


def _powered(values: np.ndarray, power: np.ndarray | float) -> np.ndarray:
    """Return equation (2.1); ``expm1`` keeps it exact near powers 0 and 2, the logarithms."""
    own = np.where(values >= 0, power, 2.0 - power)
    logs = np.log1p(np.abs(values))
    flat = np.abs(own) < 1e-8
    grown = np.expm1(np.minimum(own * logs, _LARGEST)) / np.where(flat, 1.0, own)
    signed: np.ndarray = np.sign(values) * np.where(flat, logs, grown)
    return signed


def _likeliest(values: np.ndarray) -> np.ndarray:
    """Return each column's maximum-likelihood power by golden section, shape (n_columns,)."""
    golden = (5**0.5 - 1) / 2
    low, high = (np.full((len(values), 1), limit) for limit in POWERS)
    bend = np.nansum(np.sign(values) * np.log1p(np.abs(values)), axis=1, keepdims=True)
    count = np.sum(~np.isnan(values), axis=1, keepdims=True)

    def likelihood(power: np.ndarray) -> np.ndarray:
        variance = np.nanvar(_powered(values, power), axis=1, keepdims=True)
        fit: np.ndarray = (power - 1) * bend - count / 2 * np.log(np.maximum(variance, 1e-300))
        return fit

    left, right = high - golden * (high - low), low + golden * (high - low)
    at_left, at_right = likelihood(left), likelihood(right)
    for _ in range(STEPS):
        falls = at_left > at_right
        low, high = np.where(falls, low, left), np.where(falls, right, high)
        probe = np.where(falls, high - golden * (high - low), low + golden * (high - low))
        at_probe = likelihood(probe)
        left, right = np.where(falls, probe, right), np.where(falls, left, probe)
        at_left, at_right = np.where(falls, at_probe, at_right), np.where(falls, at_left, at_probe)
    middle: np.ndarray = (low + high)[:, 0] / 2
    return middle


def _normal(values: np.ndarray, quantiles: np.ndarray) -> np.ndarray:
    """Return normal scores of empirical quantiles; tied quantiles use their midpoint."""
    share = np.linspace(0, 1, len(quantiles))
    upper = np.interp(values, quantiles, share)
    lower = -np.interp(-values, -quantiles[::-1], -share[::-1])
    score: np.ndarray = ndtri(np.clip((upper + lower) / 2, _TAIL, 1 - _TAIL))
    return score
