"""Figures besides the test measures: who the customers are, calibration, scores over time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custpred.calibrate._choose import FOLDS, cross_fitted
from custpred.calibrate._fit import losses
from custpred.calibrate.base import Calibrate
from custpred.columns.sampling import stratified
from custpred.evaluate._bins import calibration_curve
from custpred.evaluate._rows import Z, number
from custpred.evaluate._who import KIND, who
from custpred.evaluate.base import Measure
from custpred.events.assembly import CUTOFF
from custpred.events.spans import days
from custpred.metrics._bootstrap import interval
from custpred.metrics._checked import value_or_nan
from custpred.recipe.keys import resolved
from custpred.task import Predictions

if TYPE_CHECKING:
    from custpred.metrics.base import Metric
    from custpred.split.base import Folds
    from custpred.storage.plain import JSON
    from custpred.table import Table
    from custpred.target.base import Labelled
    from custpred.training.blend import Blend
    from custpred.training.plan import Plan

CALIBRATED, OVER_TIME = "calibrated", "over_time"
"""The names of the measures, besides that of ``who``."""
ROWS, BINS, MAX_MOMENTS, DRAWS, MIN_ROWS = 20_000, 10, 24, 60, 50
"""Maximum rows to calibrate again; groups of a curve; times, draws, rows per interval."""
MONTH = days("1mo")


def descriptions(
    plan: Plan, labelled: Labelled, folds: Folds, blend: Blend, scored: tuple[Predictions, np.ndarray]
) -> dict[str, Measure]:
    """Return the measures that need more than test rows; ``scored``: predictions, positions."""
    least = plan.recipe.privacy.min_cell
    return {
        KIND: who(labelled.take(folds.train), least),
        CALIBRATED: calibrated(blend, least, plan.recipe.seed),
        OVER_TIME: over_time(plan, labelled, _parts(folds, blend, scored)),
    }


def calibrated(blend: Blend, least: int, seed: int) -> Measure:
    """Return out-of-fold reliability before and after calibration, which is fitted on other rows.

    Rows: ``when`` (``before``, ``after``), ``customers``, ``predicted``, ``actual`` with its Wilson
    interval.  Facts: ``kind``, ``rows``, ``ece_before``, ``ece_after``, ``log_loss_before``,
    ``log_loss_after`` and the ``gain`` in log loss with the bounds of its 95 % interval.
    """
    held, calibrate = blend.held_out, blend.predictor.calibrate
    if blend.raw is None or held.task.kind == "regression" or len(held) < BINS * least:
        return Measure(CALIBRATED, reason="there is nothing to calibrate.")
    taken = slice(None, None, -(-len(held) // ROWS))
    rows = blend.raw[taken], held.truth[taken], None if held.weight is None else held.weight[taken]
    folds = stratified(rows[1], FOLDS, np.random.default_rng(seed))
    made = {when: cross_fitted(each, rows, held.task, folds)
            for when, each in (("before", Calibrate.nothing()), ("after", calibrate))}  # fmt: skip
    found: list[JSON] = []
    facts: JSON = {"kind": calibrate.kind(), "rows": len(rows[1])}
    for when, predicted in made.items():
        curve = calibration_curve(Predictions(held.task, rows[1], predicted, rows[2]), BINS, least)
        found += [{"when": when, **row} for row in curve.rows()]
        facts |= {f"ece_{when}": curve.ece, f"log_loss_{when}": _mean(losses(predicted, rows[1]), rows[2])[0]}
    mean, error = _mean(losses(made["before"], rows[1]) - losses(made["after"], rows[1]), rows[2])
    half = Z * error
    return Measure(CALIBRATED, tuple(found), facts | {"gain": mean, "gain_low": mean - half, "gain_high": mean + half})


def _mean(values: np.ndarray, weight: np.ndarray | None) -> tuple[float, float]:
    """Return the weighted mean and its standard error."""
    share = np.full(len(values), 1 / len(values)) if weight is None else weight / weight.sum()
    mean = float(share @ values)
    return mean, float(np.sqrt(share**2 @ (values - mean) ** 2))


def _parts(
    folds: Folds, blend: Blend, scored: tuple[Predictions, np.ndarray]
) -> list[tuple[str, Predictions, np.ndarray]]:
    """Return predictions with their row positions: out of fold, if complete, and on the test."""
    held = folds.train[np.concatenate([held for _, held in folds.held])]
    own = blend.nested or blend.held_out
    parts = [("held-out", own, held)] if len(own) == len(held) else []
    return [*parts, ("test", *scored)] if len(folds.test) else parts


def over_time(plan: Plan, labelled: Labelled, parts: list[tuple[str, Predictions, np.ndarray]]) -> Measure:
    """Return the first metric at each cutoff, or in each month, if rows are split by time.

    Rows: ``moment``, ``on`` (``held-out`` or ``test``), ``rows``, ``score`` with ``low`` and
    ``high``.  Facts: ``unit`` (``cutoff`` or ``month``), ``base``, the score of a constant, and for
    three or more tested points in time ``slope``, the change per month, with its interval, and
    ``life``: the months until the model loses half of its lead over ``base``, if the loss is
    significant.
    """
    split, metric = resolved(plan.recipe.split), plan.metrics[0]
    when = _moments(labelled.table, split.columns()) if split.by_time else None
    if when is None:
        return Measure(OVER_TIME, reason="rows are not split by time.")
    moments, unit = when
    rows = [row for on, own, of in parts for row in _scores(metric, own, moments[of], on)]
    if len({row["moment"] for row in rows}) < 2:
        return Measure(OVER_TIME, reason="there is only one point in time.")
    facts: JSON = {"unit": unit, "base": number(_base(metric, parts[-1][1]))}
    tested = [row for row in rows if row["on"] == "test"]
    return Measure(OVER_TIME, tuple(rows[-MAX_MOMENTS:]), facts | _decay(tested, facts["base"], metric.better))


def _moments(table: Table, columns: tuple[str, ...]) -> tuple[np.ndarray, str] | None:
    """Return the cutoff of each row, or the first day of its month; None if there is no date."""
    name = columns[0]
    if name not in table.names or not pd.api.types.is_datetime64_any_dtype(table.frame[name]):
        return None
    values = table.frame[name].to_numpy().astype("datetime64[D]")
    if name == CUTOFF and table.facts.get("events"):
        return values, "cutoff"
    return values.astype("datetime64[M]").astype("datetime64[D]"), "month"


def _scores(metric: Metric, predictions: Predictions, moments: np.ndarray, on: str) -> list[JSON]:
    """Return the score at each point in time that has enough rows."""
    found: list[JSON] = []
    for moment in np.unique(moments[~np.isnat(moments)])[-MAX_MOMENTS:]:
        own = predictions.take(np.flatnonzero(moments == moment))
        value = value_or_nan(metric, own) if len(own) >= MIN_ROWS else float("nan")
        if np.isfinite(value):
            low, high = interval(metric, own, draws=DRAWS)
            ends = {"low": number(low), "high": number(high)}
            found.append({"moment": str(moment), "on": on, "rows": len(own), "score": float(value), **ends})
    return found


def _base(metric: Metric, predictions: Predictions) -> float:
    """Return the score of a constant prediction."""
    truth, task, weight = predictions.truth, predictions.task, predictions.weight
    if task.kind == "regression":
        constant = np.full(len(truth), np.average(truth, weights=weight))
    else:
        counts = np.bincount(truth.astype(int), weights=weight, minlength=task.classes)
        constant = np.tile(counts / counts.sum(), (len(truth), 1))
    return value_or_nan(metric, replace(predictions, predicted=constant))


def _decay(tested: list[JSON], base: float | None, better: str) -> JSON:
    """Return the regression line of tested scores, and months until half of the lead is lost."""
    known = [row for row in tested if row["low"] is not None and row["high"] is not None and row["high"] > row["low"]]
    if len(known) < 3:
        return {}
    days = np.array([row["moment"] for row in known], dtype="datetime64[D]").astype(float)
    x, y = (days - days[0]) / MONTH, np.array([row["score"] for row in known])
    weight = np.array([(row["high"] - row["low"]) / (2 * Z) for row in known]) ** -2.0
    centre = float(weight @ x / weight.sum())
    across = float(weight @ (x - centre) ** 2)
    slope = float(weight @ ((x - centre) * y) / across)
    level = float(weight @ y / weight.sum())
    residual = float(weight @ (y - level - slope * (x - centre)) ** 2) / (len(x) - 2)
    half = Z * np.sqrt(max(residual, 1.0) / across)
    own: JSON = {"slope": slope, "slope_low": slope - half, "slope_high": slope + half}
    worse = slope + half < 0 if better == "higher" else slope - half > 0
    lead = abs(level - slope * centre - base) if base is not None else 0.0
    return own | ({"life": 0.5 * lead / abs(slope)} if worse and lead else {})
