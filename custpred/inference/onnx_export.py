"""A finished model as a graph of ONNX: from raw columns to probabilities, by the expressions of the export to SQL."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from custpred import __version__
from custpred.inference.scored import OURS
from custpred.inference.sql_export import predictions
from custpred.inference.sql_reading import number_of
from custpred.lazy import need
from custpred.sql.onnx_graph import Graph
from custpred.sql.rows import Cell, SqlRows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from custpred.inference.predictor import Predictor
    from custpred.table import Column

_HELD = {"number": "number", "code": "number", "date": "date"}
"""What an input holds, by the kind of its column; others hold texts, and empty columns are no inputs."""


class OnnxFile(NamedTuple):
    """A file of ONNX, and the members that are not in it, with their reasons."""

    model: bytes
    without: dict[str, str]


def onnx_of(predictor: Predictor, *, members: str = "all") -> OnnxFile:
    """Return a model as a graph of ONNX.

    Its inputs have the names of the columns and the shape (n_rows, 1): numbers as ``double`` with NaN for missing
    values, dates as days since 1970, all others as texts, empty for missing values.  Its output is ``probabilities``
    of shape (n_rows, n_classes), or ``prediction`` of shape (n_rows, 1).

    Parameters
    ----------
    members
        ``all``, or ``onnx``: leave out members that have no formula; the others' weights are scaled to sum 1.

    Raises
    ------
    DataError
        CP2422 where a member, or the whole model, has no formula, with reasons.
    MissingDependency
        CP1107 if onnx or SQLGlot is not installed.
    """
    for module in ("onnx", "sqlglot"):
        need(module, purpose="custpred export --onnx", extra="onnx")
    made, task = Graph(), predictor.task
    predicted, without = predictions(predictor, made, members, lambda: _rows(predictor, made))
    inputs = {each.name: _HELD.get(each.kind, "text") for each in predictor.columns if each.kind != "empty"}
    name = "prediction" if task.kind == "regression" else "probabilities"
    facts = {"custpred": __version__, "task": task.kind, "labels": json.dumps(list(map(str, task.labels)))}
    return OnnxFile(made.model(inputs, predicted, f"{name} ({OURS})" if name in inputs else name, facts), without)


def onnx_inputs(frame: pd.DataFrame, columns: Iterable[Column], wanted: Iterable[str]) -> dict[str, np.ndarray]:
    """Return the wanted columns of conforming rows as the arrays that a graph takes, each of shape (n_rows, 1)."""
    held = {each.name: _HELD.get(each.kind, "text") for each in columns}
    return {name: _array(frame[name], held[name]).reshape(-1, 1) for name in wanted}


def _array(column: pd.Series, kind: str) -> np.ndarray:
    if kind == "text":
        return np.asarray(column.astype(object).where(column.notna(), ""), dtype=object)
    if kind == "date":
        local = column.dt.tz_localize(None)
        return np.asarray((local - pd.Timestamp(0)) / pd.Timedelta(days=1), dtype=float)
    return np.asarray(column.to_numpy(dtype=float, na_value=np.nan))


def _rows(predictor: Predictor, made: Graph) -> SqlRows:
    """Return the model's columns: finite numbers, dates and texts as they are, without marks of missing values."""
    rows = SqlRows(made)
    for column in predictor.columns:
        rows.put(column.name, _cell(column, predictor.missing, made))
    return rows


def _cell(column: Column, missing: tuple[str, ...], made: Graph) -> Cell:
    write = made.dialect
    if column.kind == "empty":
        return Cell("number", f"CAST(NULL AS {write.double})")
    if column.kind in {"number", "code"}:
        return Cell("number", number_of(column.name, missing, {}, made))
    x = made.name(write.named(column.name))
    if column.kind == "date":
        return Cell("date", x)
    marks = f"CASE WHEN {x} IN ({', '.join(map(write.quoted, ('', *missing)))}) THEN NULL ELSE {x} END"
    return Cell("level" if column.kind == "category" else "text", marks)
