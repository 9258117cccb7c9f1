"""A run scores a DataFrame of Spark: ``custpred.spark.score(df, run)``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custpred.api import load
from custpred.errors import DataError
from custpred.inference.incoming import batch
from custpred.inference.scored import decided
from custpred.lazy import need
from custpred.results.result import Result

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pyspark.sql import DataFrame

    from custpred.inference.predictor import Predictor


def score(df: DataFrame, run: Result | str | Path, *, rank: bool = False, plugins: bool = False) -> DataFrame:
    """Return each customer's id, label probabilities or predicted amount, and decision.

    Rows are scored where they are, in batches (``mapInPandas``), as by ``Result.act``.  The model
    travels with the task: workers need custpred, not the run's folder.  Value, gain and decision
    are added if the policy has them.  Decisions limited by a capacity need ``rank``.

    Parameters
    ----------
    df
        Customers with the columns of training; others are ignored.
    run
        A finished run or its folder.
    rank
        Whether to add the rank among all customers of ``df``: 1 for the customer to be chosen
        first; ties are ordered by the id.  Spark then sorts the scores in one task.
    plugins
        Whether the model may use the user's own modules; workers import them by name.

    Raises
    ------
    MissingDependency
        CP1107 if PySpark is not installed.
    DataError
        CP2450 if the run's customers are gathered from events.
    """
    need("pyspark", purpose="custpred.spark", extra="spark")
    result = run if isinstance(run, Result) else load(run, plugins=plugins)
    predictor, intake = result.predictor, result.predictor.intake
    if intake.events:
        raise DataError(
            "The customers of this run are gathered from events, which a table of customers does not hold.",
            code="CP2450",
            remedy="Score its events with 'custpred predict'.",
        )
    from pyspark.sql.types import DoubleType, StringType, StructField, StructType

    key = [intake.key] if intake.key is not None and intake.key in df.columns else []
    names = _columns(predictor)
    own = [StructField(name, StringType() if name == "decision" else DoubleType()) for name in names]

    def part(frames: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        """Score the batches of one part of the rows, on one thread."""
        single = replace(predictor, threads=1)
        for frame in frames:
            yield scores(single, frame, key)

    found = df.mapInPandas(part, StructType([*(df.schema[name] for name in key), *own]))
    return _ranked(found, predictor, key) if rank and predictor.task.kind != "multiclass" else found


def _columns(predictor: Predictor) -> list[str]:
    """Return the names of the columns that ``scores`` adds to the id."""
    task, policy = predictor.task, predictor.policy
    names = [f"probability of {label}" for label in task.labels] or ["prediction"]
    gains = ["value", "expected gain"] if policy.rule(task) == "gain" else []
    return [*names, *gains, *(["decision"] if policy.alone(task) and policy.rule(task) != "none" else [])]


def scores(predictor: Predictor, frame: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """Return a batch of customers as ``score`` does, without their ranks."""
    rows = batch(predictor, frame)
    predicted = predictor.predict(rows.frame)
    own = decided(predictor, frame, rows.frame, predicted)[0]
    found: dict[str, object] = dict(zip(_columns(predictor), np.atleast_2d(predicted.T), strict=False))
    if own.gain is not None and own.value is not None:
        found |= {"value": own.value, "expected gain": own.gain}
    if "decision" in _columns(predictor) and own.code is not None:
        found["decision"] = np.array(_labels(predictor), dtype=object)[own.code]
    return pd.concat([frame[key], pd.DataFrame(found, index=frame.index)], axis=1)


def _labels(predictor: Predictor) -> list[str]:
    return list(predictor.task.labels) or ["no", "yes"]


def _ranked(found: DataFrame, predictor: Predictor, key: list[str]) -> DataFrame:
    """Add the rank, and the decision that depends on it."""
    from pyspark.sql import Window
    from pyspark.sql import functions as sql

    names = _columns(predictor)
    last = f"probability of {predictor.task.positive}" if predictor.task.labels else "prediction"
    first = ["expected gain"] if "expected gain" in names else []
    order = [*(sql.col(f"`{name}`").desc() for name in [*first, last]), *(sql.col(f"`{name}`") for name in key)]
    ranked = found.withColumn("rank", sql.row_number().over(Window.orderBy(*order)))
    capacity = predictor.policy.business.capacity
    if predictor.policy.alone(predictor.task) or capacity is None:
        return ranked
    no, yes = _labels(predictor)
    chosen = sql.col("rank") <= capacity
    for name in first:
        chosen &= sql.col(f"`{name}`") > 0
    return ranked.withColumn("decision", sql.when(chosen, yes).otherwise(no))
