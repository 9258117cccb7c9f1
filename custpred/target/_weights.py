"""Row weights: a column with the weight of each row, removed from the table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custpred.errors import DataError
from custpred.table import Finding
from custpred.text import plural

if TYPE_CHECKING:
    from custpred.target.base import Labelled


def with_weights(labelled: Labelled, column: str | None) -> Labelled:
    """Return the customers with a column as weights; rows of weight 0 are left out.

    Raises
    ------
    DataError
        CP2213 if a weight is missing, negative or infinite, or a class has fewer than two rows.
    """
    if column is None:
        return labelled
    values = _checked(labelled, column)
    counted = values > 0
    left = replace(labelled, table=labelled.table.drop(column), weight=values)
    if not counted.all():
        left = left.take(np.flatnonzero(counted))
    equal = bool(np.ptp(values[counted]) == 0)
    findings = _findings(column, int((~counted).sum()), equal=equal)
    table = left.table.with_findings(*findings)
    return replace(left, table=table, weight=None if equal else values[counted])


def weights_of(series: pd.Series) -> np.ndarray:
    """Return a column of numbers as weights.

    Raises
    ------
    DataError
        CP2213 if a weight is missing, negative or infinite.
    """
    values = np.asarray(series.to_numpy(dtype=np.float64))
    faults = {"missing": np.isnan(values), "negative": values < 0, "infinite": np.isinf(values)}
    for what, wrong in faults.items():
        if wrong.any():
            found = f"{what} ones in {plural(int(wrong.sum()), 'row')}"
            raise _fault(str(series.name), found, "Correct them, or drop these rows from the table.")
    return values


def left_out(column: str, rows: int) -> Finding:
    """Return the note on rows of weight 0."""
    text = f"{plural(rows, 'row')} with weight 0 in {column!r} {'was' if rows == 1 else 'were'} left out."
    return Finding("T205", "info", text, column, {"rows": rows})


def _checked(labelled: Labelled, column: str) -> np.ndarray:
    series = labelled.table.frame[labelled.table.column(column).name]
    if not pd.api.types.is_numeric_dtype(series.dtype):
        raise _fault(column, f"values of kind {labelled.table.column(column).kind!r}", "Name a column of numbers.")
    values = weights_of(series.rename(column))
    counted = labelled.truth[values > 0]
    fewest = np.bincount(counted.astype(int), minlength=labelled.task.classes).min() if labelled.task.labels else 2
    if len(counted) < 2 or fewest < 2:
        raise _fault(column, "fewer than two rows above 0, or of a class", "Give more rows a weight above 0.")
    return values


def _fault(column: str, found: str, remedy: str) -> DataError:
    return DataError(
        f"Expected weights that are numbers of 0 or more in column {column!r}, got {found}.",
        code="CP2213",
        column=column,
        remedy=remedy,
    )


def _findings(column: str, gone: int, *, equal: bool) -> list[Finding]:
    found = [left_out(column, gone)] if gone else []
    if equal:
        text = f"All weights in {column!r} are equal, so they change nothing."
        return [*found, Finding("T207", "info", text, column)]
    text = f"Rows are weighted by {column!r}: models, scores and intervals are weighted; tables of customers "
    return [*found, Finding("T206", "info", text + "count rows.", column)]
