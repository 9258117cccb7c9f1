"""A run scores a DataFrame of Spark: ``custpred.spark.score(df, run)``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from custpred.api import load
from custpred.errors import DataError
from custpred.inference.incoming import batch
from custpred.lazy import need
from custpred.results.result import Result

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pyspark.sql import DataFrame

    from custpred.inference.predictor import Predictor


def score(df: DataFrame, run: Result | str | Path, *, plugins: bool = False) -> DataFrame:
    """Return each customer's id and the probability of each label, or the prediction of an amount.

    The rows are scored where they are, in batches (``mapInPandas``), as ``Result.predict_proba`` and ``predict`` do.
    The model travels with the task, so that workers need custpred and not the run's folder.  Ranks and decisions
    concern all customers at once: take them from the columns that come back.

    Parameters
    ----------
    df
        Customers with the columns of training; others are ignored.
    run
        A finished run or its folder.
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
    task, intake = result.predictor.task, result.predictor.intake
    if intake.events:
        raise DataError(
            "The customers of this run are gathered from events, which a table of customers does not hold.",
            code="CP2450",
            remedy="Score its events with 'custpred predict'.",
        )
    from pyspark.sql.types import DoubleType, StructField, StructType

    names = [f"probability of {label}" for label in task.labels] or ["prediction"]
    key = [intake.key] if intake.key is not None and intake.key in df.columns else []
    fields = [*(df.schema[name] for name in key), *(StructField(name, DoubleType()) for name in names)]

    def part(frames: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        """Score the batches of one part of the rows, on one thread."""
        predictor = replace(result.predictor, threads=1)
        for frame in frames:
            yield _scores(predictor, frame, key, names)

    return df.mapInPandas(part, StructType(fields))


def _scores(predictor: Predictor, frame: pd.DataFrame, key: list[str], names: list[str]) -> pd.DataFrame:
    rows = batch(predictor, frame)
    found = predictor.predict(rows.frame).reshape(len(frame), len(names))
    return pd.concat([frame[key], pd.DataFrame(found, columns=names, index=frame.index)], axis=1)
