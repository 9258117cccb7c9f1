"""The value of a metric as one number; errors of its computation name the metric."""

from __future__ import annotations

import math
from contextlib import contextmanager
from typing import TYPE_CHECKING

from custpred.errors import CustpredError, RunError
from custpred.text import describe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from custpred.metrics.base import Metric
    from custpred.task import Predictions

FAULT = "CP4113"


@contextmanager
def computing(metric: Metric) -> Iterator[None]:
    """Add the name of the metric to any error of its computation.

    Raises
    ------
    RunError
        CP4113 if the metric raises, or returns something that is not a number.
    """
    try:
        yield
    except CustpredError:
        raise
    except Exception as cause:
        raise RunError(
            f"The metric {metric.name()!r} could not be computed: {describe(cause)}.",
            code=FAULT,
            remedy="Correct the metric, or leave it out of 'metrics'.",
        ) from cause


def value_of(metric: Metric, predictions: Predictions) -> float:
    """Return the metric, nan if it is undefined on these rows; raises as ``computing`` does."""
    with computing(metric):
        return float(metric.score(predictions))


def value_or_nan(metric: Metric, predictions: Predictions) -> float:
    """Return the metric; nan also if it fails, which ``evaluate.scores`` reports once."""
    try:
        return value_of(metric, predictions)
    except RunError:
        return math.nan


def gain_of(metric: Metric, predictions: Predictions) -> float:
    """Return the value, negated if lower is better; raises as ``computing`` does."""
    return metric.sign * value_of(metric, predictions)


def gain_or_nan(metric: Metric, predictions: Predictions) -> float:
    """Return the gain; nan also if the metric fails."""
    return metric.sign * value_or_nan(metric, predictions)
