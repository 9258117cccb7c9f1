"""Convert new rows to the columns of a saved model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custpred.columns.batch import column_arrays
from custpred.columns.contract import Intake
from custpred.errors import DataError
from custpred.source._typing import typing_notes
from custpred.source._typing.as_dates import as_dates
from custpred.source._typing.convert import convert, one_level
from custpred.source._typing.respell import respelled
from custpred.source._typing.typed_table import named_frame
from custpred.source._typing.usual import usual_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pandas.api.extensions import ExtensionArray

    from custpred.columns.contract import Expected
    from custpred.storage.plain import JSON
    from custpred.table import Column, Finding


def conform(
    frame: object,
    columns: Sequence[Column],
    *,
    missing: Sequence[str] = (),
    decimal: str | None = None,
    intake: Intake | None = None,
) -> tuple[pd.DataFrame, list[Finding]]:
    """Return new rows with the dtypes and the order of saved columns, and findings.

    Parameters
    ----------
    frame : pandas, polars or Arrow table, DuckDB relation, or a source's raw frame
        New rows, shape (n_rows, any); never modified; may be empty.
    columns
        The training columns.  Columns that no model uses may be absent.
    missing, decimal
        As in the recipe's source.
    intake
        The contents of the columns in training, to match other spellings of the same value.

    Returns
    -------
    tuple of DataFrame and list of Finding
        Shape (n_rows, n_columns) with a plain ``RangeIndex``: the caller keeps its own index.

    Raises
    ------
    DataError
        CP2102 if a usable column is absent; the message suggests the nearest name.
    """
    named, findings = named_frame(frame)
    named = named.reset_index(drop=True)
    intake = intake or Intake()
    wanted = {*(column.name for column in columns), *intake.others}
    absent = [column.name for column in columns if column.usable and column.name not in named.columns]
    if absent:
        raise DataError.missing_columns(absent, list(named.columns), taken=wanted)
    findings += typing_notes.extra([name for name in named.columns if name not in wanted])
    made: JSON = _usual_row(named, columns, intake, missing) if len(named) == 1 else {}
    for column in columns:
        if column.name not in made:
            made[column.name], notes = _read(named, column, intake.by_name.get(column.name), tuple(missing), decimal)
            findings += notes
    return _framed({each.name: made[each.name] for each in columns}, len(named)), findings


def _framed(made: JSON, rows: int) -> pd.DataFrame:
    """Return arrays as a frame; those of a single customer as one block if they are all numbers.

    Arrays need no alignment; pandas would infer the type of objects again.
    """
    index = pd.RangeIndex(rows)
    if rows == 1 and made and all(isinstance(each, np.ndarray) and each.dtype == float for each in made.values()):
        return pd.DataFrame(np.concatenate([*made.values()])[None], columns=list(made), index=index)
    return pd.DataFrame(made, index=index)


def _usual_row(
    named: pd.DataFrame, columns: Sequence[Column], intake: Intake, missing: Sequence[str]
) -> dict[str, np.ndarray | pd.Categorical]:
    """Return the columns of a single customer whose values occurred in training."""
    arrays = column_arrays(named)
    cells = {name: each[0] for name, each in arrays.items()}
    kept = {name for name, each in arrays.items() if isinstance(each.dtype, pd.CategoricalDtype)}  # maybe ordered
    made = {}
    for column in columns:
        value = usual_value(cells.get(column.name), column, intake.by_name.get(column.name), missing)
        if value is not None and column.name not in kept:
            made[column.name] = one_level(str(value)) if column.kind == "category" else np.array([value])
    return made


def _read(
    named: pd.DataFrame, column: Column, expected: Expected | None, missing: tuple[str, ...], decimal: str | None
) -> tuple[pd.Series | np.ndarray | ExtensionArray, list[Finding]]:
    """Return a column in the dtype of its kind, with other spellings of known values matched."""
    values, lost, findings = _bring(named, column, missing, decimal)
    if expected is not None and (lost or column.kind == "category"):
        values, lost, notes = respelled(values, lost, expected, named[column.name], missing)
        findings += notes
    findings += typing_notes.lost(column.name, column.kind, lost)
    if values.dtype == object:
        return values, findings
    return values.to_numpy() if isinstance(values.dtype, np.dtype) else values.array, findings


def _bring(
    named: pd.DataFrame, column: Column, missing: tuple[str, ...], decimal: str | None
) -> tuple[pd.Series, int, list[Finding]]:
    """Return a column in the dtype of its kind, the number of unreadable values, and findings."""
    if column.name not in named.columns or column.kind == "empty":
        filler = np.nan if column.kind == "empty" else None
        return pd.Series([filler] * len(named), dtype=float if column.kind == "empty" else object), 0, []
    if column.kind == "date":
        dated = as_dates(named[column.name], column.name, column.written, missing)
        other = dated.zoned != column.zoned and not np.isnat(dated.values).all()
        findings = [typing_notes.other_zone(column.name, zoned=dated.zoned)] if other else []
        return pd.Series(dated.values), dated.lost, findings
    return *convert(named[column.name], column, missing, decimal), []
